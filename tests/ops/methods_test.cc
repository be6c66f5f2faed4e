#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Methods, ShapesAndTypes) {
  Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  EXPECT_TRUE(x.to(int64).is_same(x));
  EXPECT_EQ(x.to(float16).dtype(), float16);
  EXPECT_TRUE(x.contiguous().is_same(x));
  EXPECT_NE(x.clone().data_ptr(), x.data_ptr());
  EXPECT_EQ(x.view({-1}).data_ptr(), x.data_ptr());
  EXPECT_THAT(x.T().reshape({6}).to_vector<int>(), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(x.transpose(0, -1).shape(), Dims({3, 2}));
  EXPECT_EQ(x.view({2, 1, 3}).expand({2, 4, 3}).shape(), Dims({2, 4, 3}));
  EXPECT_EQ(tensor(1).T().shape(), Dims());
  EXPECT_THAT(error_of([&] { x.T().view({6}); }), HasSubstr("reshape"));
}

TEST(Methods, CopiesShareAndSwap) {
  Tensor a = tensor({1, 2}), b = a, c = tensor({3});
  b.add_(1);
  EXPECT_THAT(a.to_vector<int>(), ElementsAre(2, 3));
  std::swap(a, c);
  EXPECT_EQ(a.item<int>(), 3);
  EXPECT_TRUE(c.is_same(b));
}

TEST(Methods, InPlaceArithmetic) {
  Tensor x = tensor({-2.0, -0.5, 0.0, 3.0});
  const uint32_t version = x.version();
  x.neg_().relu_();
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(2, 0.5, 0, 0));
  EXPECT_GT(x.version(), version);
  x.exp_();
  EXPECT_FLOAT_EQ(x[3].item<float>(), 1);
  EXPECT_FLOAT_EQ(x[0].item<float>(), std::exp(2.0f));
  x.clamp_(1.5, 4).masked_fill_(x == 4, -1);
  EXPECT_FLOAT_EQ(x[0].item<float>(), -1);
  EXPECT_FLOAT_EQ(x[2].item<float>(), 1.5);
  x.clamp_({}, 0);
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(-1, 0, 0, 0));
  EXPECT_TRUE(std::isnan(tensor({NAN}).clamp_(0, 1).item()));
}

TEST(Methods, InPlaceReadsWhatItOverwritesFirst) {
  Tensor x = tensor({{1, 2}, {3, 4}}, float32);
  x.add_(x.T());
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(2, 5, 5, 8));
  Tensor y = tensor({1, 2, 3, 4}, float32);
  y[indexing::Slice(1)].copy_(y[indexing::Slice(0, -1)]);
  EXPECT_THAT(y.to_vector<int>(), ElementsAre(1, 1, 2, 3));
  y[indexing::Slice(0, {}, 2)].mul_(y[1]);
  EXPECT_THAT(y.to_vector<int>(), ElementsAre(1, 1, 2, 3));
}

TEST(Methods, InPlaceOpsAreDifferentiable) {
  Tensor w = tensor({-1.0, 0.5, 2.0}, float64).requires_grad_();
  Tensor x = w * 2;
  x[indexing::Slice(1)].exp_();
  x.relu_().clamp_(0, 10);
  sum(x).backward();  // d exp(2w) = 2 exp(2w), where it is not cut off
  EXPECT_THAT(w.grad().to_vector<double>(),
              ElementsAre(0, ::testing::DoubleNear(2 * std::exp(1.0), 1e-12), 0));
}

TEST(Methods, InPlaceErrors) {
  Tensor i = tensor({1, 2, 3});
  EXPECT_THAT(error_of([&] { i.add_(1.5); }), HasSubstr("float32"));
  EXPECT_THAT(error_of([&] { i.div_(2); }), HasSubstr("cannot be stored in a tensor of int64"));
  EXPECT_THAT(error_of([&] { i.exp_(); }), HasSubstr("exp_"));
  EXPECT_THAT(error_of([&] { i.clamp_(0.5); }), HasSubstr("clamp_"));
  EXPECT_THAT(error_of([&] { i.clamp_({}); }), HasSubstr("at least one"));
  EXPECT_THAT(error_of([&] { i.expand({2, 3}).add_(1); }), HasSubstr("clone"));
  EXPECT_THAT(error_of([&] { i.add_(tensor({1, 2})); }), HasSubstr("broadcast"));
  EXPECT_THAT(error_of([&] { Tensor().add_(1); }), HasSubstr("undefined"));
  EXPECT_THAT(error_of([&] { Tensor() = 1; }), HasSubstr("undefined"));
  // Nothing of this was written.
  EXPECT_THAT(i.to_vector<int>(), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace tandem
