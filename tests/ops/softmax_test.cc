#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tandem/autograd/backward.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

TEST(Softmax, RowsAlongAnyDim) {
  const Tensor x = from_data<double>({1, 2, -1, 0.5, 0, 3}, {2, 3});
  EXPECT_THAT(values(softmax(x, 1)),
              Near({0.2594965, 0.7053845, 0.035119, 0.0725214, 0.0439865, 0.8834921}));
  EXPECT_THAT(values(log_softmax(x, 0)),
              Near({-0.474077, -0.126928, -4.0181499, -0.974077, -2.126928, -0.0181499}));
  EXPECT_THAT(values(softmin(x, -1)),
              Near({0.1141952, 0.0420101, 0.8437947, 0.3661922, 0.6037489, 0.0300589}));
}

TEST(Softmax, NaNAndInfinityAsInPyTorch) {
  const float inf = INFINITY;
  const auto y = softmax(from_data<float>({-inf, -inf, inf, 1, NAN, 1, -inf, 1}, {4, 2}), 1)
                     .to_vector<float>();
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(std::isnan(y[std::size_t(i)])) << i;
  EXPECT_EQ(y[6], 0);
  EXPECT_EQ(y[7], 1);
}

TEST(Softmax, StridesHalvesZeroDimsAndEmpty) {
  std::vector<float> data(40 * 23);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = std::sin(float(i)) * 5;
  const Tensor x = from_data(data, {40, 23});
  const auto expected = values(softmax(x, 1));
  const Tensor strided = permute(contiguous(permute(x, {1, 0})), {1, 0});
  EXPECT_THAT(values(softmax(strided, 1)), Near(expected, 0));
  EXPECT_THAT(values(softmax(cast(x, bfloat16), 1)), Near(expected, 2e-2));
  EXPECT_EQ(softmax(full({}, 3.0), 0).item(), 1);
  EXPECT_EQ(softmax(full({0, 3}, 3.0), 1).numel(), 0);
}

TEST(Softmax, GradientsAgreeWithDifferences) {
  for (auto f : {softmax, log_softmax}) {
    const Tensor w = from_data<double>({1, -2, 0.5, 3, 1, 4}, {3, 2});
    Tensor x = from_data<double>({1, 2, -1, 0.5, 0, 3}, {3, 2}).requires_grad_();
    auto loss = [&](const Tensor& at) { return sum(f(at, 0) * w); };
    EXPECT_THAT(values(grad(loss(x), std::span(&x, 1))[0]), Near(differences(loss, x), 1e-6));
    // The second derivative along w.
    auto slope = [&](const Tensor& at) {
      Tensor leaf = at.detach().requires_grad_();
      return sum(grad(loss(leaf), std::span(&leaf, 1), true)[0] * w);
    };
    Tensor g = sum(grad(loss(x), std::span(&x, 1), true)[0] * w);
    EXPECT_THAT(values(grad(g, std::span(&x, 1))[0]), Near(differences(slope, x), 1e-6));
  }
}

TEST(Softmax, Errors) {
  EXPECT_EQ(error_of([&] { softmax(full({2, 5}, 1.0), 3); }),
            "softmax: dim 3 is out of range for input of shape [2, 5]; expected -2..1");
  EXPECT_THROW(softmax(full({2}, 1, int64), 0), Error);
}

}  // namespace
}  // namespace tandem
