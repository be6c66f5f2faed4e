#include "tandem/ops/rnn.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
std::array<Tensor, 4> lstm_layer(Arg input, Arg h0, Arg c0, Arg w_ih, Arg w_hh, OptArg b_ih, OptArg b_hh) { return apply(LstmLayer{}, input, h0, c0, w_ih, w_hh, b_ih, b_hh); }
std::array<Tensor, 3> lstm_layer_backward(Arg c0, Arg w_hh, Arg cells, Arg gates, OptArg grad_output, OptArg grad_c_n) { return apply(LstmLayerBackward{}, c0, w_hh, cells, gates, grad_output, grad_c_n); }
std::array<Tensor, 2> lstm_cell(Arg input, Arg h, Arg c, Arg w_ih, Arg w_hh, OptArg b_ih, OptArg b_hh) { return apply(LstmCell{}, input, h, c, w_ih, w_hh, b_ih, b_hh); }
Tensor gru_cell(Arg input, Arg hx, Arg w_ih, Arg w_hh, OptArg b_ih, OptArg b_hh) { return apply(GruCell{}, input, hx, w_ih, w_hh, b_ih, b_hh); }
Tensor rnn_tanh_cell(Arg input, Arg hx, Arg w_ih, Arg w_hh, OptArg b_ih, OptArg b_hh) { return apply(RnnTanhCell{}, input, hx, w_ih, w_hh, b_ih, b_hh); }
Tensor rnn_relu_cell(Arg input, Arg hx, Arg w_ih, Arg w_hh, OptArg b_ih, OptArg b_hh) { return apply(RnnReluCell{}, input, hx, w_ih, w_hh, b_ih, b_hh); }
// clang-format on

namespace {

/// Checks the operands of one step (or layer) with `gates` gates; the hidden state's type.
Type check_step(std::string_view op, int64_t gates, const Type& input, const Type& h,
                const Type& w_ih, const Type& w_hh, const Type* b_ih, const Type* b_hh) {
  if (h.shape.size() != 2 || w_ih.shape.size() != 2 || w_hh.shape.size() != 2)
    fail(ErrorCode::shape, op, "expected a state and weights of 2 dims, got ", h.shape, ", ",
         w_ih.shape, " and ", w_hh.shape);
  const int64_t batch = input.shape[input.shape.size() - 2], in = input.shape.back();
  const int64_t hidden = h.shape[1];
  if (h.shape[0] != batch)
    fail(ErrorCode::shape, op, "input ", input.shape, " has a batch of ", batch,
         ", the hidden state ", h.shape, " of ", h.shape[0]);
  if (w_ih.shape != Dims{gates * hidden, in} || w_hh.shape != Dims{gates * hidden, hidden})
    fail(ErrorCode::shape, op, "expected w_ih: ", Dims{gates * hidden, in},
         " and w_hh: ", Dims{gates * hidden, hidden}, " for input ", input.shape,
         " and a hidden state ", h.shape, ", got ", w_ih.shape, " and ", w_hh.shape);
  for (const Type* b : {b_ih, b_hh})
    if (b && b->shape != Dims{gates * hidden})
      fail(ErrorCode::shape, op, "expected biases: [", gates * hidden, "], got ", b->shape);
  for (const Type* t : {&h, &w_ih, &w_hh, b_ih, b_hh})
    if (t && (t->dtype != input.dtype || !is_floating(input.dtype)))
      fail(ErrorCode::dtype, op, "expected operands of one floating dtype, got input ", input.dtype,
           " and ", t->dtype);
  return h;
}

void check_cell(std::string_view op, const Type& input) {
  if (input.shape.size() != 2)
    fail(ErrorCode::shape, op, "expected input: [B, I], got ", input.shape);
}

/// Part k of the `n` equal parts of the last dim.
Tensor part(const Tensor& x, int64_t k, int64_t n) {
  const int64_t size = x.size(-1) / n;
  return slice(x, -1, k * size, (k + 1) * size);
}

Tensor at(const Tensor& sequence, int64_t t) { return select(sequence, 0, t); }

/// The gates of one LSTM step after their activations, and the new state.
struct LstmStep {
  Tensor gates, c, h;
  LstmStep(const Tensor& before, const Tensor& c0) {
    const Tensor i = sigmoid(part(before, 0, 4)), f = sigmoid(part(before, 1, 4));
    const Tensor g = tanh(part(before, 2, 4)), o = sigmoid(part(before, 3, 4));
    c = f * c0 + i * g;
    h = o * tanh(c);
    gates = cat({i, f, g, o}, -1);
  }
};

}  // namespace

std::array<Type, 4> LstmLayer::infer(const Type& input, const Type& h0, const Type& c0,
                                     const Type& w_ih, const Type& w_hh, const Type* b_ih,
                                     const Type* b_hh) const {
  if (input.shape.size() != 3)
    fail(ErrorCode::shape, "lstm_layer", "expected input: [T, B, I], got ", input.shape);
  if (input.shape[0] == 0)
    fail(ErrorCode::shape, "lstm_layer", "expected a sequence of 1 or more steps, got input ",
         input.shape);
  check_step("lstm_layer", 4, input, h0, w_ih, w_hh, b_ih, b_hh);
  if (c0 != h0)
    fail(ErrorCode::shape, "lstm_layer", "expected h0 and c0 of one type, got ", h0, " and ", c0);
  const int64_t steps = input.shape[0], batch = input.shape[1], hidden = h0.shape[1];
  const Type state{input.dtype, {steps, batch, hidden}};
  return {state, h0, state, Type{input.dtype, {steps, batch, 4 * hidden}}};
}
std::array<Tensor, 4> LstmLayer::decompose(const Tensor& input, const Tensor& h0, const Tensor& c0,
                                           const Tensor& w_ih, const Tensor& w_hh,
                                           const Tensor* b_ih, const Tensor* b_hh) const {
  const Tensor x = linear(input, w_ih, optional(b_ih));
  std::vector<Tensor> output, cells, gates;
  Tensor h = h0, c = c0;
  for (int64_t t = 0; t < input.size(0); ++t) {
    const LstmStep step(at(x, t) + linear(h, w_hh, optional(b_hh)), c);
    output.push_back(h = step.h);
    cells.push_back(c = step.c);
    gates.push_back(step.gates);
  }
  return {stack(output), c, stack(cells), stack(gates)};
}
Grads LstmLayer::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[2] || c.dys[3]) {
    vjp_by_decomposition(info_of<LstmLayer>, this, c, &grads);
    return grads;
  }
  const Tensor input = c.operand(0), h0 = c.operand(1), w_ih = c.operand(3), w_hh = c.operand(4);
  const Tensor output = c.result(0);
  auto [dx, dh, dc] = lstm_layer_backward(c.operand(2), w_hh, c.result(2), c.result(3),
                                          c.dys[0] ? OptArg(c.dys[0]) : OptArg(),
                                          c.dys[1] ? OptArg(c.dys[1]) : OptArg());
  const int64_t steps = input.size(0), gates = dx.size(2);
  const Tensor rows = permute(reshape(dx, {-1, gates}), {1, 0});
  Tensor d_input, d_ih, d_hh, d_bias;
  if (c.needs(0)) d_input = matmul(dx, w_ih);
  if (c.needs(3)) d_ih = matmul(rows, reshape(input, {-1, input.size(2)}));
  if (c.needs(4)) {
    const Tensor before = cat({unsqueeze(h0, 0), slice(output, 0, 0, steps - 1)}, 0);
    d_hh = matmul(rows, reshape(before, {-1, before.size(2)}));
  }
  if ((c.has(5) && c.needs(5)) || (c.has(6) && c.needs(6))) d_bias = sum(dx, {0, 1});
  return {d_input, dh, dc, d_ih, d_hh, d_bias, d_bias};
}

std::array<Type, 3> LstmLayerBackward::infer(const Type& c0, const Type& w_hh, const Type& cells,
                                             const Type& gates, const Type* grad_output,
                                             const Type* grad_c_n) const {
  constexpr std::string_view op = "lstm_layer_backward";
  const Dims &c = c0.shape, &n = cells.shape;
  if (c.size() != 2 || n.size() != 3 || n[0] < 1 || n[1] != c[0] || n[2] != c[1] ||
      gates.shape != Dims{n[0], c[0], 4 * c[1]} || w_hh.shape != Dims{4 * c[1], c[1]})
    fail(ErrorCode::shape, op,
         "expected c0: [B, H], w_hh: [4H, H], cells: [T, B, H] and gates: ", "[T, B, 4H], got ", c0,
         ", ", w_hh, ", ", cells, ", ", gates);
  if ((grad_output && *grad_output != cells) || (grad_c_n && *grad_c_n != c0))
    fail(ErrorCode::shape, op, "expected grad_output: ", cells, " and grad_c_n: ", c0);
  for (const Type* t : {&c0, &w_hh, &gates})
    if (t->dtype != cells.dtype || !is_floating(cells.dtype))
      fail(ErrorCode::dtype, op, "expected operands of one floating dtype, got cells ", cells.dtype,
           " and ", t->dtype);
  return {gates, c0, c0};
}
std::array<Tensor, 3> LstmLayerBackward::decompose(const Tensor& c0, const Tensor& w_hh,
                                                   const Tensor& cells, const Tensor& gates,
                                                   const Tensor* grad_output,
                                                   const Tensor* grad_c_n) const {
  const int64_t steps = cells.size(0);
  std::vector<Tensor> before(static_cast<std::size_t>(steps));
  Tensor dh = zeros_like(c0), dc = grad_c_n ? *grad_c_n : zeros_like(c0);
  for (int64_t t = steps; t-- > 0;) {
    if (grad_output) dh = dh + at(*grad_output, t);
    const Tensor gate = at(gates, t), tanh_c = tanh(at(cells, t));
    const Tensor i = part(gate, 0, 4), f = part(gate, 1, 4), g = part(gate, 2, 4),
                 o = part(gate, 3, 4);
    dc = dc + dh * o * (1 - tanh_c * tanh_c);
    const Tensor c = t ? at(cells, t - 1) : c0;
    const Tensor d = cat({dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g),
                          dh * tanh_c * o * (1 - o)},
                         -1);
    dc = dc * f;
    dh = matmul(d, w_hh);
    before[static_cast<std::size_t>(t)] = d;
  }
  return {stack(before), dh, dc};
}

std::array<Type, 2> LstmCell::infer(const Type& input, const Type& h, const Type& c,
                                    const Type& w_ih, const Type& w_hh, const Type* b_ih,
                                    const Type* b_hh) const {
  check_cell("lstm_cell", input);
  if (c != h)
    fail(ErrorCode::shape, "lstm_cell", "expected h and c of one type, got ", h, " and ", c);
  const Type state = check_step("lstm_cell", 4, input, h, w_ih, w_hh, b_ih, b_hh);
  return {state, state};
}
std::array<Tensor, 2> LstmCell::decompose(const Tensor& input, const Tensor& h, const Tensor& c,
                                          const Tensor& w_ih, const Tensor& w_hh,
                                          const Tensor* b_ih, const Tensor* b_hh) const {
  const LstmStep step(linear(input, w_ih, optional(b_ih)) + linear(h, w_hh, optional(b_hh)), c);
  return {step.h, step.c};
}

Type GruCell::infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
                    const Type* b_ih, const Type* b_hh) const {
  check_cell("gru_cell", input);
  return check_step("gru_cell", 3, input, hx, w_ih, w_hh, b_ih, b_hh);
}
Tensor GruCell::decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih,
                          const Tensor& w_hh, const Tensor* b_ih, const Tensor* b_hh) const {
  const Tensor x = linear(input, w_ih, optional(b_ih)), h = linear(hx, w_hh, optional(b_hh));
  const Tensor r = sigmoid(part(x, 0, 3) + part(h, 0, 3));
  const Tensor z = sigmoid(part(x, 1, 3) + part(h, 1, 3));
  const Tensor n = tanh(part(x, 2, 3) + r * part(h, 2, 3));
  return n + z * (hx - n);
}

Type RnnTanhCell::infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
                        const Type* b_ih, const Type* b_hh) const {
  check_cell("rnn_tanh_cell", input);
  return check_step("rnn_tanh_cell", 1, input, hx, w_ih, w_hh, b_ih, b_hh);
}
Tensor RnnTanhCell::decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih,
                              const Tensor& w_hh, const Tensor* b_ih, const Tensor* b_hh) const {
  return tanh(linear(input, w_ih, optional(b_ih)) + linear(hx, w_hh, optional(b_hh)));
}

Type RnnReluCell::infer(const Type& input, const Type& hx, const Type& w_ih, const Type& w_hh,
                        const Type* b_ih, const Type* b_hh) const {
  check_cell("rnn_relu_cell", input);
  return check_step("rnn_relu_cell", 1, input, hx, w_ih, w_hh, b_ih, b_hh);
}
Tensor RnnReluCell::decompose(const Tensor& input, const Tensor& hx, const Tensor& w_ih,
                              const Tensor& w_hh, const Tensor* b_ih, const Tensor* b_hh) const {
  return relu(linear(input, w_ih, optional(b_ih)) + linear(hx, w_hh, optional(b_hh)));
}

// Stacks of layers.

namespace {

struct Weights {
  Tensor w_ih, w_hh, b_ih, b_hh, w_hr;
};
/// One direction of one layer: its output for x: [T, B, I], the last step's states.
struct LayerResult {
  Tensor output, h, c;
};
using Layer = LayerResult (*)(const Tensor& x, const Tensor& h0, const Tensor& c0,
                              const Weights& w);

LayerResult lstm_direction(const Tensor& x, const Tensor& h0, const Tensor& c0, const Weights& w) {
  const auto [output, c, cells, gates] = lstm_layer(x, h0, c0, w.w_ih, w.w_hh, w.b_ih, w.b_hh);
  return {output, at(output, -1), c};
}

/// The hidden state is w_hr @ h: the recurrence is narrower than the cell.
LayerResult projected_lstm_direction(const Tensor& x, const Tensor& h0, const Tensor& c0,
                                     const Weights& w) {
  const int64_t hidden = c0.size(1), projected = h0.size(1);
  const Dims in{4 * hidden, x.size(2)}, back{4 * hidden, projected}, out{projected, hidden};
  if (h0.size(0) != x.size(1) || w.w_ih.shape() != in || w.w_hh.shape() != back ||
      w.w_hr.shape() != out)
    fail(ErrorCode::shape, "lstm", "expected w_ih: ", in, ", w_hh: ", back, " and w_hr: ", out,
         " for input ", x.shape(), ", h0 ", h0.shape(), " and c0 ", c0.shape(), ", got ",
         w.w_ih.shape(), ", ", w.w_hh.shape(), " and ", w.w_hr.shape());
  const auto given = [](const Tensor& t) { return t ? OptArg(t) : OptArg(); };
  const Tensor from_input = linear(x, w.w_ih, given(w.b_ih));
  std::vector<Tensor> output;
  Tensor h = h0, c = c0;
  for (int64_t t = 0; t < x.size(0); ++t) {
    const LstmStep step(at(from_input, t) + linear(h, w.w_hh, given(w.b_hh)), c);
    c = step.c;
    output.push_back(h = linear(step.h, w.w_hr));
  }
  return {stack(output), h, c};
}

template <auto cell>
LayerResult cell_direction(const Tensor& x, const Tensor& h0, const Tensor&, const Weights& w) {
  std::vector<Tensor> output;
  Tensor h = h0;
  for (int64_t t = 0; t < x.size(0); ++t)
    output.push_back(h = cell(at(x, t), h, w.w_ih, w.w_hh, w.b_ih, w.b_hh));
  return {stack(output), h, {}};
}

void check_state(std::string_view op, std::string_view name, const Tensor& state,
                 int64_t directions, int64_t batch) {
  if (state.dim() != 3 || state.size(0) != directions || state.size(1) != batch)
    fail(ErrorCode::shape, op, "expected ", name, ": [num_layers * directions, B, H] = [",
         directions, ", ", batch, ", H], got ", state.shape());
}

LstmResult run_layers(std::string_view op, Layer layer, Arg input, Arg h0, const Tensor* c0,
                      std::span<const Tensor> weights, const RecurrentOptions& o) {
  At line(input.where);
  const int64_t directions = o.bidirectional ? 2 : 1, count = o.num_layers * directions;
  const std::size_t each = (o.bias ? 4 : 2) + (o.projected ? 1 : 0);
  if (int64_t(weights.size()) != count * int64_t(each))
    fail(ErrorCode::value, op, "expected ", count * int64_t(each), " weights (", each,
         " a layer and direction), got ", weights.size());
  Tensor x = *input.tensor, h = *h0.tensor, c = c0 ? *c0 : Tensor();
  const bool batched = x.dim() != 2;
  if (x.dim() != 2 && x.dim() != 3)
    fail(ErrorCode::shape, op, "expected input: ", o.batch_first ? "[B, T, I]" : "[T, B, I]",
         " or [T, I], got ", x.shape());
  if (!batched) {
    x = unsqueeze(x, 1);
    h = unsqueeze(h, 1);
    if (c) c = unsqueeze(c, 1);
  } else if (o.batch_first) {
    x = permute(x, {1, 0, 2});
  }
  if (x.size(0) == 0)
    fail(ErrorCode::shape, op, "expected a sequence of 1 or more steps, got input ",
         input.tensor->shape());
  check_state(op, "h0", h, count, x.size(1));
  if (c) check_state(op, "c0", c, count, x.size(1));

  std::vector<Tensor> h_n, c_n;
  for (int64_t l = 0; l < o.num_layers; ++l) {
    std::vector<Tensor> outputs;
    for (int64_t d = 0; d < directions; ++d) {
      const int64_t i = l * directions + d;
      const Tensor* w = weights.data() + std::size_t(i) * each;
      const Weights own{w[0], w[1], o.bias ? w[2] : Tensor(), o.bias ? w[3] : Tensor(),
                        o.projected ? w[each - 1] : Tensor()};
      const Tensor sequence = d ? flip(x, 0) : x;
      LayerResult r = layer(sequence, at(h, i), c ? at(c, i) : Tensor(), own);
      outputs.push_back(d ? flip(r.output, 0) : r.output);
      h_n.push_back(r.h);
      if (c) c_n.push_back(r.c);
    }
    x = directions == 2 ? cat(outputs, -1) : outputs[0];
    if (o.dropout > 0 && o.training && l + 1 < o.num_layers) x = dropout(x, o.dropout, true);
  }
  LstmResult result{x, stack(h_n), c ? stack(c_n) : Tensor()};
  if (!batched) {
    result.output = squeeze(result.output, 1);
    result.h_n = squeeze(result.h_n, 1);
    if (c) result.c_n = squeeze(result.c_n, 1);
  } else if (o.batch_first) {
    result.output = permute(result.output, {1, 0, 2});
  }
  return result;
}

RecurrentResult without_cells(LstmResult r) { return {r.output, r.h_n}; }

}  // namespace

LstmResult lstm(Arg input, Arg h0, Arg c0, std::span<const Tensor> weights,
                const RecurrentOptions& options) {
  const Layer layer = options.projected ? projected_lstm_direction : lstm_direction;
  return run_layers("lstm", layer, input, h0, c0.tensor, weights, options);
}
RecurrentResult gru(Arg input, Arg h0, std::span<const Tensor> weights,
                    const RecurrentOptions& options) {
  return without_cells(
      run_layers("gru", cell_direction<gru_cell>, input, h0, nullptr, weights, options));
}
RecurrentResult rnn_tanh(Arg input, Arg h0, std::span<const Tensor> weights,
                         const RecurrentOptions& options) {
  return without_cells(
      run_layers("rnn_tanh", cell_direction<rnn_tanh_cell>, input, h0, nullptr, weights, options));
}
RecurrentResult rnn_relu(Arg input, Arg h0, std::span<const Tensor> weights,
                         const RecurrentOptions& options) {
  return without_cells(
      run_layers("rnn_relu", cell_direction<rnn_relu_cell>, input, h0, nullptr, weights, options));
}

template struct Family<RnnOps>;

}  // namespace tandem
