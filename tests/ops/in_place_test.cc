// The functions that end in _: derived from the registry, in place, differentiable.
#include "tandem/ops/in_place_functions.h"

#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tandem/tensor/allocator.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

TEST(InPlace, WritesIntoTheOperandAndItsViews) {
  Tensor x = from_data<double>({1, 4, 9, 16}, {2, 2});
  const Tensor row = select(x, 0, 1);
  EXPECT_TRUE(sqrt_(x).is_same(x));
  EXPECT_THAT(values(x), Near({1, 2, 3, 4}));
  EXPECT_THAT(values(row), Near({3, 4}));
  clamp_(row, 3.5);
  leaky_relu_(neg_(select(x, 0, 0)), 0.5);
  EXPECT_THAT(values(x), Near({-0.5, -1, 3.5, 4}));
  lerp_(x, zeros_like(x), 0.5);
  addcmul_(x, x, x, 2);
  EXPECT_THAT(values(x), Near({-0.125, 0, 7.875, 10}));
  index_add_(x, 0, from_data<int64_t>({1}, {1}), ones({1, 2}, float64));
  scatter_(x, 1, from_data<int64_t>({0, 1}, {2, 1}), 5);
  masked_fill_(x, gt(x, 9), -1);
  EXPECT_THAT(values(x), Near({5, 0, 8.875, 5}));
  scatter_add_(x, 0, from_data<int64_t>({1, 1}, {1, 2}), ones({1, 2}, float64));
  EXPECT_THAT(values(x), Near({5, 0, 9.875, 6}));
}

TEST(InPlace, NeedsNoMemoryWhereItIsElementwise) {
  NoGrad off;
  const Tensor x = full({1 << 20}, 0.5, float32), y = full({1 << 20}, 2.0, float32);
  reset_peak_memory_stats();
  const int64_t before = memory_stats().allocated;
  sigmoid_(x);
  lerp_(x, y, 0.1);
  hardtanh_(x, -1, 1);
  EXPECT_LT(memory_stats().peak_allocated - before, 1 << 16);
}

TEST(InPlace, IsDifferentiable) {
  Tensor leaf = from_data<double>({0.5, 2}, {2}).requires_grad_();
  Tensor x = leaf * 2;
  mul_(exp_(select(x, 0, 0)), 3);
  sum(x).backward();
  EXPECT_THAT(values(leaf.grad()), Near({6 * std::exp(1.0), 2}));
}

TEST(InPlace, RefusesWhatDoesNotFit) {
  Tensor i = from_data<int64_t>({1, 2}, {2}), leaf = ones({2}).requires_grad_();
  EXPECT_THROW(sqrt_(i), Error);                       // floating results in integers
  EXPECT_THROW(add_(ones({2}), ones({3, 2})), Error);  // a larger result
  EXPECT_THROW(exp_(leaf), Error);                     // a leaf
  EXPECT_THROW(exp_(expand(ones({1}), 4)), Error);     // one element in many places
  EXPECT_EQ(eq_(i, 2).to_vector<int64_t>(), (std::vector<int64_t>{0, 1}));  // bool fits anything
}

}  // namespace
}  // namespace tandem
