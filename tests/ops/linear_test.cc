#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/expect_error.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

TEST(Linear, AnyLeadingDimsAndGradients) {
  Tensor x = waves({2, 3, 4}, 0.7).requires_grad_(), w = waves({5, 4}, 1.3).requires_grad_(),
         b = waves({5}, 2.1).requires_grad_();
  const Tensor y = linear(x, w, b);
  EXPECT_EQ(y.shape(), (Dims{2, 3, 5}));
  double by_hand = std::sin(2.1 * 2);
  for (int i = 0; i < 4; ++i) by_hand += std::sin(0.7 * (20 + i)) * std::sin(1.3 * (8 + i));
  EXPECT_NEAR(values(y)[5 * 5 + 2], by_hand, 1e-12);
  sum(y * y).backward();
  auto loss = [](const Tensor& a, const Tensor& c, const Tensor& d) {
    const Tensor r = linear(a, c, d);
    return sum(r * r);
  };
  EXPECT_THAT(values(x.grad()),
              Near(differences([&](const Tensor& v) { return loss(v, w, b); }, x), 1e-6));
  EXPECT_THAT(values(w.grad()),
              Near(differences([&](const Tensor& v) { return loss(x, v, b); }, w), 1e-6));
  EXPECT_THAT(values(b.grad()),
              Near(differences([&](const Tensor& v) { return loss(x, w, v); }, b), 1e-6));
}

TEST(Linear, OneDimAndEmpty) {
  Tensor x = waves({4}, 0.7), w = waves({4}, 1.3).requires_grad_();
  EXPECT_EQ(linear(x, waves({5, 4}, 1)).shape(), Dims{5});
  const Tensor y = linear(x, w);
  EXPECT_EQ(y.shape(), Dims{});
  y.backward();
  EXPECT_THAT(values(w.grad()), Near(values(x)));
  EXPECT_EQ(linear(full({0, 4}, 1.0), full({5, 4}, 1.0)).shape(), (Dims{0, 5}));
}

TEST(Linear, Errors) {
  EXPECT_EQ(error_of([&] { linear(full({3, 5}, 1.0), full({2, 4}, 1.0)); }),
            "linear: the last dim of input is 5, the layer has in_features=4 (input [3, 5], "
            "weight [2, 4])");
  EXPECT_THROW(linear(full({3, 4}, 1, float64), full({2, 4}, 1.0)), Error);
  EXPECT_THROW(linear(full({3, 4}, 1.0), full({2, 4}, 1.0), full({3}, 1.0)), Error);
}

TEST(Embedding, RowsAndTheirGradient) {
  Tensor w = counting({4, 3}).requires_grad_();
  const Tensor index = from_data<int32_t>({3, 1, 3, 0}, {2, 2});
  const Tensor y = embedding(index, w, 1);
  EXPECT_EQ(y.shape(), (Dims{2, 2, 3}));
  EXPECT_THAT(values(y), Near({9, 10, 11, 3, 4, 5, 9, 10, 11, 0, 1, 2}));
  sum(y * counting({2, 2, 3})).backward();
  EXPECT_THAT(values(w.grad()), Near({9, 10, 11, 0, 0, 0, 0, 0, 0, 0 + 6, 1 + 7, 2 + 8}));
  EXPECT_THAT(values(embedding_backward(cast(counting({2, 2, 3}), bfloat16), index, 4, -3)),
              Near({9, 10, 11, 0, 0, 0, 0, 0, 0, 6, 8, 10}));
}

TEST(Embedding, Errors) {
  EXPECT_EQ(error_of([&] { embedding(from_data<int64_t>({3}, {1}), full({3, 2}, 1.0)); }),
            "embedding: index 3 at [0] is outside 0..2 (num_embeddings=3)");
  EXPECT_THROW(embedding(full({1}, 1.0), full({3, 2}, 1.0)), Error);
  EXPECT_THROW(embedding(from_data<int64_t>({1}, {1}), full({3, 2}, 1.0), 3), Error);
}

}  // namespace
}  // namespace tandem
