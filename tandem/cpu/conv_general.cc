#include "tandem/cpu/conv_general.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {
namespace {

/// The outputs that tap k of one dim reaches, i.e. those with
/// 0 <= i·stride + k·dilation - padding < in.
struct Reach {
  int64_t begin, end, at;  // output `begin` reads position `at`
  Reach(int64_t k, int64_t in, int64_t out, int64_t stride, int64_t padding, int64_t dilation) {
    const int64_t shift = k * dilation - padding;
    begin = shift < 0 ? (-shift + stride - 1) / stride : 0;
    end = in > shift ? std::min(out, (in - 1 - shift) / stride + 1) : 0;
    at = begin * stride + shift;
  }
};

/// Rows in parallel, with about 2^14 multiplications a task.
template <class Body>
void for_image_rows(int64_t rows, int64_t work, const Body& body) {
  parallel_for(rows, std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, work)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) body(r);
               });
}

}  // namespace

template <class T>
void general_conv(const Conv2dOptions& o, const Image<const T>& x, const Image<const T>& w,
                  const T* bias, const Image<T>& y) {
  const int64_t in = w.c(), out = o.groups ? y.c() / o.groups : 0;
  for_image_rows(y.n() * y.c() * y.h(), y.w() * in * w.h() * w.w(), [&](int64_t r) {
    const int64_t oy = r % y.h(), c = r / y.h() % y.c(), n = r / y.h() / y.c();
    T* to = y.at(n, c, oy, 0);
    const int64_t step = y.stride[3];
    for (int64_t i = 0; i < y.w(); ++i) to[i * step] = T(0);
    for (int64_t ky = 0; ky < w.h(); ++ky) {
      const int64_t iy = oy * o.stride[0] + ky * o.dilation[0] - o.padding[0];
      if (iy < 0 || iy >= x.h()) continue;
      for (int64_t kx = 0; kx < w.w(); ++kx) {
        const Reach reach(kx, x.w(), y.w(), o.stride[1], o.padding[1], o.dilation[1]);
        for (int64_t k = 0; k < in; ++k) {
          const T weight = *w.at(c, k, ky, kx);
          const T* from = x.at(n, c / out * in + k, iy, reach.at);
          const int64_t x_step = x.stride[3] * o.stride[1];
          for (int64_t i = reach.begin; i < reach.end; ++i, from += x_step)
            to[i * step] += weight * *from;
        }
      }
    }
    if (bias)
      for (int64_t i = 0; i < y.w(); ++i) to[i * step] += bias[c];
  });
}

template <class T>
void general_conv_input_gradient(const Conv2dOptions& o, const Image<const T>& dy,
                                 const Image<const T>& w, const T* bias, const Image<T>& dx) {
  const int64_t in = w.c(), out = o.groups ? dy.c() / o.groups : 0;
  for_image_rows(dx.n() * dx.c() * dx.h(), dx.w() * out * w.h() * w.w(), [&](int64_t r) {
    const int64_t iy = r % dx.h(), c = r / dx.h() % dx.c(), n = r / dx.h() / dx.c();
    T* to = dx.at(n, c, iy, 0);
    const int64_t step = dx.stride[3];
    for (int64_t i = 0; i < dx.w(); ++i) to[i * step] = T(0);
    for (int64_t ky = 0; ky < w.h(); ++ky) {
      const int64_t scaled = iy + o.padding[0] - ky * o.dilation[0];
      if (scaled < 0 || scaled % o.stride[0] || scaled / o.stride[0] >= dy.h()) continue;
      for (int64_t kx = 0; kx < w.w(); ++kx) {
        const Reach reach(kx, dx.w(), dy.w(), o.stride[1], o.padding[1], o.dilation[1]);
        for (int64_t k = 0; k < out; ++k) {
          const int64_t channel = c / in * out + k;
          const T weight = *w.at(channel, c % in, ky, kx);
          const T* from = dy.at(n, channel, scaled / o.stride[0], reach.begin);
          T* at = to + reach.at * step;
          for (int64_t i = reach.begin; i < reach.end; ++i) {
            *at += weight * *from;
            from += dy.stride[3], at += step * o.stride[1];
          }
        }
      }
    }
    if (bias)
      for (int64_t i = 0; i < dx.w(); ++i) to[i * step] += bias[c];
  });
}

template <class T>
void general_conv_weight_gradient(const Conv2dOptions& o, const Image<const T>& dy,
                                  const Image<const T>& x, const Image<T>& dw) {
  const int64_t in = dw.c(), out = o.groups ? dy.c() / o.groups : 0;
  for_image_rows(dw.n() * dw.c(), dy.n() * dy.h() * dy.w() * dw.h() * dw.w(), [&](int64_t r) {
    const int64_t c = r % in, channel = r / in, from_channel = channel / out * in + c;
    for (int64_t ky = 0; ky < dw.h(); ++ky)
      for (int64_t kx = 0; kx < dw.w(); ++kx) {
        const Reach rows(ky, x.h(), dy.h(), o.stride[0], o.padding[0], o.dilation[0]);
        const Reach reach(kx, x.w(), dy.w(), o.stride[1], o.padding[1], o.dilation[1]);
        T sum = 0;
        for (int64_t n = 0; n < dy.n(); ++n)
          for (int64_t oy = rows.begin; oy < rows.end; ++oy) {
            const int64_t iy = rows.at + (oy - rows.begin) * o.stride[0];
            const T* a = x.at(n, from_channel, iy, reach.at);
            const T* b = dy.at(n, channel, oy, reach.begin);
            for (int64_t i = reach.begin; i < reach.end; ++i) {
              sum += *a * *b;
              a += x.stride[3] * o.stride[1], b += dy.stride[3];
            }
          }
        *dw.at(channel, c, ky, kx) = sum;
      }
  });
}

#define TANDEM_GENERAL_CONV(T)                                                                   \
  template void general_conv(const Conv2dOptions&, const Image<const T>&, const Image<const T>&, \
                             const T*, const Image<T>&);                                         \
  template void general_conv_input_gradient(const Conv2dOptions&, const Image<const T>&,         \
                                            const Image<const T>&, const T*, const Image<T>&);   \
  template void general_conv_weight_gradient(const Conv2dOptions&, const Image<const T>&,        \
                                             const Image<const T>&, const Image<T>&);
TANDEM_GENERAL_CONV(float)
TANDEM_GENERAL_CONV(double)
#undef TANDEM_GENERAL_CONV

}  // namespace tandem::cpu
