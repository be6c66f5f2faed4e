#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor to_vector(std::initializer_list<double> values) {
  return from_data(values, {int64_t(values.size())});
}

TEST(Tape, GradientOfProductAndSum) {
  Tensor a = to_vector({1, 2, 3}).requires_grad_(), b = to_vector({4, 5, 6}).requires_grad_();
  sum(a * b + a * a).backward();
  EXPECT_THAT(a.grad().to_vector<double>(), ElementsAre(6, 9, 12));
  EXPECT_THAT(b.grad().to_vector<double>(), ElementsAre(1, 2, 3));
}

TEST(Tape, GradientsAccumulateAndDoNotShareMemory) {
  Tensor a = to_vector({1, 2}).requires_grad_(), b = to_vector({1, 2}).requires_grad_();
  sum(a + b).backward();
  sum(a + b).backward();
  a.grad().mul_(10);
  EXPECT_THAT(a.grad().to_vector<double>(), ElementsAre(20, 20));
  EXPECT_THAT(b.grad().to_vector<double>(), ElementsAre(2, 2));
}

TEST(Tape, BroadcastOperandsAreSummedOver) {
  Tensor row = from_data<double>({1, 2}, {1, 2}).requires_grad_();
  sum(row * full({3, 2}, 2, float64)).backward();
  EXPECT_THAT(row.grad().to_vector<double>(), ElementsAre(6, 6));
}

TEST(Tape, SecondDerivativeThroughDerivedRules) {
  Tensor x = to_vector({0.5, -1.5}).requires_grad_();
  Tensor g = grad(sum(silu(x)), std::span(&x, 1), true)[0];
  Tensor gg = grad(sum(g), std::span(&x, 1))[0];
  auto second = [](double v) {
    const double h = 1e-4;
    auto f = [](double u) { return u / (1 + std::exp(-u)); };
    return (f(v + h) - 2 * f(v) + f(v - h)) / (h * h);
  };
  EXPECT_NEAR(gg.to_vector<double>()[0], second(0.5), 1e-6);
  EXPECT_NEAR(gg.to_vector<double>()[1], second(-1.5), 1e-6);
}

TEST(Tape, AWriteToAViewReachesTheBase) {
  Tensor w = to_vector({2, 3}).requires_grad_();
  Tensor x = full({2, 2}, 1, float64);
  slice(x, 0, 1, 2).copy_(w);         // x = [[1, 1], w]
  Tensor column = slice(x, 1, 0, 1);  // [1, w0]
  column.mul_(10);                    // x = [[10, 1], [10 w0, w1]]
  EXPECT_THAT(x.to_vector<double>(), ElementsAre(10, 1, 20, 3));
  sum(x * x).backward();
  EXPECT_THAT(w.grad().to_vector<double>(), ElementsAre(400, 6));
}

TEST(Tape, ViewsMadeBeforeAWriteSeeItsHistory) {
  Tensor w = to_vector({5}).requires_grad_();
  Tensor x = full({2}, 1, float64);
  Tensor view = reshape(x, {2, 1});
  slice(x, 0, 0, 1).copy_(w);
  sum(view * 3).backward();
  EXPECT_THAT(w.grad().to_vector<double>(), ElementsAre(3));
}

TEST(Tape, PartsOfATensorFillOneGradient) {
  // Parts that overlap, one that is a transposed view, one that goes the whole way, and a seed that
  // must not be written to.
  const auto loss = [](const Tensor& x) {
    const Tensor low = slice(x, 0, 0, 2), high = slice(permute(x, {1, 0}), 1, 1, 3);
    return sum(low * low * 2) + sum(high * high * high) + sum(select(x, 0, 0)) + sum(x * x);
  };
  const std::vector<double> v = {1, -2, 3, 0.5, -1, 2};
  Tensor x = from_data(v, {3, 2}).requires_grad_();
  loss(x).backward();
  const auto d = [](double v, bool low, bool high, bool first) {
    return 2 * v + (low ? 4 * v : 0) + (high ? 3 * v * v : 0) + (first ? 1 : 0);
  };
  EXPECT_THAT(
      x.grad().to_vector<double>(),
      ElementsAre(d(1, true, false, true), d(-2, true, false, true), d(3, true, true, false),
                  d(0.5, true, true, false), d(-1, false, true, false), d(2, false, true, false)));
  // The same where gradients are differentiated again.
  const Tensor g = grad(loss(x), std::span(&x, 1), true)[0];
  EXPECT_EQ(g.to_vector<double>(), x.grad().to_vector<double>());
  EXPECT_THAT(grad(sum(g), std::span(&x, 1))[0].to_vector<double>(),
              ElementsAre(6, 6, 6 + 18, 6 + 3, 2 - 6, 2 + 12));

  Tensor w = to_vector({1, 2, 3}).requires_grad_();
  const Tensor y = w * 1, seed = to_vector({1, 1, 1}), part = to_vector({5, 5});
  const Tensor outputs[] = {y, slice(y, 0, 0, 2)}, seeds[] = {seed, part};
  backward(outputs, seeds);
  EXPECT_THAT(w.grad().to_vector<double>(), ElementsAre(6, 6, 1));
  EXPECT_THAT(seed.to_vector<double>(), ElementsAre(1, 1, 1));
}

TEST(Tape, ErrorsSayWhatToDo) {
  Tensor w = to_vector({1, 2}).requires_grad_();
  Tensor y = exp(w);
  Tensor loss = sum(y * y);
  {
    NoGrad off;
    y.add_(1);
  }
  EXPECT_THAT(error_of([&] { loss.backward(); }), HasSubstr("tape_test.cc"));
  EXPECT_THAT(error_of([&] { w.add_(1); }), HasSubstr("a leaf Variable that requires grad"));
  EXPECT_THAT(error_of([&] { slice(w, 0, 0, 1).fill_(1); }), HasSubstr("a view of a leaf"));
  Tensor once = sum(w * w);
  once.backward();
  EXPECT_THAT(error_of([&] { once.backward(); }), HasSubstr("a second time"));
  EXPECT_THAT(error_of([&] { (w * 2).backward(); }), HasSubstr("only for scalar outputs"));
  EXPECT_THAT(error_of([&] { sum(full({2}, 1)).backward(); }), HasSubstr("does not require grad"));
}

TEST(Tape, PromotesAsPyTorchDoes) {
  Tensor i = full({2}, 3, int64);
  EXPECT_EQ((i + 1.5).dtype(), float32);
  EXPECT_EQ((i / i).dtype(), float32);
  EXPECT_EQ((full({2}, 1, float32) + full({}, 1, float64)).dtype(), float32);
  EXPECT_EQ((full({2}, 1, float32) + full({2}, 1, float64)).dtype(), float64);
  EXPECT_EQ((full({2}, 1, float32) < 2).dtype(), boolean);
}

}  // namespace
}  // namespace tandem
