#include "tandem/cpu/batch_norm.h"

#include "tandem/cpu/norm_channels.h"

namespace tandem::cpu {

template <class T>
void batch_norm_statistics(const Image<const T>& x, T* mean, T* variance, Arena& arena) {
  double* exact_mean = arena.take<double>(x.c());
  double* exact_variance = arena.take<double>(x.c());
  channel_moments(x, exact_mean, exact_variance, arena);
  if (arena.measuring()) return;
  for (int64_t c = 0; c < x.c(); ++c)
    mean[c] = T(exact_mean[c]), variance[c] = T(exact_variance[c]);
}

template <class T>
void batch_norm_apply(const Image<const T>& x, const T* mean, const T* rstd, const T* weight,
                      const T* bias, const Image<T>& y, Arena& arena) {
  T* scale = arena.take<T>(x.c());
  T* shift = arena.take<T>(x.c());
  if (arena.measuring()) return;
  for (int64_t c = 0; c < x.c(); ++c) {
    scale[c] = weight ? rstd[c] * weight[c] : rstd[c];
    shift[c] = bias ? bias[c] : T(-0.0);  // what changes nothing: -0 + 0 is 0
  }
  channel_apply(x, {mean, scale, shift}, y);
}

template <class T>
void batch_norm_backward(const Image<const T>& dy, const Image<const T>& x, const T* mean,
                         const T* rstd, const T* weight, bool training, const Image<T>& dx,
                         T* dweight, T* dbias, Arena& arena) {
  const int64_t channels = x.c();
  double* sum = arena.take<double>(channels);
  double* product = arena.take<double>(channels);
  T* scale = arena.take<T>(channels);
  T* slope = arena.take<T>(channels);
  T* offset = arena.take<T>(channels);
  channel_products(dy, x, mean, sum, product, arena);
  if (arena.measuring()) return;

  const double count = double(x.n() * x.h() * x.w());
  for (int64_t c = 0; c < channels; ++c) {
    const double r = double(rstd[c]), a = r * (weight ? double(weight[c]) : 1.0);
    if (dbias) dbias[c] = T(sum[c]);
    if (dweight) dweight[c] = T(product[c] * r);
    scale[c] = T(a);
    slope[c] = training ? T(-a * r * r * product[c] / count) : T(0);
    offset[c] = training ? T(-a * sum[c] / count) : T(0);
  }
  if (dx.data) channel_gradient(dy, x, {mean, scale, slope, offset}, dx);
}

#define TANDEM_BATCH_NORM(T)                                                                    \
  template void batch_norm_statistics(const Image<const T>&, T*, T*, Arena&);                   \
  template void batch_norm_apply(const Image<const T>&, const T*, const T*, const T*, const T*, \
                                 const Image<T>&, Arena&);                                      \
  template void batch_norm_backward(const Image<const T>&, const Image<const T>&, const T*,     \
                                    const T*, const T*, bool, const Image<T>&, T*, T*, Arena&);
TANDEM_BATCH_NORM(float)
TANDEM_BATCH_NORM(double)
#undef TANDEM_BATCH_NORM

}  // namespace tandem::cpu
