// The lanes of the normalizations. T is float or double.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// x̂ = (x - mean) · scale + shift, and its gradient dx = dy · scale + (x - mean) · slope + offset,
/// one number a channel (or one for a row).
template <class T>
struct Affine {
  const T *mean, *scale, *shift;
};
template <class T>
struct AffineGradient {
  const T *mean, *scale, *slope, *offset;
};

/// Pixels at a pitch, each with its channels side by side; lanes run over channels.
template <class T>
struct Pixels {
  T* data;
  int64_t pitch;
};

template <class T>
struct NormLanes {
  /// Of a block of pixels: the sum of each channel, and the sum of squares about its mean.
  void (*moments)(Pixels<const T> x, int64_t pixels, int64_t channels, T* sum, T* squares);
  /// Of a block: Σ dy and Σ dy · (x - mean).
  void (*products)(Pixels<const T> dy, Pixels<const T> x, const T* mean, int64_t pixels,
                   int64_t channels, T* sum, T* product);
  void (*apply)(Pixels<const T> x, const Affine<T>& by, Pixels<T> y, int64_t pixels,
                int64_t channels);
  void (*gradient)(Pixels<const T> dy, Pixels<const T> x, const AffineGradient<T>& by, Pixels<T> dx,
                   int64_t pixels, int64_t channels);

  /// The same of `n` adjacent elements of one channel: each sum has one order, over 16 virtual
  /// lanes.
  void (*row_moments)(const T* x, int64_t n, T* sum, T* squares);
  void (*row_products)(const T* dy, const T* x, T mean, int64_t n, T* sum, T* product);
  void (*row_apply)(const T* x, const Affine<T>& by, T* y, int64_t n);
  void (*row_gradient)(const T* dy, const T* x, const AffineGradient<T>& by, T* dx, int64_t n);

  /// A row whose every element has a weight and a bias (null: 1, 0). `centred`: layer norm, with
  /// its mean taken away; else RMS norm. Writes y and the row's mean (if centred) and 1/deviation.
  void (*normalize)(bool centred, const T* x, int64_t n, T eps, const T* weight, const T* bias,
                    T* y, T* mean, T* rstd);
  /// Its gradient; adds dy · x̂ to dweight and dy to dbias where these are not null; dx may be null.
  void (*normalize_gradient)(bool centred, const T* dy, const T* x, int64_t n, T mean, T rstd,
                             const T* weight, T* dx, T* dweight, T* dbias);
};

/// The lanes of this CPU.
template <class T>
const NormLanes<T>& norm_lanes();

}  // namespace tandem::cpu
