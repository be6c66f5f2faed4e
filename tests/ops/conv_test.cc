#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/expect_error.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

TEST(Conv2d, AsPyTorchWithEverything) {
  Tensor x = waves({2, 4, 5, 6}, 0.1).requires_grad_();
  Tensor w = waves({6, 2, 3, 2}, 0.3, std::cos).requires_grad_();
  Tensor b = counting({6}).requires_grad_();
  const Tensor y = conv2d(x, w, b, {2, 1}, {1, 2}, {1, 2}, 2);
  EXPECT_EQ(y.shape(), (Dims{2, 6, 3, 8}));
  EXPECT_THAT(
      values(slice(slice(y, 0, 1), 1, 3, 4)),
      Near({2.7873102, 2.8884317, 3.2871223, 3.4209464, 3.5505645, 3.6746815, 3.40168,   3.4185206,
            4.1915593, 4.1645338, 4.9701831, 4.7893783, 4.5906946, 4.3761172, 3.2835375, 3.1326201,
            2.4615386, 2.3968995, 1.0551495, 0.9172285, 0.8001179, 0.7049878, 1.4580034, 1.43055}));
  sum(y * y).backward();
  EXPECT_THAT(values(slice(slice(slice(x.grad(), 0, 0, 1), 1, 1, 2), 2, 2, 3)),
              Near({-42.5312888, -45.0222646, -62.469681, -65.0208147, -52.5110177, -53.7098536}));
  EXPECT_THAT(values(slice(slice(w.grad(), 0, 3, 4), 1, 1, 2)),
              Near({-27.0889359, -36.0247261, -35.168591, -53.7593925, -91.2045994, -102.9683973}));
  EXPECT_THAT(values(b.grad()), Near(values(sum(2 * y.detach(), {0, 2, 3}))));
}

TEST(Conv2d, TypesStridesAndOneNumberForTwo) {
  const Tensor x = waves({2, 4, 7, 6}, 0.1), w = waves({6, 4, 3, 3}, 0.3, std::cos);
  const Tensor expected = conv2d(x, w, {}, {2, 2}, {1, 1});
  const Tensor f = conv2d(cast(x, float32), cast(w, float32), {}, 2, 1);
  EXPECT_THAT(values(f), Near(values(expected), 1e-4));
  EXPECT_EQ(f.strides()[1], 1);  // channels-last
  EXPECT_THAT(values(conv2d(cast(x, bfloat16), cast(w, bfloat16), {}, 2, 1)),
              Near(values(expected), 5e-2));
  const Tensor last = permute(contiguous(permute(x, {0, 2, 3, 1})), {0, 3, 1, 2});
  EXPECT_THAT(values(conv2d(last, w, {}, 2, 1)), Near(values(expected), 1e-12));
  const Tensor one = conv2d(reshape(slice(x, 0, 1), {4, 7, 6}), w, {}, 2, 1);
  EXPECT_EQ(one.shape(), (Dims{6, 4, 3}));
  EXPECT_THAT(values(one), Near(values(slice(expected, 0, 1)), 1e-12));
  EXPECT_EQ(conv2d(full({0, 4, 7, 6}, 1, float64), w).shape(), (Dims{0, 6, 5, 4}));
}

TEST(Conv2d, SecondDerivatives) {
  Tensor x = waves({1, 2, 4, 4}, 0.7).requires_grad_(),
         w = waves({2, 2, 2, 2}, 1.1).requires_grad_();
  auto slope = [](const Tensor& x, const Tensor& w) {
    Tensor a = x.detach().requires_grad_(), b = w.detach().requires_grad_();
    Tensor inputs[] = {a, b};
    const Tensor y = conv2d(a, b, {}, 1, 1, 2);
    const auto g = grad(sum(y * y * y), inputs, true);
    return sum(g[0] * g[0]) + sum(g[1] * g[1]);
  };
  Tensor inputs[] = {x, w};
  const Tensor y = conv2d(x, w, {}, 1, 1, 2);
  const auto g = grad(sum(y * y * y), inputs, true);
  const auto gg = grad(sum(g[0] * g[0]) + sum(g[1] * g[1]), inputs);
  EXPECT_THAT(values(gg[0]),
              Near(differences([&](const Tensor& v) { return slope(v, w); }, x), 1e-5));
  EXPECT_THAT(values(gg[1]),
              Near(differences([&](const Tensor& v) { return slope(x, v); }, w), 1e-5));
}

TEST(ConvTranspose2d, AsPyTorch) {
  const Tensor x = waves({2, 4, 5, 6}, 0.1), w = waves({4, 3, 3, 2}, 0.3, std::cos);
  const Tensor y = conv_transpose2d(x, w, counting({6}), {2, 3}, {1, 0}, {1, 0}, 2, {1, 2});
  EXPECT_EQ(y.shape(), (Dims{2, 6, 10, 18}));
  EXPECT_THAT(values(slice(slice(slice(y, 0, 1), 1, 4, 5), 2, 3, 4)),
              Near({4.4825888, 4, 4.4418048, 4.4547209, 4, 4.3750558, 4.4223096, 4, 4.3045593,
                    4.3856787, 4, 4.2310198, 4.3451942, 4, 4.155172, 4.3012607, 4, 4.0777738}));
}

TEST(Conv1d, AsPyTorch) {
  const Tensor x = waves({2, 3, 7}, 0.2), w = waves({4, 3, 3}, 0.3, std::cos);
  const Tensor y = conv1d(x, w, {}, 2, 1);
  EXPECT_EQ(y.shape(), (Dims{2, 4, 4}));
  EXPECT_THAT(values(slice(y, 0, 1)),
              Near({-2.7965711, -4.4667789, -4.0823563, -1.9487102, 2.8460488, 3.7651504, 2.8167874,
                    0.799428, -2.3494958, -2.3411563, -1.0108017, 0.503229, 1.4021786, 0.4679979,
                    -0.9891121, -1.7093386}));
  const Tensor t = conv_transpose1d(x, slice(w, 0, 0, 3), {}, 2, 1, 1);
  EXPECT_EQ(t.shape(), (Dims{2, 3, 14}));
  EXPECT_THAT(values(slice(slice(t, 0, 1), 1, 2)),
              Near({0.6125112, 1.2365088, 0.7148737, 1.4003173, 0.7887364, 1.5082996, 0.8311547,
                    1.5561508, 0.8404375, 1.5419631, 0.8162147, 1.4663022, 0.759452, 0.807353}));
}

TEST(Conv2d, Errors) {
  const Tensor w = full({8, 3, 3, 3}, 1.0);
  EXPECT_EQ(error_of([&] { conv2d(full({1, 1, 8, 8}, 1.0), w); }),
            "conv2d: input has 1 channel, the layer has in_channels=3 (input [1, 1, 8, 8] read as "
            "N, C, H, W; weight [8, 3, 3, 3])");
  EXPECT_THAT(error_of([&] { conv2d(full({1, 8, 8, 3}, 1.0), w); }),
              ::testing::HasSubstr("its last dim would fit: permute N, H, W, C to N, C, H, W"));
  EXPECT_THAT(error_of([&] { conv2d(full({1, 3, 2, 8}, 1.0), w); }),
              ::testing::HasSubstr("the kernel is larger than the padded input"));
  EXPECT_THAT(error_of([&] { conv2d(full({1, 3, 8, 8}, 1.0), w, {}, 0); }),
              ::testing::HasSubstr("expected stride of 1 or more, got [0]"));
  EXPECT_THROW(conv2d(full({1, 3, 8, 8}, 1, float64), w), Error);
  EXPECT_THROW(conv_transpose2d(full({1, 8, 4, 4}, 1.0), w, {}, 1, 0, 1), Error);
}

}  // namespace
}  // namespace tandem
