#include "tandem/nn/init.h"

#include <gtest/gtest.h>

#include "tandem/tandem.h"

namespace tandem::nn::init {
namespace {

TEST(Orthogonal, RowsOrColumnsAreOrthonormal) {
  for (const Dims& shape :
       {Dims{5, 3}, Dims{3, 5}, Dims{4, 4}, Dims{100, 70}, Dims{1, 9}, Dims{6, 2, 3, 2}}) {
    manual_seed(3);
    const Tensor w = empty(shape, float64);
    orthogonal_(w, 2);
    const Tensor m = reshape(w, {shape[0], -1});
    const Tensor product =
        m.size(0) < m.size(1) ? matmul(m, transpose(m, 0, 1)) : matmul(transpose(m, 0, 1), m);
    EXPECT_TRUE(allclose(product, eye(product.size(0), {}, float64) * 4, 1e-12, 1e-12)) << shape[0];
  }
}

/// As PyTorch: the Q of the drawn matrix whose R has a positive diagonal.
TEST(Orthogonal, TheFirstColumnKeepsTheDrawnDirection) {
  manual_seed(3);
  const Tensor drawn = randn({6, 4}, float64);
  manual_seed(3);
  const Tensor w = empty({6, 4}, float64);
  orthogonal_(w);
  const Tensor first = select(drawn, 1, 0);
  EXPECT_TRUE(allclose(select(w, 1, 0), first / norm(first), 1e-12, 1e-12));
  // Qᵀ times the drawn matrix is R: upper triangular with a positive diagonal.
  const Tensor r = matmul(transpose(w, 0, 1), drawn);
  EXPECT_TRUE(allclose(r, triu(r), 0, 1e-12));
  EXPECT_TRUE(all(gt(diagonal(r), 0)).item<bool>());
  EXPECT_THROW(orthogonal_(empty({3})), Error);
}

}  // namespace
}  // namespace tandem::nn::init
