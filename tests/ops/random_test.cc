// Random ops: PyTorch's numbers through the public functions (2.15.0, manual_seed as written), pure
// ops, generators.
#include "tandem/ops/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(RandomOps, GivePyTorchsNumbers) {
  manual_seed(42);
  EXPECT_THAT(rand({3}).to_vector<float>(),
              ElementsAre(0.8822692632675171f, 0.9150039553642273f, 0.38286375999450684f));
  manual_seed(0);
  EXPECT_THAT(randn({2, 2}).to_vector<float>(),
              ElementsAre(1.5409960746765137f, -0.293428897857666f, -2.1787893772125244f,
                          0.5684312582015991f));
  manual_seed(0);
  EXPECT_THAT(randint(10, {5}).to_vector<int64_t>(), ElementsAre(4, 9, 3, 0, 3));
  manual_seed(0);
  EXPECT_THAT(randperm(6).to_vector<int64_t>(), ElementsAre(2, 5, 3, 0, 1, 4));
}

TEST(RandomOps, DropoutIsPyTorchs) {
  manual_seed(7);
  Tensor x = full({8}, 2, float32).requires_grad_();
  const Tensor y = dropout(x, 0.3);
  manual_seed(7);
  const Tensor kept = bernoulli(full({8}, 0, float32), 0.7) / 0.7;
  EXPECT_EQ(y.to_vector<float>(), (kept * 2).to_vector<float>());
  sum(y).backward();
  EXPECT_EQ(x.grad().to_vector<float>(), kept.to_vector<float>());
  EXPECT_TRUE(dropout(x, 0.3, false).is_same(x));
  EXPECT_TRUE(dropout(x, 0).is_same(x));
  EXPECT_THAT(dropout(x, 1).to_vector<float>(), Each(0));
  EXPECT_ERROR(dropout(x, 1.5), ErrorCode::value, "probability p in [0, 1], got 1.5");
}

TEST(RandomOps, ArePure) {
  Generator g(3);
  const Tensor state = g.get_state(), before = clone(state);
  const auto [a, after] = apply(Uniform{.size = Dims{4}}, Arg(state));
  const auto [b, again] = apply(Uniform{.size = Dims{4}}, Arg(state));
  EXPECT_EQ(a.to_vector<float>(), b.to_vector<float>());
  EXPECT_EQ(state.to_vector<int>(), before.to_vector<int>());
  EXPECT_NE(after.to_vector<int>(), before.to_vector<int>());
  g.set_state(after);
  Generator fresh(3);
  (void)rand({4}, float32, &fresh);
  EXPECT_EQ(rand({4}, float32, &g).to_vector<float>(),
            rand({4}, float32, &fresh).to_vector<float>());
}

TEST(RandomOps, TakeAGeneratorOfTheirOwn) {
  manual_seed(1);
  const auto expected = rand({3}).to_vector<float>();
  Generator mine(1);
  manual_seed(2);
  EXPECT_EQ(rand({3}, float32, &mine).to_vector<float>(), expected);
  {
    Generator scoped(1);
    const UseGenerator use(scoped);
    EXPECT_EQ(rand({3}).to_vector<float>(), expected);
  }
  Generator philox(1, BitGenerator::philox), same(1, BitGenerator::philox);
  const auto numbers = randn({50}, float64, &philox).to_vector<double>();
  EXPECT_EQ(randn({50}, float64, &same).to_vector<double>(), numbers);
  EXPECT_EQ(philox.initial_seed(), 1u);
  Generator restored(9);
  restored.set_state(philox.get_state());
  EXPECT_EQ(restored.kind(), BitGenerator::philox);
  EXPECT_EQ(restored.random64(), philox.random64());
}

TEST(RandomOps, ADamagedStateIsRefused) {
  Generator g(1);
  Tensor state = g.get_state();
  EXPECT_ERROR(g.set_state(full({8}, 1, uint8)), ErrorCode::value, "got 8 bytes");
  state.data<uint8_t>()[8 + offsetof(Mt19937State, next) + 3] = 255;
  EXPECT_ERROR(g.set_state(state), ErrorCode::value, "the state is damaged");
  EXPECT_ERROR(apply(Uniform{.size = Dims{4}}, Arg(full({9}, 7, uint8))), ErrorCode::value,
               "expected a state from Generator::get_state()");
}

TEST(RandomOps, InPlaceFillsInRowMajorOrder) {
  manual_seed(5);
  const auto expected = normal(1, 2, {3, 8}).to_vector<float>();
  manual_seed(5);
  Tensor t = full({8, 3}, 0, float32);
  Tensor turned = permute(t, {1, 0});
  turned.normal_(1, 2);
  EXPECT_EQ(turned.to_vector<float>(), expected);
  Tensor leaf = full({2}, 0, float32).requires_grad_();
  EXPECT_ERROR(leaf.uniform_(), ErrorCode::autograd, "leaf Variable that requires grad");
  {
    NoGrad off;
    leaf.uniform_(3, 4);
  }
  for (float v : leaf.to_vector<float>()) EXPECT_TRUE(v >= 3 && v < 4);
  Tensor bits = full({64}, 0, boolean);
  bits.bernoulli_(1);
  EXPECT_THAT(bits.to_vector<bool>(), Each(true));
  Tensor whole = full({64}, 0, int64);
  for (int64_t v : whole.random_(-3, 3).to_vector<int64_t>()) EXPECT_TRUE(v >= -3 && v < 3);
}

TEST(RandomOps, MultinomialReadsStridedWeights) {
  const Tensor weights = from_data<double>({0, 0, 1, 0, 0, 1}, {3, 2});
  const Tensor drawn = multinomial(permute(weights, {1, 0}), 5, true);  // rows [0,1,0] and [0,0,1]
  EXPECT_EQ(drawn.dtype(), int64);
  EXPECT_THAT(drawn.to_vector<int64_t>(), ElementsAre(1, 1, 1, 1, 1, 2, 2, 2, 2, 2));
  EXPECT_EQ(multinomial(from_data<double>({1, 2}, {2}), 2).shape(), (Dims{2}));
}

TEST(RandomOps, WhatIsOutOfRangeIsNamed) {
  EXPECT_ERROR(rand({2}, int64), ErrorCode::dtype, "expected a floating dtype, got int64");
  EXPECT_ERROR(rand({-1}), ErrorCode::shape, "-1");
  EXPECT_ERROR(randint(5, 5, {2}), ErrorCode::value, "low=5, high=5");
  EXPECT_ERROR(randint(0, 300, {2}, uint8), ErrorCode::dtype, "[0, 300) do not fit uint8");
  EXPECT_ERROR(randperm(-1), ErrorCode::value, "n >= 0");
  EXPECT_ERROR(randperm(300, uint8), ErrorCode::dtype, "do not fit uint8");
  EXPECT_ERROR(normal(0, -1, {2}), ErrorCode::value, "std >= 0, got -1");
  EXPECT_ERROR(multinomial(rand({3}), 4), ErrorCode::value, "num_samples=4 of 3 categories");
  EXPECT_ERROR(multinomial(rand({2, 2, 2}), 1), ErrorCode::shape, "[rows, categories]");
  EXPECT_ERROR(bernoulli(full({2}, 2, float32)), ErrorCode::value, "got 2 at element 0");
}

TEST(RandomOps, AnEmptyDrawLeavesTheStream) {
  manual_seed(3);
  const auto expected = rand({2}).to_vector<float>();
  manual_seed(3);
  EXPECT_EQ(rand({0, 4}).numel(), 0);
  EXPECT_EQ(rand({2}).to_vector<float>(), expected);
}

}  // namespace
}  // namespace tandem
