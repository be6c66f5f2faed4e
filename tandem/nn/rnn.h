// Recurrent layers.
#pragma once
#include "tandem/nn/layer.h"
#include "tandem/ops/rnn.h"

namespace tandem::nn {

struct RNNBaseOptions {
  Required<int64_t> input_size;
  Required<int64_t> hidden_size;
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;
  bool bidirectional = false;
  int64_t proj_size = 0;  // of an LSTM only: the size of its hidden states, 0 for hidden_size
};

/// What LSTM, GRU and RNN share: weights weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0,
/// …_reverse, …_l1, all uniform in ±1/√hidden_size at first; with proj_size also weight_hr_l0.
///
/// input: [T, N, input_size], [N, T, input_size] with batch_first, or [T, input_size]; states:
/// [num_layers * directions, N, hidden_size], zeros where undefined; the hidden ones are of
/// proj_size where it is given (Sak et al., 2014).
class RNNBase : public Layer<RNNBaseOptions> {
 public:
  void reset_parameters();
  std::string extra_repr() const override;

 protected:
  /// `gates` blocks of hidden_size rows in each weight.
  RNNBase(const RNNBaseOptions& options, int64_t gates);
  std::vector<Tensor> weights() const;
  RecurrentOptions recurrent_options() const;
  /// `state`, or zeros of `size` for `input`.
  Tensor state_or_zeros(const Tensor& state, const Tensor& input, int64_t size) const;

 private:
  std::vector<Tensor*> weights_;  // the registered ones, in order
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997).
///
///   auto [output, h_n, c_n] = lstm(x);              // or lstm(x, {h_0, c_0})
class LSTM : public RNNBase {
 public:
  static constexpr Signature called = "forward(input, hx?)";
  explicit LSTM(const RNNBaseOptions& options) : RNNBase(options, 4) {}
  LSTM(int64_t input_size, int64_t hidden_size, RNNBaseOptions rest = {})
      : LSTM((rest.input_size = input_size, rest.hidden_size = hidden_size, rest)) {}
  std::array<Tensor, 3> operator()(Arg input, const std::array<Tensor, 2>& hx = {}) {
    return call(
        [this](const Tensor& x, const Tensor& h, const Tensor& c) { return forward(x, {h, c}); },
        input.where, *input.tensor, hx[0], hx[1]);
  }
  using Module::forward;
  std::array<Tensor, 3> forward(const Tensor& input, const std::array<Tensor, 2>& hx);
};

/// What GRU and RNN share: one state.
///
///   auto [output, h_n] = gru(x);                    // or gru(x, h_0)
class OneStateRNN : public RNNBase {
 public:
  static constexpr Signature called = "forward(input, hx?)";
  std::array<Tensor, 2> operator()(Arg input, const Tensor& hx = {}) {
    return call([this](const Tensor& x, const Tensor& h) { return forward(x, h); }, input.where,
                *input.tensor, hx);
  }
  using Module::forward;
  virtual std::array<Tensor, 2> forward(const Tensor& input, const Tensor& hx) = 0;

 protected:
  using RNNBase::RNNBase;
};

/// Gated recurrent units (Cho et al., 2014).
class GRU : public OneStateRNN {
 public:
  explicit GRU(const RNNBaseOptions& options) : OneStateRNN(options, 3) {}
  GRU(int64_t input_size, int64_t hidden_size, RNNBaseOptions rest = {})
      : GRU((rest.input_size = input_size, rest.hidden_size = hidden_size, rest)) {}
  using OneStateRNN::forward;
  std::array<Tensor, 2> forward(const Tensor& input, const Tensor& hx) override;
};

struct RNNOptions {
  Required<int64_t> input_size;
  Required<int64_t> hidden_size;
  int64_t num_layers = 1;
  Name nonlinearity = "tanh";  // or "relu"
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;
  bool bidirectional = false;
  int64_t proj_size = 0;  // taken as PyTorch takes it: no other value is supported
};

/// Elman's network (1990).
class RNN : public OneStateRNN {
 public:
  using Options = RNNOptions;
  const RNNOptions options;  // in place of RNNBase's
  explicit RNN(const RNNOptions& options);
  RNN(int64_t input_size, int64_t hidden_size, RNNOptions rest = {})
      : RNN((rest.input_size = input_size, rest.hidden_size = hidden_size, rest)) {}

  using OneStateRNN::forward;
  std::array<Tensor, 2> forward(const Tensor& input, const Tensor& hx) override;
};

struct RNNCellBaseOptions {
  Required<int64_t> input_size;
  Required<int64_t> hidden_size;
  bool bias = true;
};

/// What the cells share: one step of a layer.  input: [N, input_size] or [input_size]; states:
/// [N, hidden_size] or [hidden_size], zeros where undefined. All weights are uniform in
/// ±1/√hidden_size at first.
template <class Options>
class RNNCellBase : public Layer<Options> {
 public:
  static constexpr Signature called = "forward(input, hx?)";
  std::string extra_repr() const override;

  Tensor& weight_ih;
  Tensor& weight_hh;
  Tensor& bias_ih;  // undefined without `bias`
  Tensor& bias_hh;

 protected:
  RNNCellBase(const Options& options, int64_t gates);
  Tensor state_or_zeros(const Tensor& state, const Tensor& input) const;
};

class LSTMCell : public RNNCellBase<RNNCellBaseOptions> {
 public:
  explicit LSTMCell(const RNNCellBaseOptions& options) : RNNCellBase(options, 4) {}
  std::array<Tensor, 2> operator()(Arg input, const std::array<Tensor, 2>& hx = {}) {
    return call(
        [this](const Tensor& x, const Tensor& h, const Tensor& c) { return forward(x, {h, c}); },
        input.where, *input.tensor, hx[0], hx[1]);
  }
  using Module::forward;
  std::array<Tensor, 2> forward(const Tensor& input, const std::array<Tensor, 2>& hx);
};

class GRUCell : public RNNCellBase<RNNCellBaseOptions> {
 public:
  explicit GRUCell(const RNNCellBaseOptions& options) : RNNCellBase(options, 3) {}
  Tensor operator()(Arg input, const Tensor& hx = {}) {
    return call([this](const Tensor& x, const Tensor& h) { return forward(x, h); }, input.where,
                *input.tensor, hx);
  }
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& hx);
};

struct RNNCellOptions {
  Required<int64_t> input_size;
  Required<int64_t> hidden_size;
  bool bias = true;
  Name nonlinearity = "tanh";  // or "relu"
};

class RNNCell : public RNNCellBase<RNNCellOptions> {
 public:
  explicit RNNCell(const RNNCellOptions& options);
  Tensor operator()(Arg input, const Tensor& hx = {}) {
    return call([this](const Tensor& x, const Tensor& h) { return forward(x, h); }, input.where,
                *input.tensor, hx);
  }
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& hx);
  std::string extra_repr() const override;
};

}  // namespace tandem::nn
