#include "tandem/runtime/place.h"

#include <gtest/gtest.h>

#include <random>

namespace tandem::runtime {
namespace {

void expect_sound(const std::vector<Lifetime>& buffers, const Placement& p) {
  int64_t end = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(p.offsets[i] % alignment, 0);
    end = std::max(end, p.offsets[i] + aligned(buffers[i].bytes));
    for (std::size_t j = 0; j < i; ++j) {
      const bool together =
          buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      const bool apart = p.offsets[i] + buffers[i].bytes <= p.offsets[j] ||
                         p.offsets[j] + buffers[j].bytes <= p.offsets[i];
      ASSERT_TRUE(!together || apart || !buffers[i].bytes || !buffers[j].bytes)
          << "buffers " << i << " and " << j;
    }
  }
  EXPECT_LE(end, p.bytes);
  EXPECT_GE(p.bytes, p.lower_bound);
}

TEST(Place, NothingNeedsNothing) {
  EXPECT_EQ(place({}).bytes, 0);
  const std::vector<Lifetime> empty{{0, 0, 3}};
  EXPECT_EQ(place(empty).bytes, 0);
}

TEST(Place, BuffersAfterEachOtherShare) {
  const std::vector<Lifetime> chain{{100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}};
  const Placement p = place(chain);
  expect_sound(chain, p);
  EXPECT_EQ(p.bytes, 256);
  EXPECT_EQ(p.lower_bound, 256);
}

TEST(Place, RandomLifetimesDoNotOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> buffers;
    const int steps = 1 + int(random() % 60);
    for (int i = int(random() % 80); i >= 0; --i) {
      const int32_t first = int32_t(random() % unsigned(steps));
      buffers.push_back({int64_t(random() % 5000), first,
                         std::min<int32_t>(steps, first + int32_t(random() % 10))});
    }
    expect_sound(buffers, place(buffers));
  }
}

TEST(Place, TrainingStepsAreNearTheBound) {
  // Activations live from forward to backward, gradients for two steps.
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    const int32_t layers = 5 + int32_t(random() % 60);
    std::vector<Lifetime> buffers;
    for (int32_t l = 0; l < layers; ++l) {
      const int64_t size = 256 << random() % 8;
      buffers.push_back({size, l, 2 * layers - l});
      buffers.push_back({size, 2 * layers - l, 2 * layers - l + 1});
      buffers.push_back({size * 3 / 2, l, l});
    }
    const Placement p = place(buffers);
    expect_sound(buffers, p);
    EXPECT_LE(double(p.bytes), 1.05 * double(p.lower_bound));
  }
}

TEST(Place, IsTheSameEachTime) {
  std::mt19937 random(3);
  std::vector<Lifetime> buffers;
  for (int i = 0; i < 200; ++i) {
    const int32_t first = int32_t(random() % 100);
    buffers.push_back({int64_t(random() % 9000), first, first + int32_t(random() % 30)});
  }
  EXPECT_EQ(place(buffers).offsets, place(buffers).offsets);
}

}  // namespace
}  // namespace tandem::runtime
