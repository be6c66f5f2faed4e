#include "tandem/data/sampler.h"

#include <algorithm>
#include <numeric>

#include "tests/expect_error.h"

namespace tandem {
namespace {

using testing::ElementsAre;

std::vector<int64_t> sorted(std::vector<int64_t> values) {
  std::ranges::sort(values);
  return values;
}
std::vector<int64_t> numbers_to(int64_t n) {
  std::vector<int64_t> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), int64_t{0});
  return values;
}

/// What torch.randperm(10) gives after torch.manual_seed.
TEST(RandomPermutation, IsPyTorchs) {
  Generator generator(0);
  EXPECT_THAT(random_permutation(10, generator), ElementsAre(4, 1, 7, 5, 3, 9, 0, 8, 6, 2));
  generator.manual_seed(42);
  EXPECT_THAT(random_permutation(10, generator), ElementsAre(2, 6, 1, 8, 4, 5, 0, 9, 3, 7));
  EXPECT_TRUE(random_permutation(0, generator).empty());
}

TEST(SequentialSampler, Counts) {
  EXPECT_THAT(SequentialSampler(3).sample(), ElementsAre(0, 1, 2));
  EXPECT_TRUE(SequentialSampler(0).sample().empty());
  EXPECT_ERROR(SequentialSampler(-1), ErrorCode::value, "got -1");
}

TEST(RandomSampler, DrawsASeedFromTheDefaultGenerator) {
  manual_seed(5);
  RandomSampler sampler(20);
  const auto first = sampler.sample(), second = sampler.sample();
  Generator process(5);
  for (const auto& got : {first, second}) {
    Generator own(process.random64() & INT64_MAX);
    EXPECT_EQ(got, random_permutation(20, own));
  }
  EXPECT_NE(first, second);
}

TEST(RandomSampler, UsesAGivenGeneratorItself) {
  Generator given(5), copy(5);
  RandomSampler sampler(20, false, 0, &given);
  EXPECT_EQ(sampler.sample(), random_permutation(20, copy));
  random_permutation(20, copy);  // the order of which PyTorch takes no part
  EXPECT_EQ(given.random32(), copy.random32());
}

TEST(RandomSampler, TakesOtherNumbersOfSamples) {
  RandomSampler more(4, false, 10);
  EXPECT_EQ(more.size(), 10);
  const auto order = more.sample();
  ASSERT_EQ(order.size(), 10u);
  EXPECT_EQ(sorted({order.begin(), order.begin() + 4}), numbers_to(4));
  EXPECT_EQ(sorted({order.begin() + 4, order.begin() + 8}), numbers_to(4));
  Generator given(1), copy(1);
  RandomSampler replaced(3, true, 100, &given);
  for (const int64_t index : replaced.sample()) EXPECT_EQ(index, copy.below(3));
  EXPECT_ERROR(RandomSampler(0), ErrorCode::value, "expected size and num_samples to be positive");
}

TEST(SubsetRandomSampler, PermutesItsIndices) {
  Generator given(0);
  SubsetRandomSampler sampler({10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, &given);
  EXPECT_THAT(sampler.sample(), ElementsAre(14, 11, 17, 15, 13, 19, 10, 18, 16, 12));
}

TEST(WeightedRandomSampler, FollowsTheWeights) {
  Generator given(1);
  WeightedRandomSampler sampler({1, 0, 3}, 40'000, true, &given);
  const auto drawn = sampler.sample();
  EXPECT_EQ(std::ranges::count(drawn, 1), 0);
  EXPECT_NEAR(double(std::ranges::count(drawn, 2)) / 40'000, 0.75, 0.01);
}

TEST(WeightedRandomSampler, WithoutReplacementTakesEachOnce) {
  Generator given(1);
  WeightedRandomSampler sampler({1, 0, 3, 2}, 3, false, &given);
  int first_is_heaviest = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto drawn = sampler.sample();
    EXPECT_THAT(sorted(drawn), ElementsAre(0, 2, 3));
    first_is_heaviest += drawn[0] == 2;
  }
  EXPECT_NEAR(first_is_heaviest / 2000.0, 0.5, 0.05);
}

TEST(WeightedRandomSampler, RejectsImpossibleWeights) {
  EXPECT_ERROR(WeightedRandomSampler({1, -1}, 1), ErrorCode::value, "got -1 at 1");
  EXPECT_ERROR(WeightedRandomSampler({0, 0}, 1), ErrorCode::value, "from 0 weights above 0");
  EXPECT_ERROR(WeightedRandomSampler({1, 0}, 2, false), ErrorCode::value, "without replacement");
  EXPECT_ERROR(WeightedRandomSampler({NAN}, 1), ErrorCode::value, "finite weights");
  EXPECT_ERROR(WeightedRandomSampler({1}, 0), ErrorCode::value, "to be positive, got 0");
}

TEST(BatchSampler, GroupsAndDrops) {
  const auto order = std::make_shared<SequentialSampler>(5);
  BatchSampler whole(order, 2), dropping(order, 2, true);
  EXPECT_THAT(whole.sample(), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
  EXPECT_THAT(dropping.sample(), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  EXPECT_EQ(whole.size(), 3);
  EXPECT_EQ(dropping.size(), 2);
  EXPECT_ERROR(BatchSampler(order, 0), ErrorCode::value, "batch_size to be positive");
  EXPECT_ERROR(BatchSampler(nullptr, 1), ErrorCode::value, "expected a sampler");
}

}  // namespace
}  // namespace tandem
