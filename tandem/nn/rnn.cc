#include "tandem/nn/rnn.h"

#include <cmath>

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {

static std::string suffix(int64_t layer, int64_t direction) {
  return text("_l", layer, direction ? "_reverse" : "");
}

RNNBase::RNNBase(const RNNBaseOptions& o, int64_t gates) : Layer(o) {
  for (auto [option, value] : {std::pair<std::string_view, int64_t>{"input_size", o.input_size},
                               {"hidden_size", o.hidden_size},
                               {"num_layers", o.num_layers}})
    if (value <= 0)
      fail(ErrorCode::value, "RNN", option, " must be greater than zero, got ", value);
  if (!(o.dropout >= 0 && o.dropout <= 1))
    fail(ErrorCode::value, "RNN", "dropout should be a number in range [0, 1], got ", o.dropout);
  if (o.proj_size != 0 && gates != 4)
    fail(ErrorCode::value, "RNN",
         "proj_size argument is only supported for LSTM, not RNN or GRU; got ", o.proj_size);
  if (o.proj_size < 0)
    fail(ErrorCode::value, "LSTM",
         "proj_size should be a positive integer or zero to disable projections, got ",
         o.proj_size);
  if (o.proj_size >= o.hidden_size)
    fail(ErrorCode::value, "LSTM", "proj_size has to be smaller than hidden_size, got ",
         o.proj_size, " and ", int64_t(o.hidden_size));
  const int64_t directions = o.bidirectional ? 2 : 1, rows = gates * o.hidden_size;
  const int64_t states = o.proj_size ? o.proj_size : int64_t(o.hidden_size);
  for (int64_t layer = 0; layer < o.num_layers; ++layer)
    for (int64_t direction = 0; direction < directions; ++direction) {
      const int64_t columns = layer ? directions * states : int64_t(o.input_size);
      auto add = [&](std::string_view name, const Dims& shape) {
        weights_.push_back(&register_parameter(text(name, suffix(layer, direction)),
                                               shape.empty() ? Tensor() : empty(shape)));
      };
      add("weight_ih", {rows, columns});
      add("weight_hh", {rows, states});
      add("bias_ih", o.bias ? Dims{rows} : Dims{});
      add("bias_hh", o.bias ? Dims{rows} : Dims{});
      if (o.proj_size) add("weight_hr", {o.proj_size, o.hidden_size});
    }
  reset_parameters();
}

void RNNBase::reset_parameters() {
  const double bound = 1 / std::sqrt(double(options.hidden_size));
  for (const Tensor* w : weights_)
    if (*w) init::uniform_(*w, -bound, bound);
}

std::vector<Tensor> RNNBase::weights() const {
  std::vector<Tensor> used;
  for (const Tensor* w : weights_)
    if (*w) used.push_back(*w);
  return used;
}

RecurrentOptions RNNBase::recurrent_options() const {
  return {.num_layers = options.num_layers,
          .bias = options.bias,
          .batch_first = options.batch_first,
          .dropout = options.dropout,
          .bidirectional = options.bidirectional,
          .training = training,
          .projected = options.proj_size > 0};
}

Tensor RNNBase::state_or_zeros(const Tensor& state, const Tensor& input, int64_t size) const {
  if (state) return state;
  if (input.dim() != 2 && input.dim() != 3)
    fail(ErrorCode::shape, name(), "Expected input to be 2D or 3D, got shape ", input.shape());
  Dims shape{options.num_layers * (options.bidirectional ? 2 : 1)};
  if (input.dim() == 3) shape.push_back(input.size(options.batch_first ? 0 : 1));
  shape.push_back(size);
  return full(shape, 0, input.dtype());
}

std::string RNNBase::extra_repr() const {
  std::string s = text(int64_t(options.input_size), ", ", int64_t(options.hidden_size));
  if (options.proj_size) s += text(", proj_size=", options.proj_size);
  if (options.num_layers != 1) s += text(", num_layers=", options.num_layers);
  if (!options.bias) s += ", bias=False";
  if (options.batch_first) s += ", batch_first=True";
  if (options.dropout != 0) s += ", dropout=" + python(options.dropout);
  if (options.bidirectional) s += ", bidirectional=True";
  return s;
}

std::array<Tensor, 3> LSTM::forward(const Tensor& input, const std::array<Tensor, 2>& hx) {
  const int64_t hidden = options.hidden_size;
  const Tensor h = state_or_zeros(hx[0], input, options.proj_size ? options.proj_size : hidden);
  const Tensor c = state_or_zeros(hx[1], input, hidden);
  const LstmResult r = lstm(input, h, c, weights(), recurrent_options());
  return {r.output, r.h_n, r.c_n};
}

std::array<Tensor, 2> GRU::forward(const Tensor& input, const Tensor& hx) {
  const Tensor h = state_or_zeros(hx, input, options.hidden_size);
  const RecurrentResult r = gru(input, h, weights(), recurrent_options());
  return {r.output, r.h_n};
}

RNN::RNN(const RNNOptions& o)
    : OneStateRNN({o.input_size, o.hidden_size, o.num_layers, o.bias, o.batch_first, o.dropout,
                   o.bidirectional, o.proj_size},
                  1),
      options(o) {
  if (o.nonlinearity != Name("tanh") && o.nonlinearity != Name("relu"))
    fail(ErrorCode::value, "RNN", "Unknown nonlinearity '", o.nonlinearity,
         "'. Select from 'tanh' or 'relu'.");
}
std::array<Tensor, 2> RNN::forward(const Tensor& input, const Tensor& hx) {
  const auto run = options.nonlinearity == Name("relu") ? rnn_relu : rnn_tanh;
  const Tensor h = state_or_zeros(hx, input, options.hidden_size);
  const RecurrentResult r = run(input, h, weights(), recurrent_options());
  return {r.output, r.h_n};
}

template <class Options>
RNNCellBase<Options>::RNNCellBase(const Options& o, int64_t gates)
    : Layer<Options>(o),
      weight_ih(
          this->register_parameter("weight_ih", empty({gates * o.hidden_size, o.input_size}))),
      weight_hh(
          this->register_parameter("weight_hh", empty({gates * o.hidden_size, o.hidden_size}))),
      bias_ih(
          this->register_parameter("bias_ih", o.bias ? empty({gates * o.hidden_size}) : Tensor())),
      bias_hh(
          this->register_parameter("bias_hh", o.bias ? empty({gates * o.hidden_size}) : Tensor())) {
  const double bound = o.hidden_size > 0 ? 1 / std::sqrt(double(o.hidden_size)) : 0;
  for (const Tensor& w : this->parameters()) init::uniform_(w, -bound, bound);
}
template <class Options>
std::string RNNCellBase<Options>::extra_repr() const {
  return text(int64_t(this->options.input_size), ", ", int64_t(this->options.hidden_size),
              this->options.bias ? "" : ", bias=False");
}
template <class Options>
Tensor RNNCellBase<Options>::state_or_zeros(const Tensor& state, const Tensor& input) const {
  if (input.dim() != 1 && input.dim() != 2)
    fail(ErrorCode::shape, this->name(), "Expected input to be 1D or 2D, got shape ",
         input.shape());
  Tensor h = state;
  if (!h) {
    Dims shape = input.dim() == 2 ? Dims{input.size(0)} : Dims{};
    shape.push_back(this->options.hidden_size);
    h = full(shape, 0, input.dtype());
  }
  return h.dim() == 1 ? unsqueeze(h, 0) : h;
}

/// A batch of one where there is none.
static Tensor batched(const Tensor& input) {
  return input.dim() == 1 ? unsqueeze(input, 0) : input;
}
static Tensor like(const Tensor& input, const Tensor& state) {
  return input.dim() == 1 ? squeeze(state, 0) : state;
}

std::array<Tensor, 2> LSTMCell::forward(const Tensor& input, const std::array<Tensor, 2>& hx) {
  const auto [h, c] =
      lstm_cell(batched(input), state_or_zeros(hx[0], input), state_or_zeros(hx[1], input),
                weight_ih, weight_hh, bias_ih, bias_hh);
  return {like(input, h), like(input, c)};
}
Tensor GRUCell::forward(const Tensor& input, const Tensor& hx) {
  return like(input, gru_cell(batched(input), state_or_zeros(hx, input), weight_ih, weight_hh,
                              bias_ih, bias_hh));
}

RNNCell::RNNCell(const RNNCellOptions& o) : RNNCellBase(o, 1) {
  if (o.nonlinearity != Name("tanh") && o.nonlinearity != Name("relu"))
    fail(ErrorCode::value, "RNNCell", "Unknown nonlinearity: ", o.nonlinearity);
}
Tensor RNNCell::forward(const Tensor& input, const Tensor& hx) {
  const auto run = options.nonlinearity == Name("relu") ? rnn_relu_cell : rnn_tanh_cell;
  return like(input, run(batched(input), state_or_zeros(hx, input), weight_ih, weight_hh, bias_ih,
                         bias_hh));
}
std::string RNNCell::extra_repr() const {
  std::string s = RNNCellBase::extra_repr();
  if (options.nonlinearity != Name("tanh")) s += text(", nonlinearity=", options.nonlinearity);
  return s;
}

template class RNNCellBase<RNNCellBaseOptions>;
template class RNNCellBase<RNNCellOptions>;

}  // namespace tandem::nn
