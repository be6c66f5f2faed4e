#include "tandem/ops/rnn.h"

#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

/// Weights of `layers` layers in `directions` directions, in PyTorch's order, with values that
/// differ: sin((0.3 + 0.1 i) j) for the i-th.
std::vector<Tensor> make_weights(int gates, int64_t inputs, int64_t hidden, int layers,
                                 int directions, bool bias = true) {
  std::vector<Tensor> w;
  auto add = [&](const Dims& shape) {
    w.push_back(waves(shape, 0.3 + 0.1 * double(w.size())).requires_grad_());
  };
  for (int l = 0; l < layers; ++l)
    for (int d = 0; d < directions; ++d) {
      add({gates * hidden, l ? hidden * directions : inputs});
      add({gates * hidden, hidden});
      if (bias) add({gates * hidden}), add({gates * hidden});
    }
  return w;
}
Tensor row(const Tensor& x, int64_t a, int64_t b) { return select(select(x, 0, a), 0, b); }

TEST(Lstm, TwoLayersBothWaysAsPyTorch) {
  Tensor x = waves({3, 2, 4}, 0.7).requires_grad_(), h0 = waves({4, 2, 3}, 0.5).requires_grad_(),
         c0 = waves({4, 2, 3}, 0.9).requires_grad_();
  const auto w = make_weights(4, 4, 3, 2, 2);
  const auto [y, h, c] = lstm(x, h0, c0, w, {.num_layers = 2, .bidirectional = true});
  EXPECT_THAT(values(row(y, 1, 1)),
              Near({0.2767115, 0.4195127, -0.7453258, -0.2185769, -0.1654643, 0.3866903}));
  EXPECT_THAT(values(row(h, 2, 1)), Near({0.1930417, 0.3984529, -0.8015743}));
  EXPECT_THAT(values(row(c, 3, 0)), Near({-0.8018527, 0.0367093, 0.2973947}));
  (sum(y) + sum(c * c) + sum(h)).backward();
  EXPECT_THAT(values(row(x.grad(), 2, 0)), Near({0.8054639, 0.4563544, -0.0333457, -0.507996}));
  EXPECT_THAT(values(select(w[1].grad(), 0, 2)), Near({0.0612561, 0.0216943, -0.1712587}));
  EXPECT_THAT(values(slice(w[14].grad(), 0, 0, 6)),
              Near({-0.0497037, 0.1837654, 2.5084306, -0.0101618, 0.0439835, 0.8185258}));
  EXPECT_THAT(values(row(c0.grad(), 1, 1)), Near({-1.1079368, -0.0780034, 0.0486202}));
  EXPECT_THAT(values(row(h0.grad(), 3, 0)), Near({0.4208734, -0.7288396, -0.3783098}));
}

TEST(Gru, BatchFirstWithoutBiasAsPyTorch) {
  const Tensor x = permute(waves({3, 2, 4}, 0.7), {1, 0, 2}), h0 = waves({1, 2, 3}, 0.5);
  const auto w = make_weights(3, 4, 3, 1, 1, false);
  const auto [y, h] = gru(x, h0, w, {.bias = false, .batch_first = true});
  EXPECT_EQ(y.shape(), (Dims{2, 3, 3}));
  EXPECT_THAT(values(row(y, 1, 2)), Near({0.8912776, 0.9673186, -0.3082998}));
  EXPECT_THAT(values(row(h, 0, 0)), Near({0.58531, 0.1780264, -0.1241997}));
}

TEST(Rnn, UnbatchedTanhAndReluAsPyTorch) {
  const Tensor x = waves({3, 2, 4}, 0.7), h0 = waves({4, 2, 3}, 0.5);
  const auto w = make_weights(1, 4, 3, 1, 1);
  const auto [y, h] = rnn_tanh(select(x, 1, 0), slice(select(h0, 0, 0), 0, 0, 1), w);
  EXPECT_EQ(y.shape(), (Dims{3, 3}));
  EXPECT_EQ(h.shape(), (Dims{1, 3}));
  EXPECT_THAT(values(select(y, 0, 2)), Near({0.8959065, 0.9942512, 0.9335359}));
  const auto relu = rnn_relu(x, slice(h0, 0, 0, 1), w);
  EXPECT_THAT(values(row(relu.output, 2, 1)), Near({4.3219755, 12.5396173, 5.7825375}));
}

TEST(Lstm, CellAgreesWithLayerAndSecondDerivative) {
  const auto w = make_weights(4, 2, 2, 1, 1);
  const Tensor x = waves({2, 1, 2}, 0.7), h0 = waves({1, 2}, 0.5), c0 = waves({1, 2}, 0.9);
  const auto [y, c_n, cells, gates] = lstm_layer(x, h0, c0, w[0], w[1], w[2], w[3]);
  auto [h1, c1] = lstm_cell(select(x, 0, 0), h0, c0, w[0], w[1], w[2], w[3]);
  auto [h2, c2] = lstm_cell(select(x, 0, 1), h1, c1, w[0], w[1], w[2], w[3]);
  EXPECT_THAT(values(select(y, 0, 1)), Near(values(h2), 1e-12));
  EXPECT_THAT(values(c_n), Near(values(c2), 1e-12));

  Tensor leaf = waves({2, 1, 2}, 0.7).requires_grad_();
  const Tensor u = waves({2, 1, 2}, 1.9);
  auto loss = [&](const Tensor& at) {
    const auto r = lstm_layer(at, h0, c0, w[0].detach(), w[1].detach());
    return sum(r[0] * r[0] * u) + sum(r[1]);
  };
  auto slope = [&](const Tensor& at) {
    Tensor own = at.detach().requires_grad_();
    return sum(grad(loss(own), std::span(&own, 1), true)[0] * u);
  };
  EXPECT_THAT(values(grad(loss(leaf), std::span(&leaf, 1))[0]), Near(differences(loss, leaf)));
  Tensor g = sum(grad(loss(leaf), std::span(&leaf, 1), true)[0] * u);
  EXPECT_THAT(values(grad(g, std::span(&leaf, 1))[0]), Near(differences(slope, leaf), 1e-5));
}

TEST(Lstm, Errors) {
  const auto w = make_weights(4, 4, 3, 1, 1);
  const Tensor x = waves({3, 2, 4}, 1), h = waves({1, 2, 3}, 1);
  EXPECT_THROW(lstm(x, h, h, std::span(w).first(3)), Error);
  EXPECT_THROW(lstm(x, waves({2, 2, 3}, 1), h, w), Error);
  EXPECT_THROW(lstm(waves({3, 2, 5}, 1), h, h, w), Error);
  EXPECT_THROW(lstm(waves({0, 2, 4}, 1), h, h, w), Error);
}

}  // namespace
}  // namespace tandem
