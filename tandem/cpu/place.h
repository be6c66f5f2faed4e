// Where the largest (or smallest) number of a line is; loops that vectors keep.
#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace tandem::cpu {

template <bool largest, class T>
bool beats(T a, T b) {
  return largest ? a > b : a < b;
}

/// The first place of the largest (or smallest) of n elements; a NaN beats all.
template <bool largest, class T>
int64_t place_of(const T* x, int64_t n, int64_t stride) {
  constexpr int64_t chunk = 2048, lanes = 16;
  if (stride != 1 || n < 2 * lanes) {
    int64_t best = 0;
    T value = x[0];
    for (int64_t i = 1; i < n && value == value; ++i) {
      const T v = x[i * stride];
      if (beats<largest>(v, value) || v != v) best = i, value = v;
    }
    return best;
  }
  // First in which chunk it is: sixteen extremes side by side, without places.
  int64_t best_chunk = 0;
  T best = x[0];
  for (int64_t begin = 0; begin < n; begin += chunk) {
    const int64_t end = std::min(n, begin + chunk);
    T extreme[lanes];
    int odd[lanes] = {};
    std::fill_n(extreme, lanes, x[begin]);
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes)
      for (int64_t k = 0; k < lanes; ++k) {
        const T v = x[i + k];
        extreme[k] = beats<largest>(v, extreme[k]) ? v : extreme[k];
        odd[k] |= v != v;
      }
    for (; i < end; ++i) {
      extreme[0] = beats<largest>(x[i], extreme[0]) ? x[i] : extreme[0];
      odd[0] |= x[i] != x[i];
    }
    if (std::any_of(odd, odd + lanes, [](int o) { return o; })) {
      while (x[begin] == x[begin]) ++begin;
      return begin;
    }
    for (const T v : extreme)
      if (beats<largest>(v, best)) best = v, best_chunk = begin;
  }
  while (x[best_chunk] != best) ++best_chunk;
  return best_chunk;
}

/// The same for each of `width` lines that stand side by side, `step` from one element to the next:
/// row by row.
template <bool largest, class T>
void places_of(const T* x, int64_t n, int64_t step, int64_t width, int64_t* places) {
  // Places as wide as the numbers, so that both fill as many lanes.
  using Place = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  constexpr int64_t block = 64;
  T best[block];
  Place at[block];
  for (int64_t begin = 0; begin < width; begin += block) {
    const int64_t count = std::min(block, width - begin);
    std::copy_n(x + begin, count, best);
    std::fill_n(at, count, Place(0));
    for (int64_t i = 1; i < n; ++i) {
      const T* row = x + i * step + begin;
      for (int64_t k = 0; k < count; ++k) {
        const T v = row[k];
        const bool wins = beats<largest>(v, best[k]) | ((v != v) & (best[k] == best[k]));
        best[k] = wins ? v : best[k];
        at[k] = wins ? Place(i) : at[k];
      }
    }
    std::copy_n(at, count, places + begin);
  }
}

}  // namespace tandem::cpu
