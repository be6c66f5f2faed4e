#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tandem/base/warning.h"
#include "tandem/nn/loss.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor input() { return waves({2, 3}, 0.7).requires_grad_(); }
Tensor target() { return waves({2, 3}, 1.3); }
Tensor weight() { return from_data<double>({1, 2, 3}, {3}); }

void expect(const std::function<Tensor(const Tensor&)>& loss, Tensor x,
            const std::vector<double>& value, const std::vector<double>& gradient) {
  const Tensor y = loss(x);
  EXPECT_THAT(values(y), Near(value));
  sum(y).backward();
  EXPECT_THAT(values(x.grad()), Near(gradient));
}

TEST(Loss, WarnsWhereItBroadcasts) {
  std::vector<std::string> said;
  const WarningHandler before = set_warning_handler([&](std::string_view message, Location where) {
    said.push_back(text(where.file_name(), ": ", message));
  });
  const Tensor column = ones({3, 1}), row = ones({3});
  for (int i = 0; i < 2; ++i) mse_loss(row, column);  // of a line only once
  l1_loss(column, row);
  huber_loss(row, row);
  nn::MSELoss loss;
  loss(row, row);
  loss(row, column);
  set_warning_handler(before);
  ASSERT_EQ(said.size(), 3u);
  EXPECT_THAT(said[0],
              ::testing::HasSubstr("loss_test.cc: Using a target size (torch.Size([3, 1])) "
                                   "that is different to the input size (torch.Size([3]))."
                                   " This will likely lead to incorrect results"));
}

TEST(Loss, DistancesAsPyTorch) {
  const Tensor t = target();
  expect([&](const Tensor& x) { return l1_loss(x, t); }, input(), {0.6874351},
         {0, -0.1666667, 0.1666667, 0.1666667, 0.1666667, -0.1666667});
  expect([&](const Tensor& x) { return smooth_l1_loss(x, t, "mean", 0.5); }, input(), {0.4846919},
         {0, -0.1064468, 0.1566495, 0.1666667, 0.1666667, -0.1666667});
  expect([&](const Tensor& x) { return huber_loss(x, t, "none", 0.7); }, input(),
         {0, 0.0509892, 0.1104257, 0.8406829, 0.60791, 0.1601232},
         {0, -0.3193405, 0.4699484, 0.7, 0.7, -0.5659032});
  expect([&](const Tensor& x) { return mse_loss(x, t, "sum"); }, input(), {4.5332042},
         {0, -0.638681, 0.9398967, 3.1019511, 2.4368856, -1.1318064});
  expect([&](const Tensor& x) { return cosine_similarity(x, t); }, input(), {0.877318, -0.8549324},
         {0, 0.3411855, -0.2230431, 0.1434814, -0.4904934, -0.1153276});
}

TEST(Loss, BinaryCrossEntropyAsPyTorch) {
  const Tensor t = (target() + 1) / 2, w = weight();
  expect([&](const Tensor& x) { return binary_cross_entropy(x, t, w); },
         sigmoid(input().detach()).requires_grad_(), {1.3762585},
         {0, -0.4814541, -0.074679, 0.4370928, 0.7194109, -0.4008165});
  const Tensor positive = from_data<double>({2, 1, 0.5}, {3});
  expect(
      [&](const Tensor& x) { return binary_cross_entropy_with_logits(x, t, w, "mean", positive); },
      input(), {1.2488422}, {-0.0416667, -0.1086909, 0.0367102, 0.0834831, 0.1749, -0.0080536});
  // At 0 and 1 the loss is bounded, and so is its gradient.
  expect(
      [&](const Tensor& x) {
        return binary_cross_entropy(x, from_data<double>({0, 1, 1, 0}, {4}));
      },
      from_data<double>({0, 1, 0, 1}, {4}).requires_grad_(), {50}, {0, 0, -2.5e11, 2.5e11});
}

TEST(Loss, KlDivAsPyTorch) {
  const Tensor p = from_data<double>({0, 0.4, 0.6, 0.2, 0.3, 0.5}, {2, 3});
  expect([&](const Tensor& x) { return kl_div(log_softmax(x, 1), p, "batchmean"); }, input(),
         {0.2842342}, {0.0895494, -0.0294536, -0.0600958, 0.1650183, 0.0062688, -0.1712872});
  const Tensor q = log_softmax(target(), 1);
  expect([&](const Tensor& x) { return kl_div(log_softmax(x, 1), q, "sum", true); }, input(),
         {0.522408}, {-0.0097414, -0.1538583, 0.1635997, 0.296881, 0.1208211, -0.4177022});
}

TEST(Loss, Errors) {
  EXPECT_THROW(mse_loss(input(), target(), "avg"), Error);
  EXPECT_THROW(mse_loss(input(), full({4}, 1, float64)), Error);
  EXPECT_THROW(binary_cross_entropy(full({2}, 1.5), full({2}, 1.0)), Error);
  EXPECT_THROW(binary_cross_entropy(full({2}, 0.5), full({2, 1}, 1.0)), Error);
  EXPECT_THROW(huber_loss(input(), target(), "mean", 0), Error);
}

}  // namespace
}  // namespace tandem
