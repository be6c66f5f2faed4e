#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "tandem/base/mt19937.h"
#include "tandem/base/philox.h"

namespace tandem {
namespace {

static_assert(std::is_trivially_copyable_v<Mt19937State>);
static_assert(std::is_trivially_copyable_v<PhiloxState>);

/// The 10000th draw for the reference implementation's default seed; C++ (rand.predef) names it.
TEST(Mt19937, AgreesWithTheStandard) {
  Mt19937State s = make_mt19937(5489);
  uint32_t last = 0;
  for (int i = 0; i < 10000; ++i) last = next_u32(s);
  EXPECT_EQ(last, 4123659995u);
}

TEST(Mt19937, SeedsFromTheLow32Bits) {
  Mt19937State a = make_mt19937(5489), b = make_mt19937((uint64_t{77} << 32) + 5489);
  EXPECT_EQ(next_u32(a), next_u32(b));
  EXPECT_EQ(b.seed, (uint64_t{77} << 32) + 5489);
}

TEST(Mt19937, U64IsTwoDrawsTheFirstOnTop) {
  Mt19937State a = make_mt19937(1), b = a;
  const uint64_t high = next_u32(a), low = next_u32(a);
  EXPECT_EQ(next_u64(b), high << 32 | low);
}

TEST(Mt19937, ImpossibleStatesAreKnown) {
  Mt19937State s = make_mt19937(3);
  EXPECT_TRUE(is_valid(s));
  s.next = 625;
  EXPECT_FALSE(is_valid(s));
  EXPECT_FALSE(is_valid(Mt19937State{}));
}

/// Known answers of Random123 1.14 (kat_vectors).
TEST(Philox, KnownAnswers) {
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, AnyDrawCanBeHadAlone) {
  PhiloxState s = make_philox(0x123456789abcdef0);
  for (uint64_t i = 0; i < 23; ++i) {
    PhiloxState alone = make_philox(0x123456789abcdef0, i);
    EXPECT_EQ(next_u32(alone), next_u32(s)) << i;
  }
  EXPECT_TRUE(is_valid(s));
  s.block[0] ^= 1;
  EXPECT_FALSE(is_valid(s));
}

}  // namespace
}  // namespace tandem
