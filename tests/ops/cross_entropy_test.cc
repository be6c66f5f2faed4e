#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/expect_error.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor logits() { return from_data<double>({1, 2, -1, 0.5, 0, 3}, {2, 3}); }
Tensor labels() { return from_data<int64_t>({2, 0}, {2}); }
Tensor weights() { return from_data<double>({1, 2, 0.5}, {3}); }

struct Case {
  bool weighted;
  double smoothing;
  int64_t ignore;
  const char* reduction;
  std::vector<double> loss, gradient;
};

TEST(CrossEntropy, AsPyTorch) {
  const Case cases[] = {
      {false,
       0,
       -100,
       "mean",
       {2.9864426},
       {0.1297482, 0.3526923, -0.4824405, -0.4637393, 0.0219932, 0.441746}},
      {false,
       0,
       -100,
       "none",
       {3.3490122, 2.623873},
       {0.2594965, 0.7053845, -0.964881, -0.9274786, 0.0439865, 0.8834921}},
      {true,
       0,
       -100,
       "mean",
       {2.865586},
       {0.0864988, 0.2351282, -0.321627, -0.618319, 0.0293243, 0.5889947}},
      {true,
       0,
       -100,
       "none",
       {1.6745061, 2.623873},
       {0.1297482, 0.3526923, -0.4824405, -0.9274786, 0.0439865, 0.8834921}},
      {false,
       0.1,
       -100,
       "sum",
       {5.7395518},
       {0.2261631, 0.6720512, -0.8982143, -0.8608119, 0.0106531, 0.8501587}},
      {true,
       0.1,
       -100,
       "mean",
       {2.8602518},
       {0.0758098, 0.2220341, -0.2978439, -0.5730688, -0.0146314, 0.5877002}},
      {false, 0, 0, "mean", {3.3490122}, {0.2594965, 0.7053845, -0.964881, 0, 0, 0}},
      {true, 0.1, 0, "mean", {3.2622138}, {0.2274293, 0.6661024, -0.8935318, 0, 0, 0}},
      {true, 0.1, 0, "none", {1.6311069, 0}, {0.1137147, 0.3330512, -0.4467659, 0, 0, 0}},
  };
  for (const Case& c : cases) {
    Tensor x = logits().requires_grad_();
    const Tensor w = weights();
    const Tensor loss = cross_entropy(x, cast(labels(), int32), c.weighted ? OptArg(w) : OptArg(),
                                      c.ignore, c.reduction, c.smoothing);
    EXPECT_THAT(values(loss), Near(c.loss));
    sum(loss).backward();
    EXPECT_THAT(values(x.grad()), Near(c.gradient));
  }
}

TEST(CrossEntropy, Probabilities) {
  Tensor x = logits().requires_grad_();
  const Tensor p = from_data<double>({.2, .3, .5, .6, .4, 0}, {2, 3}), w = weights();
  const Tensor loss = cross_entropy(x, p, w, -100, "mean", 0.2);
  EXPECT_NEAR(loss.item(), 2.5777906, 1e-7);
  loss.backward();
  EXPECT_THAT(values(x.grad()),
              Near({0.0259298, 0.0718897, -0.0978195, -0.2242605, -0.3569025, 0.581163}));
}

TEST(CrossEntropy, ManyDimsOneDimAndTypes) {
  const Tensor z = waves({1, 3, 2, 2}, 1);
  const Tensor t = from_data<int64_t>({0, 1, 2, -100}, {1, 2, 2});
  EXPECT_THAT(values(cross_entropy(z, t, {}, -100, "none")),
              Near({1.4251958, 2.3971218, 1.8840655, 0}));
  EXPECT_NEAR(
      cross_entropy(reshape(slice(logits(), 0, 0, 1), {3}), reshape(slice(labels(), 0, 0, 1), {}))
          .item(),
      3.3490122, 1e-6);
  EXPECT_NEAR(cross_entropy(cast(logits(), float32), labels()).item(), 2.9864426, 1e-6);
  EXPECT_NEAR(cross_entropy(cast(logits(), bfloat16), labels()).item(), 2.9864426, 2e-2);
}

TEST(CrossEntropy, SecondDerivative) {
  Tensor x = logits().requires_grad_();
  const Tensor t = labels(), v = waves({2, 3}, 0.7);
  auto slope = [&](const Tensor& at) {
    Tensor leaf = at.detach().requires_grad_();
    return sum(grad(cross_entropy(leaf, t), std::span(&leaf, 1), true)[0] * v);
  };
  Tensor g = sum(grad(cross_entropy(x, t), std::span(&x, 1), true)[0] * v);
  EXPECT_THAT(values(grad(g, std::span(&x, 1))[0]), Near(differences(slope, x), 1e-6));
}

TEST(NllLoss, AsPyTorch) {
  const Tensor w = weights();
  EXPECT_NEAR(nll_loss(log_softmax(logits(), 1), labels(), w).item(), 2.865586, 1e-6);
}

TEST(CrossEntropy, Errors) {
  const Tensor x = logits();
  EXPECT_EQ(error_of([&] { cross_entropy(x, from_data<int64_t>({2, 5}, {2})); }),
            "cross_entropy: target[1] = 5, but input has 3 classes (0..2); ignore_index is -100");
  EXPECT_EQ(error_of([&] { cross_entropy(x, from_data<float>({2, 0}, {2})); }),
            "cross_entropy: target must hold class indices (int64, shape [2]) or probabilities "
            "(float64, shape [2, 3]); got float32[2]: cast(target, int64)?");
  EXPECT_EQ(error_of([&] { cross_entropy(x, from_data<int64_t>({1, 1, 1}, {3})); }),
            "cross_entropy: expected a target of shape [2] for input [2, 3], got [3]");
  EXPECT_EQ(error_of([&] { cross_entropy(x, labels(), {}, -100, "avg"); }),
            "cross_entropy: expected reduction \"mean\", \"sum\" or \"none\", got \"avg\"");
  EXPECT_EQ(error_of([&] { nll_loss(x, from_data<int64_t>({-1, 0}, {2})); }),
            "nll_loss: target[0] = -1, but input has 3 classes (0..2); ignore_index is -100");
}

}  // namespace
}  // namespace tandem
