// Every elementary function as its op computes it, on every target of this machine, over the whole
// range of its type: f32 against double libm, f64 against long double libm (64 bits of mantissa on
// x86, 113 on Arm).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "tandem/cpu/kernels.h"
#include "tandem/tandem.h"
#include "tests/cpu/targets.h"

namespace tandem {
namespace {

struct MathCase {
  const char* name;
  bool binary;
  double bound_f32, bound_f64;  // ulp, on every target
  uint32_t hash_f32, hash_f64;  // of the results' bits, on every target with FMA
  Tensor (*function)(const Tensor&, const Tensor&);
  double (*f32)(double, double);
  long double (*f64)(long double, long double);
};

template <class Wide>
Wide gelu_of(Wide a) {
  return a * std::erfc(-a * std::numbers::sqrt2_v<Wide> / 2) / 2;
}

#define TANDEM_UNARY(NAME, F32, HASH32, F64, HASH64)               \
  {#NAME,                                                          \
   false,                                                          \
   F32,                                                            \
   F64,                                                            \
   HASH32,                                                         \
   HASH64,                                                         \
   [](const Tensor& x, const Tensor&) { return tandem::NAME(x); }, \
   [](double a, double) { return std::NAME(a); },                  \
   [](long double a, long double) { return std::NAME(a); }}
#define TANDEM_BINARY(NAME, F32, HASH32, F64, HASH64)                   \
  {#NAME,                                                               \
   true,                                                                \
   F32,                                                                 \
   F64,                                                                 \
   HASH32,                                                              \
   HASH64,                                                              \
   [](const Tensor& x, const Tensor& y) { return tandem::NAME(x, y); }, \
   [](double a, double b) { return std::NAME(a, b); },                  \
   [](long double a, long double b) { return std::NAME(a, b); }}
const MathCase math_cases[] = {
    TANDEM_UNARY(exp, 1, 0xa1d4c5d2, 1, 0xdbefa504),
    TANDEM_UNARY(exp2, 1, 0xb2439242, 1, 0x438293fc),
    TANDEM_UNARY(expm1, 1.5, 0xb0da7e7c, 1.5, 0x49b1e6e1),
    TANDEM_UNARY(log, 1, 0xefc9ba7d, 1, 0x32011b2d),
    TANDEM_UNARY(log2, 0.75, 0xba4a58d1, 0.75, 0xcaeb3974),
    TANDEM_UNARY(log10, 0.75, 0x64c6387e, 0.75, 0xb8d4d854),
    TANDEM_UNARY(log1p, 1, 0x58682ae3, 1, 0xbb97f0d7),
    TANDEM_UNARY(sinh, 1.75, 0x5ce5739f, 1.75, 0xa1b5cc76),
    TANDEM_UNARY(cosh, 1.5, 0x2bdd7eee, 1.5, 0xde5f5923),
    TANDEM_UNARY(tanh, 1.5, 0x0d763d03, 1.5, 0xdda41e48),
    TANDEM_UNARY(asinh, 2, 0xa8a3909a, 2, 0x544a13c1),
    TANDEM_UNARY(acosh, 2, 0x3b598d1b, 2, 0xfc481d21),
    TANDEM_UNARY(atanh, 2, 0xa38d3e11, 2, 0x864f7c21),
    TANDEM_UNARY(erf, 2, 0x7a918b25, 2, 0x5c9fb6d6),
    TANDEM_UNARY(erfc, 2, 0x2a096323, 2, 0xd6548e9c),
    // Where ndtr(x) has few bits left, x times its rounding is many.
    {"gelu", false, 9, 19.5, 0x08a03f2a, 0x3e965104,
     [](const Tensor& x, const Tensor&) { return gelu(x); },
     [](double a, double) { return gelu_of(a); },
     [](long double a, long double) { return gelu_of(a); }},
    {"gelu from -13 or -37", false, 6.5, 6.5, 0x645252ac, 0x9ad41fe7,
     [](const Tensor& x, const Tensor&) {
       return gelu(maximum(x, x.dtype() == float32 ? -13 : -37));
     },
     [](double a, double) { return gelu_of(a < -13 ? -13 : a); },
     [](long double a, long double) { return gelu_of(a < -37 ? -37 : a); }},
    TANDEM_UNARY(sin, 1, 0x0b62daaa, 1, 0xdcc1a4f9),
    TANDEM_UNARY(cos, 1, 0x53d6e66e, 1, 0x091ba83e),
    TANDEM_UNARY(tan, 1.25, 0xba003461, 1.25, 0x893dcf4b),
    TANDEM_UNARY(asin, 0.75, 0x3db7eeb2, 0.75, 0x2290913b),
    TANDEM_UNARY(acos, 0.75, 0xe050d42a, 0.75, 0x55b058eb),
    TANDEM_UNARY(atan, 1.5, 0x4abae965, 1.5, 0xced7e98a),
    {"sigmoid", false, 2.25, 2.25, 0x51d164d3, 0xf4d1e190,
     [](const Tensor& x, const Tensor&) { return sigmoid(x); },
     [](double a, double) { return 1 / (1 + std::exp(-a)); },
     [](long double a, long double) { return 1 / (1 + std::exp(-a)); }},
    TANDEM_BINARY(pow, 1, 0x7150aa73, 1, 0x9889dc87),
    TANDEM_BINARY(atan2, 2, 0x894e37a3, 2, 0x6768c679),
};
#undef TANDEM_UNARY
#undef TANDEM_BINARY

/// |got - exact| in units of the spacing of T at `exact`; infinite for a wrong special value.
template <class T, class Wide>
double ulp_error(T got, Wide exact) {
  const T rounded = static_cast<T>(exact);
  if (std::isnan(exact) || std::isnan(got))
    return std::isnan(exact) && std::isnan(got) ? 0 : INFINITY;
  if (got == rounded) return std::signbit(got) == std::signbit(rounded) ? 0 : INFINITY;
  constexpr T largest = std::numeric_limits<T>::max();
  if (std::isinf(got) || std::isinf(rounded)) {
    // One side of the overflow threshold or the other is a rounding; more is wrong.
    const T other = std::isinf(got) ? rounded : got;
    return std::abs(other) >= std::nextafter(largest, T(0)) &&
                   std::signbit(got) == std::signbit(rounded)
               ? 1
               : INFINITY;
  }
  const T below = std::min(std::abs(rounded), std::nextafter(largest, T(0)));
  return double(std::abs(Wide(got) - exact) / (Wide(std::nextafter(below, largest)) - Wide(below)));
}

template <class T>
const std::vector<T>& edges() {
  using L = std::numeric_limits<T>;
  static const std::vector<T> values = [] {
    std::vector<T> v;
    for (T a : {T(0),         L::denorm_min(),
                L::min() / 3, L::min(),
                L::epsilon(), T(0.25),
                T(0.5),       T(0.625),
                T(0.92),      std::nextafter(T(1), T(0)),
                T(1),         std::nextafter(T(1), T(2)),
                T(1.5),       T(2),
                T(3),         T(4),
                T(5),         T(33),
                T(88.72283),  T(88.72284),
                T(89.4),      T(103.97),
                T(104),       T(127),
                T(128),       T(149.5),
                T(709.78271), T(710.47),
                T(745.13),    T(745.2),
                T(1023),      T(1024),
                T(65536),     T(16777215),
                T(16777216),  T(9007199254740991.0),
                T(1e22),      L::max() / 2,
                L::max(),     L::infinity()})
      v.push_back(a), v.push_back(-a);
    v.push_back(L::quiet_NaN());
    return v;
  }();
  return values;
}

uint64_t next_random(uint64_t& state) {  // SplitMix64
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
double unit(uint64_t& state) { return double(next_random(state) >> 11) * 0x1p-53; }

template <class T>
struct Samples {
  std::vector<T> x, y;
};

/// Random bit patterns and the ranges that matter most, the same on every machine.
template <class T>
Samples<T> portable_samples(bool binary) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Samples<T> s;
  uint64_t state = 1;
  const size_t count = 1 << (sizeof(T) == 4 ? 18 : 16);
  const auto add = [&](T x, T y) { s.x.push_back(x), s.y.push_back(y); };
  const auto any = [&] { return std::bit_cast<T>(Bits(next_random(state))); };
  for (size_t i = 0; i < count; ++i) {
    const T x = any();
    add(x, binary ? any() : T(1));
  }
  for (double range : {1.0, 4.0, 20.0, 110.0, 800.0, 1e4, 1e6})
    for (size_t i = 0; i < count / 8; ++i) {
      const T x = T(range * (2 * unit(state) - 1));
      add(x, T(8 * unit(state) - 4));
    }
  return s;
}

/// With the edges, and what lies near one and near multiples of pi/2; for functions of two
/// arguments all pairs of edges, whole numbers, and pairs whose power is in range.
template <class T>
Samples<T> samples(bool binary) {
  Samples<T> s = portable_samples<T>(binary);
  uint64_t state = 2;
  const size_t count = s.x.size() / 8;
  const auto add = [&](T x, T y) { s.x.push_back(x), s.y.push_back(y); };
  for (size_t i = 0; i < count; ++i) {
    const double near_one = 1 + (unit(state) - 0.5) * std::exp(-30 * unit(state));
    add(T(near_one), T(1e5 * (unit(state) - 0.5)));
    add(T(std::floor(std::exp(30 * unit(state))) * 1.57079632679489661923), T(1));
  }
  if (binary) {
    const double log_max = std::log(double(std::numeric_limits<T>::max()));
    for (size_t i = 0; i < 8 * count; ++i) {
      const double log_x = (unit(state) - 0.5) * (i % 2 ? 2 * log_max : 4);
      const double log_result = (2.2 * unit(state) - 1.1) * log_max;
      add(T(std::exp(log_x)), T(log_result / log_x));
    }
    for (int i = -40; i < 40; ++i)
      for (int k = -40; k < 40; ++k) add(T(i), T(k)), add(T(i) / 3, T(k)), add(T(i), T(k) / 2);
    for (T a : edges<T>())
      for (T b : edges<T>()) add(a, b);
  } else {
    for (T a : edges<T>()) add(a, 1);
  }
  return s;
}

template <class T>
std::string describe(T x, T y, bool binary) {
  char line[96];
  snprintf(line, sizeof line, binary ? "(%.17g, %.17g)" : "(%.17g)", double(x), double(y));
  return line;
}

template <class T>
std::vector<T> run(const MathCase& c, const T* x, const T* y, size_t n) {
  const std::vector<T> xs(x, x + n), ys(y, y + n);
  return c.function(from_data(xs, {int64_t(n)}), from_data(ys, {int64_t(n)}))
      .template to_vector<T>();
}

class MathTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { initialize(); }
  void TearDown() override { cpu::install_all(); }
};

/// The largest error of `c` on the chosen target stays below `bound`.
template <class T, class Wide>
void check_error(const MathCase& c, const Samples<T>& s, const std::vector<Wide>& exact,
                 double bound, const char* target) {
  const std::vector<T> got = run(c, s.x.data(), s.y.data(), s.x.size());
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < got.size(); ++i)
    if (const double e = ulp_error(got[i], exact[i]); e > worst) worst = e, at = i;
  const std::string where = describe(s.x[at], s.y[at], c.binary);
  if (std::getenv("TANDEM_PRINT_ULP"))
    printf("%-8s f%d %-7s %.3f ulp at %s\n", c.name, int(sizeof(T) * 8), target, worst,
           where.c_str());
  EXPECT_LE(worst, bound) << c.name << where << " = " << got[at] << ", expected "
                          << double(exact[at]) << ", on " << target;
}

template <class T, class Wide>
void check_all_targets(const MathCase& c, Wide (*reference)(Wide, Wide), double bound) {
  const Samples<T> s = samples<T>(c.binary);
  std::vector<Wide> exact(s.x.size());
  for (size_t i = 0; i < exact.size(); ++i) exact[i] = reference(s.x[i], s.y[i]);
  testing::for_each_target([&](int64_t target) {
    cpu::install_all();
    check_error(c, s, exact, bound, hwy::TargetName(target));
  });
}

TEST_F(MathTest, FloatErrorOnEveryTarget) {
  for (const MathCase& c : math_cases) check_all_targets<float, double>(c, c.f32, c.bound_f32);
}

TEST_F(MathTest, DoubleErrorOnEveryTarget) {
  for (const MathCase& c : math_cases)
    check_all_targets<double, long double>(c, c.f64, c.bound_f64);
}

/// Every so many of the 2^32 floats, for those who wait for it: TANDEM_FLOAT_STRIDE=1 takes all, a
/// few minutes a function.
TEST_F(MathTest, EveryFloat) {
  const char* given = std::getenv("TANDEM_FLOAT_STRIDE");
  if (!given) GTEST_SKIP() << "set TANDEM_FLOAT_STRIDE=1 to run";
  const uint64_t stride = std::max(1, std::atoi(given));
  const char* target = hwy::TargetName(hwy::SupportedAndGeneratedTargets().front());
  constexpr uint64_t chunk = 1 << 22;
  for (const MathCase& c : math_cases) {
    if (c.binary) continue;
    for (uint64_t first = 0; first < uint64_t{1} << 32; first += chunk * stride) {
      Samples<float> s{std::vector<float>(chunk), std::vector<float>(chunk, 1.f)};
      std::vector<double> exact(chunk);
      for (uint64_t i = 0; i < chunk; ++i) {
        s.x[i] = std::bit_cast<float>(uint32_t(first + i * stride));
        exact[i] = c.f32(s.x[i], 1);
      }
      check_error(c, s, exact, c.bound_f32, target);
    }
  }
}

template <class T>
uint32_t hash_of_results(const MathCase& c) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  const Samples<T> s = portable_samples<T>(c.binary);
  const std::vector<T> got = run(c, s.x.data(), s.y.data(), s.x.size());
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over words; all NaN count as one
  for (T v : got) hash = (hash ^ (std::isnan(v) ? 1 : std::bit_cast<Bits>(v))) * 0x100000001b3;
  return uint32_t(hash >> 32);
}

/// The bits themselves, recorded once: a machine with other vectors (AVX-512, NEON) must agree.
TEST_F(MathTest, SameBitsOnEveryTargetWithFma) {
  testing::for_each_target([&](int64_t target) {
    if (!testing::has_fma(target)) return;
    cpu::install_all();
    for (const MathCase& c : math_cases) {
      EXPECT_EQ(hash_of_results<float>(c), c.hash_f32) << c.name << " f32";
      EXPECT_EQ(hash_of_results<double>(c), c.hash_f64) << c.name << " f64";
    }
  });
}

/// A lane's result depends on nothing but its operand: not on the vector length, the neighbours or
/// the tail.
TEST_F(MathTest, LanesAreIndependent) {
  for (const MathCase& c : math_cases) {
    const Samples<float> s = portable_samples<float>(c.binary);
    constexpr size_t count = 999;
    const std::vector<float> together = run(c, s.x.data(), s.y.data(), count);
    for (size_t i = 0; i < count; ++i) {
      const float alone = run(c, &s.x[i], &s.y[i], 1)[0];
      if (std::isnan(alone)) continue;
      ASSERT_EQ(together[i], alone) << c.name << describe(s.x[i], s.y[i], c.binary);
    }
  }
}

/// Highway turns to a poorer target without a word when a compiler flag or a macro is amiss.
TEST_F(MathTest, TheBestTargetIsChosen) {
  const int64_t chosen = hwy::SupportedAndGeneratedTargets().front();
#if defined(HWY_COMPILE_ONLY_STATIC)
  EXPECT_EQ(chosen, HWY_STATIC_TARGET);
#elif HWY_ARCH_X86
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  EXPECT_STREQ(hwy::TargetName(chosen), avx512 ? "AVX3" : avx2 ? "AVX2" : "SSE4");
#elif HWY_ARCH_ARM_A64
  EXPECT_TRUE(chosen == HWY_NEON || chosen == HWY_SVE || chosen == HWY_SVE2 ||
              chosen == HWY_SVE_256 || chosen == HWY_SVE2_128);
#endif
}

}  // namespace
}  // namespace tandem
