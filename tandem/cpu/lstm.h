// One LSTM layer in one direction, f32, forward and backward over all steps.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// Rows of features for each step and batch item: element (t, b, i) at data[t * step + b * item +
/// i].
template <class T>
struct Sequence {
  T* data = nullptr;
  int64_t step = 0, item = 0;
};

/// With the gates' rows in PyTorch's order i, f, g, o:
///   z = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh,   i, f, o = sigmoid(z),  g = tanh(z)
///   c_t = f c_{t-1} + i g,   h_t = o tanh(c_t)
/// With `reverse` the steps run from the last to the first.
struct Lstm {
  int64_t steps, batch, inputs, hidden;
  Sequence<const float> x;         // [steps, batch, inputs]
  const float* weight_ih;          // [4 * hidden, inputs], contiguous
  const float* weight_hh;          // [4 * hidden, hidden], contiguous
  const float* bias_ih = nullptr;  // [4 * hidden], or null
  const float* bias_hh = nullptr;  // [4 * hidden], or null
  const float* h0 = nullptr;       // [batch, hidden], or null for zeros
  const float* c0 = nullptr;       // [batch, hidden], or null for zeros
  bool reverse = false;
};

/// Floats from one row of gates to the next: at least 4 * hidden, and off the pitches of 4 KB that
/// bring all rows into one set of L1.
int64_t lstm_gate_pitch(int64_t hidden);

/// Fills h [steps, batch, hidden], contiguous, and what backward needs: gates (after their
/// activations) [steps, batch, lstm_gate_pitch] and cells [steps, batch, hidden]. The last step's
/// rows of h and cells are the final state.
///
/// All of x goes through W_ih in one product; W_hh is laid out in panels once.
void lstm_forward(const Lstm& layer, float* h, float* gates, float* cells);

/// Gradients that lstm_backward writes; each may be null where it is not wanted.
struct LstmGradients {
  Sequence<float> x;                   // [steps, batch, inputs]
  float* weight_ih = nullptr;          // [4 * hidden, inputs]
  float* weight_hh = nullptr;          // [4 * hidden, hidden]
  float* bias = nullptr;               // [4 * hidden], the gradient of either bias
  float *h0 = nullptr, *c0 = nullptr;  // [batch, hidden]
};

/// From the gradients dh [steps, batch, hidden] of h and, where not null, dh_last and dc_last
/// [batch, hidden] of the final state. d_gates is workspace of the size of gates, and may be them.
/// The gradients of the weights are one product each over all steps. A gradient has the same bits
/// for any number of threads.
void lstm_backward(const Lstm& layer, const float* h, const float* gates, const float* cells,
                   const float* dh, const float* dh_last, const float* dc_last, float* d_gates,
                   const LstmGradients& gradients);

}  // namespace tandem::cpu
