#include "tandem/cpu/sort_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::cpu {
namespace {

constexpr int64_t short_line = 192;  // up to here comparing is faster than counting
constexpr int digit_bits = 8, digits = 1 << digit_bits;

/// Sorted by one digit after the other, the lowest first: stable, so that places stay in order. All
/// digits are counted in one pass, and one that all keys share costs no more.
template <class E, class Key>
E* radix_sort(E* from, E* to, int64_t n, int key_bytes, Key key) {
  std::array<std::array<int64_t, digits>, 8> count{};
  for (int64_t i = 0; i < n; ++i)
    for (int b = 0; b < key_bytes; ++b)
      ++count[std::size_t(b)][key(from[i]) >> (b * digit_bits) & (digits - 1)];
  for (int b = 0; b < key_bytes; ++b) {
    auto& at = count[std::size_t(b)];
    if (std::ranges::find(at, n) != at.end()) continue;
    int64_t begin = 0;
    for (int64_t& c : at) begin += std::exchange(c, begin);
    for (int64_t i = 0; i < n; ++i)
      to[at[key(from[i]) >> (b * digit_bits) & (digits - 1)]++] = from[i];
    std::swap(from, to);
  }
  return from;
}

}  // namespace

uint64_t* sort_entries(uint64_t* entries, uint64_t* spare, int64_t n) {
  if (n > short_line)
    return radix_sort(entries, spare, n, 4, [](uint64_t e) { return uint32_t(e >> 32); });
  std::sort(entries, entries + n);
  return entries;
}
WideEntry* sort_entries(WideEntry* entries, WideEntry* spare, int64_t n) {
  if (n > 2 * short_line)
    return radix_sort(entries, spare, n, 8, [](const WideEntry& e) { return e.key; });
  std::sort(entries, entries + n);
  return entries;
}

}  // namespace tandem::cpu
