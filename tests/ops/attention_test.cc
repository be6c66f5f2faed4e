#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tandem/autograd/gradcheck.h"
#include "tandem/nn/attention.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor part(const Tensor& x, int64_t n, int64_t c) { return select(select(x, 0, n), 0, c); }

struct Operands {
  Tensor q = waves({2, 4, 3, 5}, 0.37).requires_grad_();
  Tensor k = waves({2, 2, 4, 5}, 0.53).requires_grad_();
  Tensor v = waves({2, 2, 4, 6}, 0.71).requires_grad_();
};

TEST(Attention, CausalAsPyTorch) {
  Operands o;
  const Tensor y = scaled_dot_product_attention(o.q, o.k, o.v, {}, 0, true, {}, true);
  EXPECT_THAT(values(part(y, 1, 2)),
              Near({0.7542542, 0.9999803, 0.7624396, 0.15643, -0.5251785, -0.9529807, -0.8177422,
                    -0.3544505, 0.2801386, 0.7793435, 0.9019101, 0.588605, 0.1033231, -0.0786118,
                    -0.2225554, -0.2589433, -0.1701901, 0.000812}));
  sum(y * waves({2, 4, 3, 6}, 0.3)).backward();
  EXPECT_THAT(values(select(part(o.q.grad(), 1, 2), 0, 1)),
              Near({0.0241608, 0.1086127, 0.1632629, 0.173116, 0.1354686}));
  EXPECT_THAT(values(select(part(o.k.grad(), 1, 1), 0, 0)),
              Near({0.2230703, 0.024799, -0.1768288, -0.3545237, -0.4842354}));
  EXPECT_THAT(values(select(part(o.v.grad(), 0, 1), 0, 1)),
              Near({0.7094495, 1.1694353, 1.5249588, 1.7442624, 1.8077561, 1.7097684}));
}

TEST(Attention, MasksAsPyTorch) {
  Operands o;
  const Tensor seen = ne(from_data<int64_t>({1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0}, {3, 4}), 0);
  const Tensor y = scaled_dot_product_attention(o.q, o.k, o.v, seen, 0, false, {}, true);
  // The second query sees no key.
  EXPECT_THAT(values(part(y, 1, 2)),
              Near({0.6794686, 0.7067712, 0.3925081, -0.1114448, -0.5615392, -0.7402549, 0, 0, 0, 0,
                    0, 0, 0.1595783, 0.487608, 0.5799883, 0.3920741, 0.0146798, -0.3698089}));
  sum(y * waves({2, 4, 3, 6}, 0.3)).backward();
  EXPECT_THAT(values(select(part(o.q.grad(), 1, 2), 0, 1)), Near({0, 0, 0, 0, 0}));
  EXPECT_THAT(values(select(part(o.k.grad(), 1, 1), 0, 0)),
              Near({0.2908819, 0.2143628, 0.1088307, -0.0114311, -0.1301457}));

  Operands f;
  const Tensor bias = waves({4, 3, 4}, 1.3);
  const Tensor z = scaled_dot_product_attention(f.q, f.k, f.v, bias, 0, false, 0.5, true);
  EXPECT_THAT(values(slice(part(z, 1, 2), 0, 0, 1)),
              Near({0.1140343, 0.171771, 0.1464948, 0.0504212, -0.0700197, -0.1566219}));
  sum(z * waves({2, 4, 3, 6}, 0.3)).backward();
  EXPECT_THAT(values(select(part(f.q.grad(), 1, 2), 0, 1)),
              Near({0.1821339, 0.3439292, 0.4113551, 0.3659111, 0.2200661}));
  // A mask that learns takes the way of plain ops, and agrees.
  Tensor learned = waves({4, 3, 4}, 1.3).requires_grad_();
  const Tensor plain = scaled_dot_product_attention(f.q, f.k, f.v, learned, 0, false, 0.5, true);
  EXPECT_THAT(values(plain), Near(values(z)));
  auto loss = [&](const Tensor& at) {
    return sum(waves({2, 4, 3, 6}, 0.3) * scaled_dot_product_attention(f.q.detach(), f.k.detach(),
                                                                       f.v.detach(), at, 0, false,
                                                                       0.5, true));
  };
  sum(plain * waves({2, 4, 3, 6}, 0.3)).backward();
  EXPECT_THAT(values(learned.grad()), Near(differences(loss, learned), 1e-6));
}

TEST(Attention, RanksAndDropout) {
  Operands o;
  const Tensor k = repeat_interleave(o.k.detach(), 2, 1), v = repeat_interleave(o.v.detach(), 2, 1);
  const Tensor q = o.q.detach();
  const Tensor y = scaled_dot_product_attention(q, k, v);
  EXPECT_THAT(
      values(scaled_dot_product_attention(select(q, 0, 1), select(k, 0, 1), select(v, 0, 1))),
      Near(values(select(y, 0, 1)), 1e-12));
  EXPECT_THAT(values(scaled_dot_product_attention(part(q, 1, 2), part(k, 1, 2), part(v, 1, 2))),
              Near(values(part(y, 1, 2)), 1e-12));
  EXPECT_THAT(
      values(scaled_dot_product_attention(reshape(q, {1, 2, 4, 3, 5}), reshape(k, {1, 2, 4, 4, 5}),
                                          reshape(v, {1, 2, 4, 4, 6}))),
      Near(values(y), 1e-12));
  EXPECT_THAT(values(scaled_dot_product_attention(q, k, v, {}, 1)),
              Near(std::vector<double>(std::size_t(y.numel()), 0)));
}

TEST(Attention, SecondDerivative) {
  Tensor x = waves({1, 2, 3, 2}, 0.7).requires_grad_();
  const Tensor u = waves({1, 2, 3, 2}, 1.9);
  auto loss = [&](const Tensor& at) {
    const Tensor y = scaled_dot_product_attention(at, at * 0.5, at + 1, {}, 0, true);
    return sum(y * y * u);
  };
  auto slope = [&](const Tensor& at) {
    Tensor leaf = at.detach().requires_grad_();
    return sum(grad(loss(leaf), std::span(&leaf, 1), true)[0] * u);
  };
  Tensor g = sum(grad(loss(x), std::span(&x, 1), true)[0] * u);
  EXPECT_THAT(values(grad(g, std::span(&x, 1))[0]), Near(differences(slope, x), 1e-5));
}

TEST(Attention, HeadsAreJoinedWithoutACopy) {
  const Tensor q = cast(waves({2, 4, 3, 5}, 0.7), float32);
  const Tensor joined = transpose(scaled_dot_product_attention(q, q, q), 1, 2);
  EXPECT_TRUE(joined.is_contiguous());
}

TEST(Attention, Errors) {
  const Tensor q = full({2, 4, 3, 5}, 1.0), k = full({2, 2, 3, 5}, 1.0), mask = full({3, 3}, 1.0);
  EXPECT_THROW(scaled_dot_product_attention(q, k, k), Error);
  EXPECT_THROW(scaled_dot_product_attention(q, q, q, mask, 0, true), Error);
  EXPECT_THROW(scaled_dot_product_attention(q, q, q, full({2, 2}, 1.0)), Error);
  EXPECT_THROW(scaled_dot_product_attention(q, q, q, full({3, 3}, 1, int64)), Error);
  EXPECT_THROW(scaled_dot_product_attention(q, q, full({2, 4, 4, 5}, 1.0)), Error);
}

/// Attention's weights themselves: what comes out when the values are the unit vectors.
Tensor weights_of(const Tensor& q, const Tensor& k, double dropout_p, bool causal = false) {
  const Tensor units = expand(eye(k.size(-2), {}, float64), {q.size(0), q.size(1), -1, -1});
  return scaled_dot_product_attention(q, k, contiguous(units), {}, dropout_p, causal);
}

TEST(AttentionDropout, DropsWeightsAndScalesTheRest) {
  const Tensor q = waves({2, 2, 24, 8}, 0.37), k = waves({2, 2, 32, 8}, 0.53);
  for (const double p : {0.1, 0.4, 0.75})
    for (const bool causal : {false, true}) {
      SCOPED_TRACE(text("p=", p, " causal=", causal));
      manual_seed(11);
      const std::vector<double> whole = values(weights_of(q, k, 0, causal));
      const std::vector<double> dropped = values(weights_of(q, k, p, causal));
      int there = 0, gone = 0;
      for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i] == 0) {
          EXPECT_EQ(dropped[i], 0);
          continue;
        }
        ++there;
        gone += dropped[i] == 0;
        if (dropped[i] != 0) EXPECT_NEAR(dropped[i], whole[i] / (1 - p), 1e-12);
      }
      EXPECT_NEAR(double(gone) / there, p, 4 * std::sqrt(p * (1 - p) / there));
    }
}

TEST(AttentionDropout, IsRightOnAverage) {
  const Operands o;
  NoGrad off;
  const Tensor whole = scaled_dot_product_attention(o.q, o.k, o.v, {}, 0, true, {}, true);
  constexpr int draws = 2000;
  constexpr double p = 0.3;
  manual_seed(5);
  Tensor total = zeros_like(whole), squares = zeros_like(whole);
  for (int i = 0; i < draws; ++i) {
    const Tensor y = scaled_dot_product_attention(o.q, o.k, o.v, {}, p, true, {}, true);
    total.add_(y);
    squares.add_(y * y);
  }
  const auto mean = values(total / double(draws)), second = values(squares / double(draws));
  const auto expected = values(whole);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double deviation = std::sqrt(std::max(0.0, second[i] - mean[i] * mean[i]) / draws);
    EXPECT_NEAR(mean[i], expected[i], 5 * deviation + 1e-12) << i;
  }
}

/// With the generator in the same state the mask is the same, and the function smooth.
TEST(AttentionDropout, GradientsAgreeWithDifferences) {
  const Tensor mask = ne(from_data<int64_t>({1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1}, {3, 4}), 0);
  for (const bool causal : {false, true}) {
    const TensorFunction attend = [&](std::span<const Tensor> in) {
      manual_seed(3);
      return std::vector{scaled_dot_product_attention(
          in[0], in[1], in[2], causal ? OptArg() : OptArg(mask), 0.4, causal, {}, true)};
    };
    const Operands o;
    EXPECT_TRUE(gradcheck(attend, {{o.q, o.k, o.v}}));
    EXPECT_TRUE(gradgradcheck(attend, {{o.q, o.k, o.v}}));
    EXPECT_EQ(values(attend({{o.q, o.k, o.v}})[0]), values(attend({{o.q, o.k, o.v}})[0]));
  }
}

TEST(AttentionDropout, OfEverythingLeavesNothing) {
  const Operands o;
  for (double v : values(scaled_dot_product_attention(o.q, o.k, o.v, {}, 1, true, {}, true)))
    EXPECT_EQ(v, 0);
}

TEST(AttentionDropout, OfAModuleGoesWithTraining) {
  nn::MultiheadAttention attention(8, 2, {.dropout = 0.5});
  const Tensor x = cast(waves({5, 1, 8}, 0.3), float32);
  manual_seed(1);
  const auto first = values(attention(x, x, x)[0]);
  EXPECT_NE(first, values(attention(x, x, x)[0]));
  manual_seed(1);
  EXPECT_EQ(first, values(attention(x, x, x)[0]));
  attention.eval();
  EXPECT_EQ(values(attention(x, x, x)[0]), values(attention(x, x, x)[0]));
}

}  // namespace
}  // namespace tandem
