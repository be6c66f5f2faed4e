#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable rnn_samples([] {
  const Tensor x = values({2, 2, 3}), h = values({2, 2}, -1, 1, 1), c = values({2, 2}, -1, 1, 2);
  const Tensor w4 = values({8, 3}, -1, 1, 3), u4 = values({8, 2}, -1, 1, 4),
               b4 = values({8}, -1, 1, 5);
  const Tensor w3 = values({6, 3}, -1, 1, 3), u3 = values({6, 2}, -1, 1, 4),
               b3 = values({6}, -1, 1, 5);
  const Tensor w1 = values({2, 3}, -1, 1, 3), u1 = values({2, 2}, -1, 1, 4),
               b1 = values({2}, -1, 1, 5);
  const Tensor step = values({2, 3}), none;
  const Tensor cells = values({2, 2, 2}, -1, 1, 6), gates = values({2, 2, 8}, 0.1, 0.9, 7);
  constexpr double close = 1e-12;  // products choose their order by layout
  std::vector<Sample> all = {
      {"lstm_layer", {x, h, c, w4, u4, b4, b4}},
      {"lstm_layer", {x, h, c, w4, u4, none, none}},
      {.op = "lstm_layer",
       .operands = {values({0, 2, 3}), h, c, w4, u4, none, none},
       .error = "1 or more steps"},
      {"lstm_layer_backward", {c, u4, cells, gates, values({2, 2, 2}, -1, 1, 8), c}},
      {"lstm_layer_backward", {c, u4, cells, gates, values({2, 2, 2}, -1, 1, 8), none}},
      {"lstm_cell", {step, h, c, w4, u4, b4, b4}},
      {"gru_cell", {step, h, w3, u3, b3, b3}},
      {"gru_cell", {step, h, w3, u3, none, none}},
      {.op = "gru_cell", .operands = {step, h, w4, u4, none, none}, .error = "expected w_ih"},
      {"rnn_tanh_cell", {step, h, w1, u1, b1, b1}},
      {"rnn_relu_cell", {step, h, w1, u1, b1, none}},
  };
  // The same in f32, whose kernels differ.
  for (std::size_t i = 0, n = all.size(); i < n; ++i) {
    if (!all[i].error.empty()) continue;
    Sample f = all[i];
    for (Tensor& t : f.operands)
      if (t) t = cast(t, float32);
    all.push_back(f);
  }
  for (Sample& s : all) s.tolerance = s.operands[0].dtype() == float64 ? close : 1e-5;
  return all;
});

}  // namespace
}  // namespace tandem
