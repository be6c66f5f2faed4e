#include "tandem/base/philox.h"

#include <algorithm>

namespace tandem {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xd2511f53} * c[0], b = uint64_t{0xcd9e8d57} * c[2];
    c = {uint32_t(b >> 32) ^ c[1] ^ key[0], uint32_t(b), uint32_t(a >> 32) ^ c[3] ^ key[1],
         uint32_t(a)};
    key[0] += 0x9e3779b9;
    key[1] += 0xbb67ae85;
  }
  return c;
}

namespace {

std::array<uint32_t, 4> block_of(uint64_t seed, uint64_t offset) {
  const uint64_t block = offset / 4;
  return philox4x32({uint32_t(block), uint32_t(block >> 32), 0, 0},
                    {uint32_t(seed), uint32_t(seed >> 32)});
}

}  // namespace

PhiloxState make_philox(uint64_t seed, uint64_t offset) {
  PhiloxState s{};
  s.seed = seed;
  s.offset = offset;
  if (offset % 4) std::ranges::copy(block_of(seed, offset), s.block);
  return s;
}

uint32_t next_u32(PhiloxState& state) {
  if (state.offset % 4 == 0) std::ranges::copy(block_of(state.seed, state.offset), state.block);
  return state.block[state.offset++ % 4];
}

bool is_valid(const PhiloxState& state) {
  if (state.has_cached_normal > 1) return false;
  const PhiloxState expected = make_philox(state.seed, state.offset);
  return state.offset % 4 == 0 || std::ranges::equal(expected.block, state.block);
}

}  // namespace tandem
