// One line of numbers sorted stably, with where each one was.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

namespace tandem::cpu {

/// A number's bits as an unsigned integer in the order of numbers: negative ones first, NaN last, 0
/// and -0 equal.
template <class T>
auto sort_key(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return uint32_t(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    if (value != value) return ~U(0);
    const U bits = std::bit_cast<U>(value == 0 ? T(0) : value), sign = U(1) << (sizeof(T) * 8 - 1);
    return bits & sign ? U(~bits) : U(bits | sign);
  } else {
    using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    constexpr U sign = std::is_signed_v<T> ? U(1) << (sizeof(U) * 8 - 1) : 0;
    return U(U(value) ^ sign);  // a smaller type is widened with its sign
  }
}

/// A key and the place of its number, in one word that sorts by both.
struct WideEntry {
  uint64_t key;
  int64_t place;
  friend bool operator<(const WideEntry& a, const WideEntry& b) {
    return a.key != b.key ? a.key < b.key : a.place < b.place;
  }
};
inline uint64_t entry(uint32_t key, int64_t place) { return uint64_t(key) << 32 | uint64_t(place); }
inline WideEntry entry(uint64_t key, int64_t place) { return {key, place}; }
inline int64_t place_of(uint64_t entry) { return int64_t(entry & 0xffffffff); }
inline int64_t place_of(const WideEntry& entry) { return entry.place; }

/// Orders n entries whose places ascend; gives where they are then, `entries` or `spare`.
uint64_t* sort_entries(uint64_t* entries, uint64_t* spare, int64_t n);
WideEntry* sort_entries(WideEntry* entries, WideEntry* spare, int64_t n);

}  // namespace tandem::cpu
