#include "tandem/ops/generator.h"

#include <random>
#include <thread>

#include "tests/expect_error.h"

namespace tandem {
namespace {

TEST(Generator, IsTheStandardsMersenneTwister) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{5489}, uint64_t{12345678901}, ~uint64_t{0}}) {
    Generator ours(seed);
    std::mt19937 standard{uint32_t(seed)};
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(ours.random32(), standard()) << seed << " at " << i;
  }
}

TEST(Generator, PutsTheFirstDrawAbove) {
  Generator a(1), b(1);
  const uint64_t first = b.random32();
  EXPECT_EQ(a.random64(), first << 32 | b.random32());
}

TEST(Generator, ReadsBitsAsPyTorchDoes) {
  Generator a(7), b(7);
  EXPECT_EQ(a.uniform(), float(b.random32() % (1 << 24)) / float(1 << 24));
  EXPECT_EQ(a.uniform64(), double(b.random64() % (uint64_t{1} << 53)) / double(uint64_t{1} << 53));
  EXPECT_EQ(a.below(10), b.random32() % 10);
  EXPECT_EQ(a.below(int64_t{1} << 28), int64_t(b.random64() % (1 << 28)));
  EXPECT_ERROR(a.below(0), ErrorCode::value, "at least one number, got 0");
}

TEST(Generator, StateRestoresTheStream) {
  Generator a(3);
  for (int i = 0; i < 700; ++i) a.random32();
  a.uniform64();
  const Tensor state = a.get_state();
  Generator b;
  b.set_state(state);
  EXPECT_EQ(b.initial_seed(), 3u);
  for (int i = 0; i < 700; ++i) ASSERT_EQ(a.random32(), b.random32());
  EXPECT_ERROR(b.set_state(empty({4})), ErrorCode::value, "expected a state from get_state()");
}

TEST(Generator, AThreadMayUseItsOwn) {
  manual_seed(1);
  Generator own(2), copy(2), process(1);
  std::thread([&] {
    const UseGenerator scope(own);
    EXPECT_EQ(default_generator().random32(), copy.random32());
  }).join();
  EXPECT_EQ(default_generator().random32(), process.random32());
}

}  // namespace
}  // namespace tandem
