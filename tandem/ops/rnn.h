// Recurrent layers. Weights are PyTorch's: the gates of an LSTM are i, f, g, o and of a GRU r, z,
// n, one after the other in the first dim.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// One LSTM layer over a sequence.  input: [T, B, I], w_ih: [4H, I], w_hh: [4H, H], b_ih, b_hh:
/// [4H], h0, c0: [B, H]. output: [T, B, H], the hidden state after each step; c_n: [B, H], the cell
/// state after the last. For the gradient: cells: [T, B, H], after each step; gates: [T, B, 4H],
/// after their activations.
struct LstmLayer {
  static constexpr Signature signature = "lstm_layer(input, h0, c0, w_ih, w_hh, b_ih?, b_hh?)";
  static constexpr std::string_view results[] = {"output", "c_n", "cells", "gates"};
  static constexpr Keep keep = Keep::both;
  std::array<Type, 4> infer(const Type& input, const Type& h0, const Type& c0, const Type& w_ih,
                            const Type& w_hh, const Type* b_ih, const Type* b_hh) const;
  std::array<Tensor, 4> decompose(const Tensor& input, const Tensor& h0, const Tensor& c0,
                                  const Tensor& w_ih, const Tensor& w_hh, const Tensor* b_ih,
                                  const Tensor* b_hh) const;
  Grads vjp(const Call& c) const;
};

/// The part of lstm_layer's gradient that runs backwards through time.  grad_output: [T, B, H],
/// grad_c_n: [B, H]. grad_gates: [T, B, 4H], for the gates before their activations; grad_h0,
/// grad_c0: [B, H].
struct LstmLayerBackward {
  static constexpr Signature signature =
      "lstm_layer_backward(c0, w_hh, cells, gates, grad_output?, grad_c_n?)";
  static constexpr std::string_view results[] = {"grad_gates", "grad_h0", "grad_c0"};
  static constexpr int in_place[] = {3, -1, -1};  // over the gates, the largest of an LSTM's values
  static constexpr Keep keep = Keep::operands;
  std::array<Type, 3> infer(const Type& c0, const Type& w_hh, const Type& cells, const Type& gates,
                            const Type* grad_output, const Type* grad_c_n) const;
  std::array<Tensor, 3> decompose(const Tensor& c0, const Tensor& w_hh, const Tensor& cells,
                                  const Tensor& gates, const Tensor* grad_output,
                                  const Tensor* grad_c_n) const;
};

/// One step of an LSTM.  input: [B, I], h, c: [B, H], w_ih: [4H, I], w_hh: [4H, H], b_ih, b_hh:
/// [4H]; results: [B, H].
struct LstmCell {
  static constexpr Signature signature = "lstm_cell(input, h, c, w_ih, w_hh, b_ih?, b_hh?)";
  static constexpr std::string_view results[] = {"h", "c"};
  std::array<Type, 2> infer(const Type& input, const Type& h, const Type& c, const Type& w_ih,
                            const Type& w_hh, const Type* b_ih, const Type* b_hh) const;
  std::array<Tensor, 2> decompose(const Tensor& input, const Tensor& h, const Tensor& c,
                                  const Tensor& w_ih, const Tensor& w_hh, const Tensor* b_ih,
                                  const Tensor* b_hh) const;
};

/// One step of a GRU.  input: [B, I], hx: [B, H], w_ih: [3H, I], w_hh: [3H, H], b_ih, b_hh: [3H];
/// result: [B, H].
struct GruCell {
  static constexpr Signature signature = "gru_cell(input, hx, w_ih, w_hh, b_ih?, b_hh?)";
  Type infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
             const Type* b_ih, const Type* b_hh) const;
  Tensor decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                   const Tensor* b_ih, const Tensor* b_hh) const;
};

/// tanh(input @ w_ih^T + b_ih + hx @ w_hh^T + b_hh).  input: [B, I], hx: [B, H], w_ih: [H, I],
/// w_hh: [H, H], b_ih, b_hh: [H]; result: [B, H].
struct RnnTanhCell {
  static constexpr Signature signature = "rnn_tanh_cell(input, hx, w_ih, w_hh, b_ih?, b_hh?)";
  Type infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
             const Type* b_ih, const Type* b_hh) const;
  Tensor decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                   const Tensor* b_ih, const Tensor* b_hh) const;
};

/// The same with relu.
struct RnnReluCell {
  static constexpr Signature signature = "rnn_relu_cell(input, hx, w_ih, w_hh, b_ih?, b_hh?)";
  Type infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
             const Type* b_ih, const Type* b_hh) const;
  Tensor decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                   const Tensor* b_ih, const Tensor* b_hh) const;
};

struct RnnOps : List<LstmLayer, LstmLayerBackward, LstmCell, GruCell, RnnTanhCell, RnnReluCell> {};

/// How a stack of recurrent layers is built; dropout acts between layers, in training.
struct RecurrentOptions {
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;
  bool bidirectional = false;
  bool training = false;
  bool projected = false;  // of an LSTM: each layer's hidden state goes through w_hr
};

struct RecurrentResult {
  Tensor output;  // [T, B, H · directions], or [B, T, …] with batch_first
  Tensor h_n;     // [num_layers · directions, B, H]
};
struct LstmResult {
  Tensor output, h_n, c_n;
};

/// Stacks of layers over a sequence.  input: [T, B, I], [B, T, I] with batch_first, or [T, I]; h0,
/// c0: [num_layers · directions, B, H] (or without B). weights: for each layer and direction, in
/// order, w_ih, w_hh and, with bias, b_ih, b_hh; of a projected LSTM also w_hr: [P, H], and its
/// hidden states are [B, P], w_hh: [4H, P] (Sak et al., 2014).
LstmResult lstm(Arg input, Arg h0, Arg c0, std::span<const Tensor> weights,
                const RecurrentOptions& options = {});
RecurrentResult gru(Arg input, Arg h0, std::span<const Tensor> weights,
                    const RecurrentOptions& options = {});
RecurrentResult rnn_tanh(Arg input, Arg h0, std::span<const Tensor> weights,
                         const RecurrentOptions& options = {});
RecurrentResult rnn_relu(Arg input, Arg h0, std::span<const Tensor> weights,
                         const RecurrentOptions& options = {});

}  // namespace tandem
