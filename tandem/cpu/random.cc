#include "tandem/cpu/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <type_traits>
#include <vector>

#include "tandem/base/dtype.h"
#include "tandem/base/error.h"
#include "tandem/cpu/random_block.h"

namespace tandem::cpu {
namespace {

constexpr int normal_block = 16;  // numbers that normal() makes at a time

template <class T>
inline constexpr bool is_half_type = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class T, class State>
T rand(State& s) {
  if constexpr (std::is_same_v<T, float>)
    return float(next_u32(s) & 0xffffff) * 0x1p-24f;
  else
    return double(next_u64(s) & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
}

/// The type that arithmetic on T happens in.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// The next N(0, 1), from the pair that waits or a fresh one.
template <class State>
double next_normal(State& s) {
  if (s.has_cached_normal) {
    s.has_cached_normal = 0;
    return s.cached_normal;
  }
  const double u1 = rand<double>(s), u2 = rand<double>(s);
  const double angle = 2 * std::numbers::pi * u1, radius = std::sqrt(-2 * std::log1p(-u2));
  s.cached_normal = radius * std::sin(angle);
  s.has_cached_normal = 1;
  return radius * std::cos(angle);
}

void box_muller(double* d, double mean, double std) {
  for (int j = 0; j < normal_block / 2; ++j) {
    const double radius = std::sqrt(-2 * std::log(1 - d[j]));
    const double angle = 2 * std::numbers::pi * d[j + 8];
    d[j] = radius * std::cos(angle) * std + mean;
    d[j + 8] = radius * std::sin(angle) * std + mean;
  }
}
void box_muller(float* d, double mean, double std) { box_muller_16(d, float(mean), float(std)); }

/// n >= 16 normal numbers, T being float or double.
template <class State, class T>
void normal_blocks(State& s, T* out, int64_t n, double mean, double std) {
  for (int64_t i = 0; i < n; ++i) out[i] = rand<T>(s);
  for (int64_t i = 0; i + normal_block <= n; i += normal_block) box_muller(out + i, mean, std);
  if (n % normal_block == 0) return;
  T* last = out + n - normal_block;
  for (int j = 0; j < normal_block; ++j) last[j] = rand<T>(s);
  box_muller(last, mean, std);
}

}  // namespace

template <class State, class T>
void uniform(State& s, T* out, int64_t n, double low, double high) {
  using W = Wide<T>;
  const W from = W(low), range = W(high) - from;
  if (from == 0)  // the same bits without libm's fma, which the baseline target would call
    for (int64_t i = 0; i < n; ++i) out[i] = T(rand<W>(s) * range);
  else
    for (int64_t i = 0; i < n; ++i) out[i] = T(std::fma(rand<W>(s), range, from));
}

template <class State, class T>
void normal_pairs(State& s, T* out, int64_t n, double mean, double std) {
  for (int64_t i = 0; i < n; ++i) {
    const double value = next_normal(s) * std + mean;
    out[i] = T(Wide<T>(value));
  }
}

template <class State, class T>
void normal(State& s, T* out, int64_t n, double mean, double std) {
  if (n < normal_block) return normal_pairs(s, out, n, mean, std);
  if constexpr (is_half_type<T>) {
    std::vector<float> wide(std::size_t(n), 0.f);
    normal_blocks(s, wide.data(), n, mean, std);
    for (int64_t i = 0; i < n; ++i) out[i] = T(wide[std::size_t(i)]);
  } else {
    normal_blocks(s, out, n, mean, std);
  }
}

template <class State, class T>
void trunc_normal(State& s, T* out, int64_t n, double mean, double std, double low, double high,
                  T* scratch) {
  const auto below = [&](double x) {
    return (1 + std::erf((x - mean) / std / std::numbers::sqrt2)) / 2;
  };
  const auto any = [&](auto&& f) { return std::any_of(scratch, scratch + n, f); };
  if (below(high) - below(low) > 0.3) {
    const auto outside = [&](T v) { return v < T(low) || v > T(high); };
    normal(s, out, n, mean, std);
    while (std::any_of(out, out + n, outside)) {
      normal(s, scratch, n, mean, std);
      for (int64_t i = 0; i < n; ++i)
        if (outside(out[i])) out[i] = scratch[i];
    }
    return;
  }
  // Rejection from the uniform distribution under the density's peak in [low, high]. A waiting
  // element is marked in scratch.
  const double mode = std::max(low, std::min(mean, high));
  const T peak = T(-0.5 * std::pow((mode - mean) / std, 2));
  std::vector<T> candidate(std::size_t(n), T(0));
  std::fill(scratch, scratch + n, T(1));
  while (any([](T waiting) { return waiting != 0; })) {
    uniform(s, candidate.data(), n, low, high);
    for (int64_t i = 0; i < n; ++i) {
      const bool waiting = scratch[i] != 0;
      if (waiting) out[i] = candidate[std::size_t(i)];
    }
    for (int64_t i = 0; i < n; ++i) {
      const T u = rand<T>(s);
      if (scratch[i] == 0) continue;
      const T z = (out[i] - T(mean)) / T(std), log_density = z * z * T(-0.5) - peak;
      scratch[i] = std::log(u) > log_density ? T(1) : T(0);
    }
  }
}

template <class State, class T>
void exponential(State& s, T* out, int64_t n, double lambda) {
  for (int64_t i = 0; i < n; ++i) out[i] = T(Wide<T>(-1 / lambda * std::log1p(-rand<double>(s))));
}

template <class State, class T>
void randint(State& s, T* out, int64_t n, int64_t low, int64_t high) {
  const uint64_t range = uint64_t(high) - uint64_t(low);
  const auto value = [&](uint64_t draw) {
    const int64_t v = int64_t(draw % range + uint64_t(low));
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, double>)
      return T(v);
    else
      return T(float(v));
  };
  if (range < uint64_t{1} << 28)
    for (int64_t i = 0; i < n; ++i) out[i] = value(next_u32(s));
  else
    for (int64_t i = 0; i < n; ++i) out[i] = value(next_u64(s));
}

template <class State, class T>
void random(State& s, T* out, int64_t n) {
  if constexpr (std::is_same_v<T, int64_t>) {
    for (int64_t i = 0; i < n; ++i) out[i] = int64_t(next_u64(s) & ~(uint64_t{1} << 63));
  } else if constexpr (std::is_same_v<T, bool>) {
    for (int64_t i = 0; i < n; ++i) out[i] = next_u32(s) & 1;
  } else if constexpr (std::is_integral_v<T>) {
    for (int64_t i = 0; i < n; ++i)
      out[i] = T(next_u32(s) & uint32_t(std::numeric_limits<T>::max()));
  } else if constexpr (std::is_same_v<T, double>) {
    for (int64_t i = 0; i < n; ++i) out[i] = double(next_u64(s) % ((uint64_t{1} << 53) + 1));
  } else {
    constexpr int mantissa = std::is_same_v<T, float> ? 24 : std::is_same_v<T, Half> ? 11 : 8;
    for (int64_t i = 0; i < n; ++i) out[i] = T(float(next_u32(s) % ((1u << mantissa) + 1)));
  }
}

template <class State, class T>
void randperm(State& s, T* out, int64_t n) {
  std::iota(out, out + n, T(0));
  for (int64_t i = 0; i < n - 1; ++i)
    std::swap(out[i], out[i + int64_t(next_u32(s) % uint64_t(n - i))]);
}

template <class State, class T>
void bernoulli(State& s, T* out, int64_t n, double p) {
  for (int64_t i = 0; i < n; ++i) out[i] = T(rand<double>(s) < p);
}

template <class State, class T>
void bernoulli_of(State& s, const T* probability, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const Wide<T> p = probability[i];
    if (!(p >= 0 && p <= 1))
      fail(ErrorCode::value, "bernoulli", "expected probabilities in [0, 1], got ", double(p),
           " at element ", i);
    out[i] = T(float(rand<Wide<T>>(s) < p));
  }
}

namespace {

/// What is wrong with a row of weights, before any number is drawn.
template <class T>
void check_weights(const T* weight, int64_t row, int64_t categories, int64_t samples,
                   bool replacement) {
  int64_t positive = 0;
  for (int64_t j = 0; j < categories; ++j) {
    const double w = double(Wide<T>(weight[j]));
    if (!(w >= 0) || std::isinf(w))
      fail(ErrorCode::value, "multinomial", "expected finite weights of at least 0, got ", w,
           " at [", row, ", ", j, "]");
    positive += w > 0;
  }
  if (positive == 0)
    fail(ErrorCode::value, "multinomial", "the weights of row ", row, " are all 0");
  if (!replacement && positive < samples)
    fail(ErrorCode::value, "multinomial", "row ", row, " has ", positive,
         " weights above 0, fewer than num_samples=", samples, "; pass replacement=true?");
}

template <class State, class T>
void by_exponentials(State& s, const T* weight, int64_t* out, int64_t categories, int64_t samples,
                     std::vector<std::pair<Wide<T>, int64_t>>& keys) {
  for (int64_t j = 0; j < categories; ++j) {
    T q;
    exponential(s, &q, 1, 1);
    const Wide<T> w = weight[j];
    keys[std::size_t(j)] = {w > 0 ? Wide<T>(T(w / Wide<T>(q))) : Wide<T>(-1), j};
  }
  std::partial_sort(keys.begin(), keys.begin() + samples, keys.end(), [](auto& a, auto& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  });
  for (int64_t k = 0; k < samples; ++k) out[k] = keys[std::size_t(k)].second;
}

template <class State, class T>
void by_cumulative_sum(State& s, const T* weight, int64_t* out, int64_t categories, int64_t samples,
                       std::vector<Wide<T>>& sums) {
  Wide<T> total = 0;
  for (int64_t j = 0; j < categories; ++j) sums[std::size_t(j)] = total += Wide<T>(weight[j]);
  for (Wide<T>& v : sums) v /= total;
  for (int64_t k = 0; k < samples; ++k) {
    const double u = rand<double>(s);
    const auto at = std::lower_bound(sums.begin(), sums.end(), u,
                                     [](Wide<T> sum, double value) { return double(sum) < value; });
    out[k] = at - sums.begin();
  }
}

}  // namespace

template <class State, class T>
void multinomial(State& s, const T* weight, int64_t* out, int64_t rows, int64_t categories,
                 int64_t samples, bool replacement) {
  for (int64_t r = 0; r < rows; ++r)
    check_weights(weight + r * categories, r, categories, samples, replacement);
  const bool exponentials = !replacement || samples == 1;
  std::vector<std::pair<Wide<T>, int64_t>> keys(std::size_t(exponentials ? categories : 0));
  std::vector<Wide<T>> sums(std::size_t(exponentials ? 0 : categories));
  for (int64_t r = 0; r < rows; ++r, weight += categories, out += samples) {
    if (exponentials)
      by_exponentials(s, weight, out, categories, samples, keys);
    else
      by_cumulative_sum(s, weight, out, categories, samples, sums);
  }
}

#define TANDEM_RANDOM_ANY(State, T)                                       \
  template void randint<State, T>(State&, T*, int64_t, int64_t, int64_t); \
  template void random<State, T>(State&, T*, int64_t);                    \
  template void bernoulli<State, T>(State&, T*, int64_t, double);
#define TANDEM_RANDOM_FLOATING(State, T)                                     \
  TANDEM_RANDOM_ANY(State, T)                                                \
  template void uniform<State, T>(State&, T*, int64_t, double, double);      \
  template void normal<State, T>(State&, T*, int64_t, double, double);       \
  template void normal_pairs<State, T>(State&, T*, int64_t, double, double); \
  template void exponential<State, T>(State&, T*, int64_t, double);          \
  template void bernoulli_of<State, T>(State&, const T*, T*, int64_t);       \
  template void multinomial<State, T>(State&, const T*, int64_t*, int64_t, int64_t, int64_t, bool);
#define TANDEM_RANDOM(State)                                                                  \
  TANDEM_RANDOM_ANY(State, bool)                                                              \
  TANDEM_RANDOM_ANY(State, uint8_t)                                                           \
  TANDEM_RANDOM_ANY(State, int8_t)                                                            \
  TANDEM_RANDOM_ANY(State, int16_t)                                                           \
  TANDEM_RANDOM_ANY(State, int32_t)                                                           \
  TANDEM_RANDOM_ANY(State, int64_t)                                                           \
  TANDEM_RANDOM_FLOATING(State, Half)                                                         \
  TANDEM_RANDOM_FLOATING(State, BFloat16)                                                     \
  TANDEM_RANDOM_FLOATING(State, float)                                                        \
  TANDEM_RANDOM_FLOATING(State, double)                                                       \
  template void randperm<State, int64_t>(State&, int64_t*, int64_t);                          \
  template void randperm<State, int32_t>(State&, int32_t*, int64_t);                          \
  template void trunc_normal<State, float>(State&, float*, int64_t, double, double, double,   \
                                           double, float*);                                   \
  template void trunc_normal<State, double>(State&, double*, int64_t, double, double, double, \
                                            double, double*);
TANDEM_RANDOM(Mt19937State)
TANDEM_RANDOM(PhiloxState)

}  // namespace tandem::cpu
