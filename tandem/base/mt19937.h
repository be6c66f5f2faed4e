// The Mersenne Twister behind the default generator, with PyTorch's conventions.
#pragma once
#include <cstdint>

namespace tandem {

/// Everything the next draws depend on, plain bytes: a generator's state is a u8 tensor of these.
struct Mt19937State {
  static constexpr int size = 624;
  uint64_t seed;
  /// The second number of a Box-Muller pair waits for the next normal draw, across calls.
  double cached_normal;
  uint32_t word[size];
  uint32_t next;  // in 0..624; 624: the words are used up
  uint32_t has_cached_normal;
};

/// MT19937 (Matsumoto and Nishimura 1998) seeded as PyTorch does: the 2002 initialization from the
/// low 32 bits of `seed`.
Mt19937State make_mt19937(uint64_t seed);

namespace detail {
void twist(Mt19937State& state);  // makes the next 624 words
}

/// The next 32 random bits.
inline uint32_t next_u32(Mt19937State& state) {
  if (state.next >= Mt19937State::size) [[unlikely]]
    detail::twist(state);
  uint32_t y = state.word[state.next++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680;
  y ^= y << 15 & 0xefc60000;
  return y ^ y >> 18;
}

/// The next 64: the first draw is the upper half.
inline uint64_t next_u64(Mt19937State& state) {
  const uint64_t high = next_u32(state);
  return high << 32 | next_u32(state);
}

/// Can these bytes be a state? What comes from a file or a user must be asked.
bool is_valid(const Mt19937State& state);

}  // namespace tandem
