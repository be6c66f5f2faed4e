// The counter-based generator: any draw can be had without those before it.
#pragma once
#include <array>
#include <cstdint>

namespace tandem {

/// Philox 4x32-10: 128 random bits from a 128-bit counter and a 64-bit key. Salmon, Moraes, Dror
/// and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011; words as in Random123.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// Everything the next draws depend on, plain bytes. Draw number i of a seed is word i % 4 of
/// block i / 4, whose counter is {block's low half, high half, 0, 0}.
struct PhiloxState {
  uint64_t seed;
  double cached_normal;  // see Mt19937State
  uint64_t offset;       // draws of 32 bits made so far
  uint32_t block[4];     // the current one, unless offset is a multiple of 4
  uint32_t has_cached_normal;
  uint32_t reserved;
};

/// The generator of `seed` after `offset` draws of 32 bits.
PhiloxState make_philox(uint64_t seed, uint64_t offset = 0);

/// The next 32 random bits.
uint32_t next_u32(PhiloxState& state);

/// The next 64: the first draw is the upper half.
inline uint64_t next_u64(PhiloxState& state) {
  const uint64_t high = next_u32(state);
  return high << 32 | next_u32(state);
}

/// Can these bytes be a state?
bool is_valid(const PhiloxState& state);

}  // namespace tandem
