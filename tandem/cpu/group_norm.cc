#include "tandem/cpu/group_norm.h"

#include <algorithm>
#include <cmath>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/norm_channels.h"

namespace tandem::cpu {
namespace {

template <class T>
Image<T> nth(const Image<T>& images, int64_t n) {
  Image<T> one = images;
  if (one.data) one.data += n * one.stride[0];
  one.size[0] = 1;
  return one;
}

/// Calls body(n, arena) for each image, with a piece of workspace of its own: the images in
/// parallel when there are enough, else one after the other, each in parallel. Either way an image
/// is computed by the same calls.
template <class Body>
void for_images(int64_t images, Arena& arena, const Body& body) {
  constexpr int64_t enough = 4;
  Arena measure;
  body(0, measure);
  std::byte* pieces = arena.take<std::byte>(measure.bytes() * images);
  if (arena.measuring()) return;
  const auto run = [&](int64_t n) {
    Arena own(pieces + n * measure.bytes());
    body(n, own);
  };
  if (images >= enough)
    parallel_tasks(images, run);
  else
    for (int64_t n = 0; n < images; ++n) run(n);
}

}  // namespace

template <class T>
void group_norm(const Image<const T>& x, int64_t groups, T eps, const T* weight, const T* bias,
                const Image<T>& y, T* mean, T* rstd, Arena& arena) {
  const int64_t channels = x.c(), of_group = channels / groups;
  for_images(x.n(), arena, [&](int64_t n, Arena& own) {
    double* channel_mean = own.take<double>(channels);
    double* channel_variance = own.take<double>(channels);
    T* means = own.take<T>(channels);
    T* scale = own.take<T>(channels);
    T* shift = own.take<T>(channels);
    channel_moments(nth(x, n), channel_mean, channel_variance, own);
    if (own.measuring()) return;
    for (int64_t g = 0; g < groups; ++g) {
      // Channels have equally many pixels: moments of the group from theirs.
      const double* m = channel_mean + g * of_group;
      const double* v = channel_variance + g * of_group;
      double average = 0, variance = 0;
      for (int64_t c = 0; c < of_group; ++c) average += m[c];
      average /= double(of_group);
      for (int64_t c = 0; c < of_group; ++c) variance += v[c] + (m[c] - average) * (m[c] - average);
      variance /= double(of_group);
      mean[n * groups + g] = T(average);
      rstd[n * groups + g] = T(1 / std::sqrt(variance + double(eps)));
      for (int64_t c = g * of_group; c < (g + 1) * of_group; ++c) {
        means[c] = mean[n * groups + g];
        scale[c] = rstd[n * groups + g] * (weight ? weight[c] : T(1));
        shift[c] = bias ? bias[c] : T(0);
      }
    }
    channel_apply(nth(x, n), {means, scale, shift}, nth(y, n));
  });
}

template <class T>
void group_norm_backward(const Image<const T>& dy, const Image<const T>& x, int64_t groups,
                         const T* mean, const T* rstd, const T* weight, const Image<T>& dx,
                         T* dweight, T* dbias, Arena& arena) {
  const int64_t channels = x.c(), of_group = channels / groups;
  double* sums = arena.take<double>(x.n() * channels);  // [N, C], kept for the weights' gradients
  double* products = arena.take<double>(x.n() * channels);
  for_images(x.n(), arena, [&](int64_t n, Arena& own) {
    T* means = own.take<T>(channels);
    T* scale = own.take<T>(channels);
    T* slope = own.take<T>(channels);
    T* offset = own.take<T>(channels);
    double *sum = sums + n * channels, *product = products + n * channels;
    if (!own.measuring())
      for (int64_t c = 0; c < channels; ++c) means[c] = mean[n * groups + c / of_group];
    channel_products(nth(dy, n), nth(x, n), means, sum, product, own);
    if (own.measuring()) return;
    const double count = double(x.h() * x.w() * of_group);
    for (int64_t g = 0; g < groups; ++g) {
      const double r = double(rstd[n * groups + g]);
      double a = 0, b = 0;
      for (int64_t c = g * of_group; c < (g + 1) * of_group; ++c) {
        const double w = weight ? double(weight[c]) : 1.0;
        a += w * sum[c], b += w * product[c];
      }
      for (int64_t c = g * of_group; c < (g + 1) * of_group; ++c) {
        scale[c] = T(r * (weight ? double(weight[c]) : 1.0));
        slope[c] = T(-r * r * r * b / count);
        offset[c] = T(-r * a / count);
      }
    }
    if (dx.data) channel_gradient(nth(dy, n), nth(x, n), {means, scale, slope, offset}, nth(dx, n));
  });
  if (arena.measuring()) return;
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (int64_t n = 0; n < x.n(); ++n) {
      sum += sums[n * channels + c];
      product += products[n * channels + c] * double(rstd[n * groups + c / of_group]);
    }
    if (dbias) dbias[c] = T(sum);
    if (dweight) dweight[c] = T(product);
  }
}

#define TANDEM_GROUP_NORM(T)                                                                       \
  template void group_norm(const Image<const T>&, int64_t, T, const T*, const T*, const Image<T>&, \
                           T*, T*, Arena&);                                                        \
  template void group_norm_backward(const Image<const T>&, const Image<const T>&, int64_t,         \
                                    const T*, const T*, const T*, const Image<T>&, T*, T*,         \
                                    Arena&);
TANDEM_GROUP_NORM(float)
TANDEM_GROUP_NORM(double)
#undef TANDEM_GROUP_NORM

}  // namespace tandem::cpu
