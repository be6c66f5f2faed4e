// Binds the LSTM layer to its f32 kernels; other dtypes are left to the decomposition. The kernels
// want rows of gates at a pitch of their own, the ops hold them side by side.
#include <algorithm>

#include "tandem/cpu/dense.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/lstm.h"
#include "tandem/ops/rnn.h"

namespace tandem {
namespace {

bool lstm_is_f32(const void*, Types in) {
  return std::ranges::all_of(in, [](const Type* t) { return !t || t->dtype == DType::f32; });
}

void copy_rows(const float* from, int64_t from_pitch, float* to, int64_t to_pitch, int64_t rows,
               int64_t n) {
  for (int64_t r = 0; r < rows; ++r) std::copy_n(from + r * from_pitch, n, to + r * to_pitch);
}

void forward_lstm(const KernelCall& call) {
  cpu::Scratch scratch;
  const float* in[7];
  for (int i = 0; i < 7; ++i) in[i] = cpu::dense<float>(call.in[std::size_t(i)], scratch);
  const Dims &x = call.in[0].shape(), &h = call.in[1].shape();
  const cpu::Lstm layer{.steps = x[0],
                        .batch = x[1],
                        .inputs = x[2],
                        .hidden = h[1],
                        .x = {in[0], x[1] * x[2], x[2]},
                        .weight_ih = in[3],
                        .weight_hh = in[4],
                        .bias_ih = in[5],
                        .bias_hh = in[6],
                        .h0 = in[1],
                        .c0 = in[2]};
  const int64_t rows = x[0] * x[1], n = 4 * h[1], pitch = cpu::lstm_gate_pitch(h[1]);
  if (rows * n == 0) return;
  float* gates = pitch == n ? call.out[3].as<float>() : scratch.get<float>(rows * pitch);
  float* cells = call.out[2].as<float>();
  cpu::lstm_forward(layer, call.out[0].as<float>(), gates, cells);
  if (pitch != n) copy_rows(gates, pitch, call.out[3].as<float>(), n, rows, n);
  const int64_t state = x[1] * h[1];
  std::copy_n(cells + (x[0] - 1) * state, state, call.out[1].as<float>());
}

void backward_lstm(const KernelCall& call) {
  cpu::Scratch scratch;
  const float* in[6];
  for (int i = 0; i < 6; ++i) in[i] = cpu::dense<float>(call.in[std::size_t(i)], scratch);
  const Dims& c = call.in[2].shape();  // [T, B, H]
  const int64_t rows = c[0] * c[1], n = 4 * c[2], pitch = cpu::lstm_gate_pitch(c[2]);
  if (rows * n == 0) return;
  const cpu::Lstm layer{.steps = c[0],
                        .batch = c[1],
                        .inputs = 0,
                        .hidden = c[2],
                        .x = {},
                        .weight_ih = nullptr,
                        .weight_hh = in[1],
                        .c0 = in[0]};
  const float* gates = in[3];
  float* d_gates = call.out[0].as<float>();
  if (pitch != n) {
    float* padded = scratch.get<float>(rows * pitch);
    copy_rows(in[3], n, padded, pitch, rows, n);
    gates = d_gates = padded;  // the gradients of a step's gates are written over them
  }
  const float* dh = in[4];
  if (!dh) {
    float* none = scratch.get<float>(rows * c[2]);
    std::fill_n(none, rows * c[2], 0.0f);
    dh = none;
  }
  cpu::LstmGradients gradients;
  gradients.h0 = call.out[1].as<float>();
  gradients.c0 = call.out[2].as<float>();
  cpu::lstm_backward(layer, nullptr, gates, in[2], dh, nullptr, in[5], d_gates, gradients);
  if (pitch != n) copy_rows(d_gates, pitch, call.out[0].as<float>(), n, rows, n);
}

}  // namespace

void cpu::install_lstm() {
  install<LstmLayer>({forward_lstm, nullptr, lstm_is_f32});
  install<LstmLayerBackward>({backward_lstm, nullptr, lstm_is_f32});
}

}  // namespace tandem
