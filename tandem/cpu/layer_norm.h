// Layer and RMS normalization of rows of adjacent elements. The same bits for any number of
// threads. T is float or double.
#pragma once
#include <cstdint>

#include "tandem/cpu/arena.h"

namespace tandem::cpu {

enum class RowNorm : uint8_t {
  layer,  // (x - mean) / sqrt(variance + eps), the variance biased
  rms,    // x / sqrt(mean of squares + eps)
};

/// y = normalized x · weight + bias, a row at a time. x, y: [rows, n], dense; weight, bias: [n], or
/// null; mean (of layer norm; may be null), rstd: [rows].
template <class T>
void row_norm(RowNorm kind, const T* x, int64_t rows, int64_t n, T eps, const T* weight,
              const T* bias, T* y, T* mean, T* rstd);

/// The gradients. mean: of the forward pass (RMS norm: null). dx, dweight, dbias may be null; they
/// are overwritten. Takes its workspace from `arena`, and does no more when that measures.
template <class T>
void row_norm_backward(RowNorm kind, const T* dy, const T* x, int64_t rows, int64_t n,
                       const T* mean, const T* rstd, const T* weight, T* dx, T* dweight, T* dbias,
                       Arena& arena);

}  // namespace tandem::cpu
