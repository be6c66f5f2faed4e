// What batch and group normalization are made of: sums over all pixels of every channel of a batch
// of images, and maps with numbers a channel. Parallel, with the same bits for any number of
// threads: sums run over fixed blocks, in T within a block and in double between blocks. T is float
// or double; any strides are correct, channels-last and contiguous ones fast.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/image.h"
#include "tandem/cpu/norm_lanes.h"

namespace tandem::cpu {

/// mean, variance: [C]; the variance is biased, and NaN with no pixel at all. Takes its workspace
/// from `arena`, and does no more when that measures.
template <class T>
void channel_moments(const Image<const T>& x, double* mean, double* variance, Arena& arena);

/// sum = Σ dy, product = Σ dy · (x - mean): [C]. Workspace as above.
template <class T>
void channel_products(const Image<const T>& dy, const Image<const T>& x, const T* mean, double* sum,
                      double* product, Arena& arena);

/// y = (x - mean) · scale + shift.
template <class T>
void channel_apply(const Image<const T>& x, const Affine<T>& by, const Image<T>& y);

/// dx = dy · scale + (x - mean) · slope + offset.
template <class T>
void channel_gradient(const Image<const T>& dy, const Image<const T>& x,
                      const AffineGradient<T>& by, const Image<T>& dx);

}  // namespace tandem::cpu
