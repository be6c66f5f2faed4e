#include "tandem/ops/autocast.h"

#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tandem/autograd/checkpoint.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

TEST(Autocast, LowersProductsAndRaisesLosses) {
  const Tensor x = randn({3, 4}), w = randn({2, 4}).requires_grad_();
  const Tensor targets = full({3}, 1, int64);
  EXPECT_EQ(linear(x, w).dtype(), float32);
  {
    Autocast lower;
    const Tensor logits = linear(x, w);
    EXPECT_EQ(logits.dtype(), bfloat16);
    EXPECT_EQ(exp(logits).dtype(), bfloat16);
    EXPECT_EQ((logits + slice(x, -1, 0, 2)).dtype(), float32);
    EXPECT_EQ(layer_norm(logits, {2}, ones({2}), zeros({2})).dtype(), bfloat16);
    EXPECT_EQ(matmul(cast(x, float64), cast(permute(x, {1, 0}), float64)).dtype(), float64);
    const Tensor loss = cross_entropy(logits, targets);
    EXPECT_EQ(loss.dtype(), float32);
    loss.backward();  // inside the scope it makes no difference
    {
      Autocast off(false);
      EXPECT_EQ(linear(x, w).dtype(), float32);
      Autocast narrower(true, float16);
      EXPECT_EQ(linear(x, w).dtype(), float16);
    }
    EXPECT_EQ(linear(x, w).dtype(), bfloat16);
  }
  EXPECT_EQ(w.grad().dtype(), float32);
  EXPECT_EQ(linear(x, w).dtype(), float32);
  EXPECT_ERROR(Autocast(true, float64), ErrorCode::dtype, "bfloat16 or float16");
}

TEST(Autocast, HoldsWhereACheckpointComputesAgain) {
  const Tensor x = randn({3, 4}).requires_grad_(), w = randn({2, 4});
  std::vector<DType> seen;
  const auto layer = [&](std::span<const Tensor> in) {
    const Tensor y = linear(in[0], w);
    seen.push_back(y.dtype());
    return std::vector<Tensor>{y};
  };
  Tensor y;
  {
    Autocast lower;
    y = checkpoint(layer, std::vector<Tensor>{x})[0];
  }
  sum(y).backward();
  EXPECT_EQ(seen, (std::vector<DType>{bfloat16, bfloat16}));
  EXPECT_EQ(x.grad().dtype(), float32);
}

}  // namespace
}  // namespace tandem
