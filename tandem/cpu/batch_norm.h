// Batch normalization over [N, C, H, W] (other ranks as views of that: [N, C] is H = W = 1). Any
// strides are correct; fast are channels-last and contiguous images. The same bits for any number
// of threads: sums run over fixed blocks, in float within a block and in double between blocks.
// T is float or double.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// mean, variance: [C], over all but the channels; the variance is biased (divided by N·H·W).
/// Takes its workspace from `arena`, and does no more when that measures; so do the others.
template <class T>
void batch_norm_statistics(const Image<const T>& x, T* mean, T* variance, Arena& arena);

/// y = (x - mean) · rstd · weight + bias. mean, rstd: [C]; weight and bias: [C], or null (1, 0).
template <class T>
void batch_norm_apply(const Image<const T>& x, const T* mean, const T* rstd, const T* weight,
                      const T* bias, const Image<T>& y, Arena& arena);

/// The gradients. `training`: mean and rstd are the batch's own and depend on x; else constants.
/// dx.data, dweight, dbias may be null; they are overwritten.
template <class T>
void batch_norm_backward(const Image<const T>& dy, const Image<const T>& x, const T* mean,
                         const T* rstd, const T* weight, bool training, const Image<T>& dx,
                         T* dweight, T* dbias, Arena& arena);

}  // namespace tandem::cpu
