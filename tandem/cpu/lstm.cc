#include "tandem/cpu/lstm.h"

#include <algorithm>
#include <functional>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/gemm.h"
#include "tandem/cpu/lstm_cell.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

/// Batch items whose cells are worth a task.
int64_t cell_grain(int64_t hidden) { return std::max<int64_t>(1, 4096 / (hidden + 1)); }

/// Calls product(first step, rows) for stretches of steps whose x rows are evenly spaced: one
/// stretch if x is dense, else a step at a time.
template <class T, class Product>
void for_even_rows(const Lstm& l, const Sequence<T>& x, const Product& product) {
  if (x.step == l.batch * x.item)
    product(int64_t{0}, l.steps * l.batch);
  else
    for (int64_t t = 0; t < l.steps; ++t) product(t, l.batch);
}

const float* in_panels(int64_t k, int64_t n, const Matrix<float>& b, Scratch& scratch) {
  float* panels = scratch.get<float>(panels_size(k, n));
  pack_panels(k, n, b, panels);
  return panels;
}

/// The steps in the order in which they run.
struct Order {
  explicit Order(const Lstm& l) : steps(l.steps), reverse(l.reverse) {}
  int64_t at(int64_t position) const { return reverse ? steps - 1 - position : position; }
  int64_t steps;
  bool reverse;
};

}  // namespace

int64_t lstm_gate_pitch(int64_t hidden) { return 4 * hidden + (hidden % 128 == 0 ? 16 : 0); }

void lstm_forward(const Lstm& l, float* h, float* gates, float* cells) {
  const int64_t rows = l.steps * l.batch, n = 4 * l.hidden, pitch = lstm_gate_pitch(l.hidden);
  if (rows == 0 || n == 0) return;
  Scratch scratch;
  const float* bias = l.bias_ih ? l.bias_ih : l.bias_hh;
  if (l.bias_ih && l.bias_hh) {
    float* sum = scratch.get<float>(n);
    std::transform(l.bias_ih, l.bias_ih + n, l.bias_hh, sum, std::plus<float>());
    bias = sum;
  }
  for_even_rows(l, l.x, [&](int64_t step, int64_t count) {
    gemm(Gemm<float>{.m = count,
                     .n = n,
                     .k = l.inputs,
                     .a = {l.x.data + step * l.x.step, l.x.item, 1},
                     .b = {l.weight_ih, 1, l.inputs},
                     .c = gates + step * l.batch * pitch,
                     .c_pitch = pitch,
                     .bias = bias});
  });
  const float* recurrent = in_panels(l.hidden, n, {l.weight_hh, 1, l.hidden}, scratch);
  const Order order(l);
  const float *h_before = l.h0, *c_before = l.c0;
  for (int64_t s = 0; s < l.steps; ++s) {
    const int64_t first = order.at(s) * l.batch;
    if (h_before)
      gemm(Gemm<float>{.m = l.batch,
                       .n = n,
                       .k = l.hidden,
                       .a = {h_before, l.hidden, 1},
                       .b = {},
                       .c = gates + first * pitch,
                       .c_pitch = pitch,
                       .accumulate = true,
                       .b_panels = recurrent});
    parallel_for(l.batch, cell_grain(l.hidden), [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b)
        lstm_cell(l.hidden, gates + (first + b) * pitch,
                  c_before ? c_before + b * l.hidden : nullptr, cells + (first + b) * l.hidden,
                  h + (first + b) * l.hidden);
    });
    h_before = h + first * l.hidden;
    c_before = cells + first * l.hidden;
  }
}

void lstm_backward(const Lstm& l, const float* h, const float* gates, const float* cells,
                   const float* dh, const float* dh_last, const float* dc_last, float* d_gates,
                   const LstmGradients& gradients) {
  const int64_t rows = l.steps * l.batch, n = 4 * l.hidden, pitch = lstm_gate_pitch(l.hidden);
  const int64_t state = l.batch * l.hidden;
  Scratch scratch;
  float* dh_now = scratch.get<float>(state);  // of h_t, from the step after
  float* dc = scratch.get<float>(state);
  const auto start = [&](float* to, const float* from) {
    if (from)
      std::copy(from, from + state, to);
    else
      std::fill(to, to + state, 0.0f);
  };
  start(dh_now, dh_last);
  start(dc, dc_last);
  const float* recurrent = in_panels(n, l.hidden, {l.weight_hh, l.hidden, 1}, scratch);
  const Order order(l);
  for (int64_t s = l.steps; s-- > 0;) {
    const int64_t first = order.at(s) * l.batch;
    const float* c_before = s > 0 ? cells + order.at(s - 1) * state : l.c0;
    parallel_for(l.batch, cell_grain(l.hidden), [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        float* total = dh_now + b * l.hidden;
        const float* own = dh + (first + b) * l.hidden;
        for (int64_t j = 0; j < l.hidden; ++j) total[j] += own[j];
        lstm_cell_backward(l.hidden, gates + (first + b) * pitch,
                           c_before ? c_before + b * l.hidden : nullptr,
                           cells + (first + b) * l.hidden, total, dc + b * l.hidden,
                           d_gates + (first + b) * pitch);
      }
    });
    gemm(Gemm<float>{.m = l.batch,
                     .n = l.hidden,
                     .k = n,
                     .a = {d_gates + first * pitch, pitch, 1},
                     .b = {},
                     .c = dh_now,
                     .c_pitch = l.hidden,
                     .b_panels = recurrent});
  }
  if (gradients.h0) std::copy(dh_now, dh_now + state, gradients.h0);
  if (gradients.c0) std::copy(dc, dc + state, gradients.c0);

  if (gradients.weight_ih) {
    std::fill(gradients.weight_ih, gradients.weight_ih + n * l.inputs, 0.0f);
    for_even_rows(l, l.x, [&](int64_t step, int64_t count) {
      gemm(Gemm<float>{.m = n,
                       .n = l.inputs,
                       .k = count,
                       .a = {d_gates + step * l.batch * pitch, 1, pitch},
                       .b = {l.x.data + step * l.x.step, l.x.item, 1},
                       .c = gradients.weight_ih,
                       .c_pitch = l.inputs,
                       .accumulate = true});
    });
  }
  if (gradients.weight_hh) {
    // The states before the steps are h itself, one step earlier in the order, and h0.
    const int64_t later = (l.steps - 1) * l.batch;
    const int64_t shift = l.batch;
    gemm(Gemm<float>{.m = n,
                     .n = l.hidden,
                     .k = std::max<int64_t>(later, 0),
                     .a = {d_gates + (l.reverse ? 0 : shift * pitch), 1, pitch},
                     .b = {h + (l.reverse ? shift * l.hidden : 0), l.hidden, 1},
                     .c = gradients.weight_hh,
                     .c_pitch = l.hidden});
    if (l.h0 && l.steps > 0)
      gemm(Gemm<float>{.m = n,
                       .n = l.hidden,
                       .k = l.batch,
                       .a = {d_gates + order.at(0) * l.batch * pitch, 1, pitch},
                       .b = {l.h0, l.hidden, 1},
                       .c = gradients.weight_hh,
                       .c_pitch = l.hidden,
                       .accumulate = true});
  }
  if (gradients.bias) {
    std::fill(gradients.bias, gradients.bias + n, 0.0f);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < n; ++j) gradients.bias[j] += d_gates[r * pitch + j];
  }
  if (gradients.x.data)
    for_even_rows(l, gradients.x, [&](int64_t step, int64_t count) {
      gemm(Gemm<float>{.m = count,
                       .n = l.inputs,
                       .k = n,
                       .a = {d_gates + step * l.batch * pitch, pitch, 1},
                       .b = {l.weight_ih, l.inputs, 1},
                       .c = gradients.x.data + step * gradients.x.step,
                       .c_pitch = gradients.x.item});
    });
}

}  // namespace tandem::cpu
