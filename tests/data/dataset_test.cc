#include "tandem/data/dataset.h"

#include <algorithm>

#include "tandem/data/sampler.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using testing::ElementsAre;

Tensor numbers(std::vector<float> values) { return from_data(values, {int64_t(values.size())}); }

TEST(Collate, StacksTensorByTensor) {
  const std::vector<Sample> samples{{numbers({1, 2}), numbers({5})},
                                    {numbers({3, 4}), numbers({6})}};
  const Batch batch = default_collate(samples);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch[0].shape(), (Dims{2, 2}));
  EXPECT_THAT(batch[0].to_vector<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(batch[1].to_vector<float>(), ElementsAre(5, 6));
}

TEST(Collate, SaysWhatDiffers) {
  EXPECT_ERROR(default_collate(std::vector<Sample>{{numbers({1, 2})}, {numbers({3, 4, 5})}}),
               ErrorCode::shape,
               "stack expects each tensor to be equal size, but got float32[2] at entry 0 and "
               "float32[3] at entry 1");
  EXPECT_ERROR(default_collate(std::vector<Sample>{{numbers({1})}, {}}), ErrorCode::shape,
               "sample 1 has 0 tensors, the first one 1");
  EXPECT_ERROR(default_collate(std::vector<Sample>{{Tensor()}}), ErrorCode::value, "undefined");
  EXPECT_ERROR(default_collate({}), ErrorCode::value, "at least one sample");
}

TEST(TensorDataset, GivesRows) {
  const TensorDataset data(
      {from_data<float>({1, 2, 3, 4, 5, 6}, {3, 2}), from_data<int64_t>({7, 8, 9}, {3})});
  EXPECT_EQ(data.size(), 3);
  const Sample sample = data.get(1);
  EXPECT_THAT(sample[0].to_vector<float>(), ElementsAre(3, 4));
  EXPECT_EQ(sample[1].shape(), Dims{});
  EXPECT_EQ(sample[1].item<int>(), 8);
  const std::vector<int64_t> rows{2, 0};
  const Batch batch = data.get_batch(rows);
  EXPECT_THAT(batch[0].to_vector<float>(), ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(batch[1].to_vector<int>(), ElementsAre(9, 7));
  EXPECT_EQ(batch[0].to_vector<float>(), data.Dataset::get_batch(rows)[0].to_vector<float>());
}

TEST(TensorDataset, RejectsWhatDoesNotFit) {
  EXPECT_ERROR(TensorDataset({}), ErrorCode::value, "at least one tensor");
  EXPECT_ERROR(TensorDataset({numbers({1, 2}), numbers({1})}), ErrorCode::shape,
               "size mismatch between tensors: [2] and [1] differ in dim 0");
  EXPECT_ERROR(TensorDataset({from_data<float>({1}, {})}), ErrorCode::shape, "a 0-d one");
  const TensorDataset data({numbers({1, 2})});
  EXPECT_ERROR(data.get(2), ErrorCode::index, "sample 2 is out of range; there are 2");
  EXPECT_ERROR(data.get_batch(std::vector<int64_t>{-1}), ErrorCode::index, "sample -1");
}

TEST(Subset, LooksThroughItsIndices) {
  const auto all = std::make_shared<TensorDataset>(std::vector{numbers({10, 11, 12, 13})});
  const Subset subset(all, {3, 1});
  EXPECT_EQ(subset.size(), 2);
  EXPECT_EQ(subset.get(0)[0].item(), 13);
  EXPECT_THAT(subset.get_batch(std::vector<int64_t>{1, 0})[0].to_vector<float>(),
              ElementsAre(11, 13));
  EXPECT_ERROR(Subset(all, {4}), ErrorCode::index, "sample 4 is out of range");
  EXPECT_ERROR(subset.get(2), ErrorCode::index, "sample 2 is out of range");
}

TEST(ConcatDataset, GoesFromOneToTheNext) {
  const auto a = std::make_shared<TensorDataset>(std::vector{numbers({1, 2})});
  const auto b = std::make_shared<TensorDataset>(std::vector{numbers({3})});
  const ConcatDataset both({a, b, a});
  EXPECT_EQ(both.size(), 5);
  std::vector<double> seen;
  for (int64_t i = 0; i < both.size(); ++i) seen.push_back(both.get(i)[0].item());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 1, 2));
  EXPECT_ERROR(both.get(5), ErrorCode::index, "sample 5");
}

TEST(RandomSplit, IsPyTorchsForASeed) {
  const auto all = std::make_shared<TensorDataset>(std::vector{numbers(std::vector<float>(10))});
  Generator generator(42);
  const auto parts = random_split(all, std::vector<int64_t>{7, 3}, &generator);
  EXPECT_THAT(parts[0]->indices(), ElementsAre(2, 6, 1, 8, 4, 5, 0));
  EXPECT_THAT(parts[1]->indices(), ElementsAre(9, 3, 7));
}

TEST(RandomSplit, TakesFractions) {
  const auto all = std::make_shared<TensorDataset>(std::vector{numbers(std::vector<float>(11))});
  const auto parts = random_split(all, std::vector<double>{0.5, 0.25, 0.25});
  EXPECT_EQ(parts[0]->size(), 6);  // 5 and what rounding left
  EXPECT_EQ(parts[1]->size(), 3);
  EXPECT_EQ(parts[2]->size(), 2);
  EXPECT_ERROR(random_split(all, std::vector<double>{0.5, 0.2}), ErrorCode::value, "add up to 1");
  EXPECT_ERROR(random_split(all, std::vector<int64_t>{5, 5}), ErrorCode::value, "got a sum of 10");
}

}  // namespace
}  // namespace tandem
