#include "tandem/base/mt19937.h"

namespace tandem {

void detail::twist(Mt19937State& s) {
  constexpr int n = Mt19937State::size, m = 397;
  const auto mix = [](uint32_t upper, uint32_t lower, uint32_t far) {
    const uint32_t joined = (upper & 0x80000000) | (lower & 0x7fffffff);
    return far ^ joined >> 1 ^ ((0 - (lower & 1)) & 0x9908b0df);
  };
  for (int i = 0; i < n - m; ++i) s.word[i] = mix(s.word[i], s.word[i + 1], s.word[i + m]);
  for (int i = n - m; i < n - 1; ++i) s.word[i] = mix(s.word[i], s.word[i + 1], s.word[i + m - n]);
  s.word[n - 1] = mix(s.word[n - 1], s.word[0], s.word[m - 1]);
  s.next = 0;
}

Mt19937State make_mt19937(uint64_t seed) {
  Mt19937State s{};
  s.seed = seed;
  s.word[0] = uint32_t(seed);
  for (uint32_t i = 1; i < Mt19937State::size; ++i)
    s.word[i] = 1812433253 * (s.word[i - 1] ^ s.word[i - 1] >> 30) + i;
  s.next = Mt19937State::size;
  return s;
}

bool is_valid(const Mt19937State& state) {
  if (state.next > Mt19937State::size || state.has_cached_normal > 1) return false;
  uint32_t any = state.word[0] & 0x80000000;  // the one word's low bits that are never read
  for (int i = 1; i < Mt19937State::size; ++i) any |= state.word[i];
  return any != 0;  // all zero would stay so for ever
}

}  // namespace tandem
