#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor images() { return waves({1, 2, 5, 7}, 1.7); }
std::vector<double> second_channel(const Tensor& y) { return values(slice(y, 1, 1)); }

TEST(MaxPool2d, AsPyTorch) {
  const auto [y, where] = max_pool2d_with_indices(images(), {3, 2}, 2, 1, 1, true);
  EXPECT_EQ(y.shape(), (Dims{1, 2, 3, 4}));
  EXPECT_THAT(second_channel(y),
              Near({0.7556402, 0.0680942, 0.9805895, 0.5521674, 0.9988581, 0.4700719, 0.9948268,
                    -0.027439, 0.8147051, 0.9150948, 0.9948268, 0.5963354}));
  EXPECT_THAT(second_channel(where), Near({7, 2, 3, 6, 14, 22, 25, 26, 21, 29, 25, 33}, 0));
  EXPECT_THAT(values(slice(slice(max_pool2d(images(), 2, 1, 0, 2), 1, 0, 1), 2, 0, 1)),
              Near({0.8792731, 0.9916648, 0.8792731, 0.7984871, 0.5290827}));
  EXPECT_EQ(max_pool2d(reshape(images(), {2, 5, 7}), 2).shape(), (Dims{2, 2, 3}));
  EXPECT_THAT(values(max_pool2d(cast(images(), float16), 2)),
              Near(values(max_pool2d(images(), 2)), 1e-3));
}

TEST(AvgPool2d, AsPyTorch) {
  EXPECT_THAT(second_channel(avg_pool2d(images(), {3, 2}, 2, 1, true, false)),
              Near({0.4723774, -0.5600264, 0.4712835, -0.3512456, 0.8564011, -0.4842316, 0.5429686,
                    -0.5656505, 0.548339, -0.0171134, 0.175863, -0.3229347}));
  EXPECT_THAT(second_channel(avg_pool2d(images(), {3, 2}, 2, 1, true)),
              Near({0.1574591, -0.3733509, 0.314189, -0.2341637, 0.4282006, -0.4842316, 0.5429686,
                    -0.5656505, 0.1827797, -0.0114089, 0.117242, -0.2152898}));
  EXPECT_THAT(second_channel(avg_pool2d(images(), 2, {}, 0, false, true, 3)),
              Near({-0.2667564, 0.4591733, -0.6210994, 0.7025198, -0.5654871, 0.390904}));
  EXPECT_THAT(values(slice(avg_pool1d(reshape(images(), {2, 5, 7}), 3, 2, 1), 0, 1)).at(4),
              ::testing::DoubleNear(0.0029176, 1e-6));
}

TEST(AdaptivePool2d, AsPyTorch) {
  Tensor x = images().requires_grad_();
  const Tensor y = adaptive_avg_pool2d(x, {3, -1});
  EXPECT_EQ(y.shape(), (Dims{1, 2, 3, 7}));
  EXPECT_THAT(
      values(slice(slice(y, 1, 1), 2, 1, 2)),
      Near({0.8564011, -0.1509637, -0.8174994, 0.3616243, 0.7243128, -0.5482718, -0.5830292}));
  sum(y * y).backward();
  EXPECT_THAT(
      values(slice(slice(x.grad(), 1, 1), 2, 1, 2)),
      Near({1.0433115, -0.9731546, -0.7925403, 1.1773835, 0.4891415, -1.3034299, -0.153262}));
  const auto [m, where] = adaptive_max_pool2d_with_indices(images(), {2, 3});
  EXPECT_THAT(second_channel(m),
              Near({0.9988581, 0.9805895, 0.8447977, 0.9988581, 0.9948268, 0.9948268}));
  EXPECT_THAT(second_channel(where), Near({14, 3, 18, 14, 25, 25}, 0));
}

TEST(Pool, GradientsAgreeWithDifferences) {
  const std::function<Tensor(const Tensor&)> pools[] = {
      [](const Tensor& x) { return max_pool2d(x, {3, 2}, 2, 1, 1, true); },
      [](const Tensor& x) { return max_pool2d_with_indices(x, 2, 1, 0, 2)[0]; },
      [](const Tensor& x) { return avg_pool2d(x, {3, 2}, 2, 1, true, false); },
      [](const Tensor& x) { return adaptive_avg_pool2d(x, {2, 3}); },
      [](const Tensor& x) { return adaptive_max_pool2d(x, {2, 3}); },
      [](const Tensor& x) { return max_pool1d(reshape(x, {2, 5, 7}), 3, 2, 1); },
      [](const Tensor& x) { return avg_pool1d(reshape(x, {2, 5, 7}), 3); },
      [](const Tensor& x) { return adaptive_avg_pool1d(reshape(x, {2, 5, 7}), 3); },
      [](const Tensor& x) { return adaptive_max_pool1d(reshape(x, {2, 5, 7}), 4); }};
  for (const auto& pool : pools) {
    Tensor x = images().requires_grad_();
    auto loss = [&](const Tensor& at) {
      const Tensor y = pool(at);
      return sum(y * y);
    };
    EXPECT_THAT(values(grad(loss(x), std::span(&x, 1))[0]), Near(differences(loss, x), 1e-6));
  }
}

TEST(Pool, MeansOfIntegersAreCutTowardsZero) {
  const Tensor x = from_data<int64_t>({1, 2, -3, -4}, {1, 1, 2, 2});
  EXPECT_EQ(avg_pool2d(x, {2, 1}).to_vector<int64_t>(), (std::vector<int64_t>{-1, -1}));
  EXPECT_EQ(max_pool2d(x, {2, 1}).to_vector<int64_t>(), (std::vector<int64_t>{1, 2}));
}

TEST(Pool, Errors) {
  EXPECT_THROW(max_pool2d(full({1, 1, 4, 4}, 1.0), 5), Error);
  EXPECT_THROW(max_pool2d(full({1, 1, 4, 4}, 1.0), 2, 2, 2), Error);
  EXPECT_THROW(max_pool2d(full({4, 4}, 1.0), 2), Error);
  EXPECT_THROW(avg_pool2d(full({1, 1, 4, 4}, true, boolean), 2), Error);
  EXPECT_THROW(avg_pool2d(full({1, 1, 4, 4}, 1.0), 2, {}, 0, false, true, 0), Error);
}

}  // namespace
}  // namespace tandem
