// What softmax and its kin do to one dense row, in f32 and f64.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// Sums run over 16 virtual lanes (element i in lane i % 16, the lanes then in a tree), so the bits
/// do not depend on the machine's vectors. Rows may be written in place. A is float or double.
template <class A>
struct SoftmaxRows {
  void (*softmax)(const A* x, A* y, int64_t n);
  void (*log_softmax)(const A* x, A* y, int64_t n);
  /// dx = (dy - sum(dy * y)) * y
  void (*softmax_backward)(const A* dy, const A* y, A* dx, int64_t n);
  /// dx = dy - exp(y) * sum(dy)
  void (*log_softmax_backward)(const A* dy, const A* y, A* dx, int64_t n);
  A (*log_sum_exp)(const A* x, int64_t n);
  /// y = exp(x - shift) * scale
  void (*scaled_exp)(const A* x, A shift, A scale, A* y, int64_t n);
};

/// The rows for this machine.
template <class A>
SoftmaxRows<A> softmax_rows();

}  // namespace tandem::cpu
