// Group normalization over [N, C, H, W]: the channels of an image in groups, each group with a mean
// and a variance of its own. Strides, determinism and T as in batch_norm.h.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// y = (x - mean) · rstd · weight + bias. groups divides C; weight, bias: [C], or null (1, 0). mean
/// and rstd = 1 / sqrt(variance + eps): [N, groups], written. Takes its workspace from `arena`, and
/// does no more when that measures; so does the gradient.
template <class T>
void group_norm(const Image<const T>& x, int64_t groups, T eps, const T* weight, const T* bias,
                const Image<T>& y, T* mean, T* rstd, Arena& arena);

/// The gradients. dx.data, dweight, dbias may be null; they are overwritten.
template <class T>
void group_norm_backward(const Image<const T>& dy, const Image<const T>& x, int64_t groups,
                         const T* mean, const T* rstd, const T* weight, const Image<T>& dx,
                         T* dweight, T* dbias, Arena& arena);

}  // namespace tandem::cpu
