#include <gtest/gtest.h>

#include "tandem/autograd/gradcheck.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

TEST(PixelShuffle, SpreadsChannelsOverPixels) {
  const Tensor x = counting({1, 4, 1, 2});  // channels [0 1] [2 3] [4 5] [6 7]
  const Tensor y = pixel_shuffle(x, 2);
  EXPECT_EQ(y.shape(), (Dims{1, 1, 2, 4}));
  EXPECT_THAT(values(y), Near({0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(values(pixel_unshuffle(y, 2)), values(x));
}

TEST(PixelShuffle, RejectsFactorsWhoseSquareDoesNotFit) {
  for (const int64_t r : {int64_t{1} << 32, int64_t{1} << 40, int64_t{1} << 62, INT64_MAX}) {
    EXPECT_THROW(pixel_shuffle(zeros({1, 4, 2, 2}), r), Error);
    EXPECT_THROW(pixel_shuffle(zeros({1, 0, 2, 2}), r), Error);
    EXPECT_THROW(pixel_unshuffle(zeros({1, 4, 0, 0}), r), Error);
  }
}

TEST(Unfold, ColumnsAreTheWindowsInRowMajorOrder) {
  const Tensor x = counting({1, 1, 3, 3});
  EXPECT_THAT(values(unfold(x, 2)), Near({0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8}));
  EXPECT_THAT(values(unfold(x, 2, 2, 0, 1)), Near({0, 2, 6, 8}));
  EXPECT_THAT(values(unfold(x, 3, 1, 1, 2)).size(), 36u);
}

/// A convolution is a product with the columns.
TEST(Unfold, GivesConvolution) {
  const Tensor x = waves({2, 3, 6, 5}, 0.7), w = waves({4, 3, 3, 2}, 0.3);
  const Tensor columns = unfold(x, {3, 2}, {1, 2}, {1, 0}, {2, 1});
  const Tensor expected = conv2d(x, w, {}, {2, 1}, {1, 0}, {1, 2});
  const Tensor found = matmul(reshape(w, {4, -1}), columns);
  EXPECT_THAT(values(found), Near(values(expected), 1e-12));
}

/// fold(unfold(x)) counts each pixel as often as windows see it.
TEST(Fold, IsDifferentiableAndChecksItsColumns) {
  const TensorFunction f = [](std::span<const Tensor> in) {
    return std::vector{fold(in[0], {4, 5}, {2, 3}, {2, 1}, {1, 0}, {1, 2})};
  };
  const Tensor columns = waves({2, 12, 8}, 0.7).requires_grad_();
  EXPECT_TRUE(gradcheck(f, {{columns}}));
  EXPECT_TRUE(gradgradcheck(f, {{columns}}));
  EXPECT_EQ(fold(waves({8, 12}, 0.3), {4, 5}, 2).shape(), (Dims{2, 4, 5}));
  EXPECT_THROW(fold(waves({2, 12, 7}, 0.3), {4, 5}, {2, 3}), Error);
}

TEST(Fold, AddsUpWhereWindowsOverlap) {
  const Tensor x = waves({2, 2, 4, 5}, 0.7);
  const auto there_and_back = [](const Tensor& t) {
    return fold(unfold(t, 3, 1, 1, 1), {4, 5}, 3, 1, 1, 1);
  };
  EXPECT_THAT(values(there_and_back(x)), Near(values(x * there_and_back(ones_like(x)))));
}

}  // namespace
}  // namespace tandem
