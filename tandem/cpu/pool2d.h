// 2-d pooling over [N, C, H, W]: maximum, average, and their adaptive forms, forward and backward.
// Any strides are correct; channels-last is fast (vectors over channels). T is float or double.
#pragma once
#include <array>
#include <cstdint>

#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// The positions that one output sees along one dim: `count` of them, from `begin`, `step` apart,
/// all inside the input. `full` also counts the padding (never past the right-hand padding).
struct PoolSpan {
  int64_t begin, count, step, full;
};

/// How a window moves along one dim of the input.
struct PoolDim {
  int64_t kernel = 1, stride = 1, padding = 0, dilation = 1;

  /// Output o of `out` sees floor(o·in/out) … ceil((o+1)·in/out) - 1; the numbers above are unused.
  bool adaptive = false;

  /// What output `o` of `out` sees of an input of `in` elements.
  PoolSpan span(int64_t o, int64_t in, int64_t out) const;
};

/// Both dims of a window: [0] moves along the height, [1] along the width. The output's size is
/// that of the output image (so ceil_mode is a matter of the shape rule).
using PoolWindow = std::array<PoolDim, 2>;

/// y = the maximum of each window. NaN counts as the largest value, as in PyTorch, and among equal
/// values the first in row-major order wins. `indices` (data may be null; sizes as y) receives the
/// winner's place in its plane, y·W + x.
template <class T>
void max_pool2d(const PoolWindow& window, const Image<const T>& x, const Image<T>& y,
                const Image<int64_t>& indices);

/// dx = the gradient of max_pool2d; finds the winners again from x. dx: as x, overwritten.
template <class T>
void max_pool2d_backward(const PoolWindow& window, const Image<const T>& dy,
                         const Image<const T>& x, const Image<T>& dx);

/// dx = the gradient of max_pool2d from the winners' places. dx: as the input, overwritten.
/// Error: code index when a place lies outside the plane of dx.
template <class T>
void max_pool2d_backward(const Image<const T>& dy, const Image<const int64_t>& indices,
                         const Image<T>& dx);

/// What the sum over a window is divided by.
struct PoolDivisor {
  bool count_include_pad = true;  // the padding counts as elements of the window
  int64_t fixed = 0;              // divisor_override: nonzero replaces the count
  int64_t of(const PoolSpan& y, const PoolSpan& x) const {
    return fixed ? fixed : count_include_pad ? y.full * x.full : y.count * x.count;
  }
};

/// y = the mean of each window.
template <class T>
void avg_pool2d(const PoolWindow& window, const PoolDivisor& divisor, const Image<const T>& x,
                const Image<T>& y);

/// dx = the gradient of avg_pool2d. dx: as the input, overwritten.
template <class T>
void avg_pool2d_backward(const PoolWindow& window, const PoolDivisor& divisor,
                         const Image<const T>& dy, const Image<T>& dx);

}  // namespace tandem::cpu
