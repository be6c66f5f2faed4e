// Pooling: lanes run over channels; channels that do not fill a vector, and images whose channels
// are not innermost, take the plain loops below the Highway part. Both walk a window in the same
// order, so every element has one summation order.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/pool2d.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <limits>

#include "tandem/cpu/pool2d.h"

#ifndef TANDEM_CPU_POOL2D_TABLE
#define TANDEM_CPU_POOL2D_TABLE
namespace tandem::cpu {
namespace {

/// A window of the input for one output pixel.
struct Patch {
  PoolSpan y, x;

  /// Where in its plane the k-th element of the window lies.
  int64_t place(int64_t k, int64_t width) const {
    const int64_t columns = x.count > 0 ? x.count : 1;
    return (y.begin + k / columns * y.step) * width + x.begin + k % columns * x.step;
  }
};

/// The lanes' part of each kernel: handles the first channels of one output pixel and returns how
/// many. Pointers are to channel 0 of the pixel or, for the input, of the window's first pixel.
template <class T>
struct PoolLanes {
  int64_t (*max)(const Patch&, int64_t channels, const T* x, int64_t row, int64_t pixel, T* y,
                 int64_t* indices, int64_t width);
  int64_t (*max_backward)(const Patch&, int64_t channels, const T* dy, const T* x, int64_t row,
                          int64_t pixel, T* dx, int64_t dx_row, int64_t dx_pixel, bool add);
  int64_t (*average)(const Patch&, int64_t channels, const T* x, int64_t row, int64_t pixel, T* y,
                     T divisor);
  int64_t (*average_backward)(const Patch&, int64_t channels, const T* dy, T* dx, int64_t row,
                              int64_t pixel, T divisor, bool add);
};

}  // namespace
}  // namespace tandem::cpu
#endif  // TANDEM_CPU_POOL2D_TABLE

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu {
namespace {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The largest value of each lane's window and which position of the window holds it. PyTorch's
/// rule: a later value wins when it is greater or NaN.
template <class D, class V = hn::Vec<D>, class DI = hn::RebindToSigned<D>>
HWY_INLINE void Winner(D d, const Patch& p, const hn::TFromD<D>* HWY_RESTRICT x, int64_t row,
                       int64_t pixel, V& best, hn::Vec<DI>& which) {
  const DI di;
  best = hn::Set(d, -std::numeric_limits<hn::TFromD<D>>::infinity());
  which = hn::Zero(di);
  hn::TFromD<DI> k = 0;
  for (int64_t i = 0; i < p.y.count; ++i)
    for (int64_t j = 0; j < p.x.count; ++j, ++k) {
      const V v = hn::LoadU(d, x + i * row + j * pixel);
      const auto wins = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
      best = hn::IfThenElse(wins, v, best);
      which = hn::IfThenElse(hn::RebindMask(di, wins), hn::Set(di, k), which);
    }
}

/// The values alone.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Largest(D d, const Patch& p, const hn::TFromD<D>* HWY_RESTRICT x, int64_t row,
                     int64_t pixel) {
  V best = hn::Set(d, -std::numeric_limits<hn::TFromD<D>>::infinity());
  for (int64_t i = 0; i < p.y.count; ++i)
    for (int64_t j = 0; j < p.x.count; ++j) {
      const V v = hn::LoadU(d, x + i * row + j * pixel);
      best = hn::IfThenElse(hn::Or(hn::Gt(v, best), hn::IsNaN(v)), v, best);
    }
  return best;
}

template <class T>
int64_t MaxLanes(const Patch& p, int64_t channels, const T* HWY_RESTRICT x, int64_t row,
                 int64_t pixel, T* HWY_RESTRICT y, int64_t* HWY_RESTRICT indices, int64_t width) {
  const hn::CappedTag<T, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const int64_t lanes = hn::Lanes(d);
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    if (!indices) {
      hn::StoreU(Largest(d, p, x + c, row, pixel), d, y + c);
      continue;
    }
    hn::Vec<decltype(d)> best;
    hn::Vec<decltype(di)> which;
    Winner(d, p, x + c, row, pixel, best, which);
    hn::StoreU(best, d, y + c);
    HWY_ALIGN hn::TFromD<decltype(di)> places[16];
    hn::Store(which, di, places);
    for (int64_t l = 0; l < lanes; ++l) {
      indices[c + l] = p.place(places[l], width);
    }
  }
  return c;
}

template <class T>
int64_t MaxBackwardLanes(const Patch& p, int64_t channels, const T* HWY_RESTRICT dy, const T* x,
                         int64_t row, int64_t pixel, T* dx, int64_t dx_row, int64_t dx_pixel,
                         bool add) {
  const hn::CappedTag<T, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const int64_t lanes = hn::Lanes(d);
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    hn::Vec<decltype(d)> best;
    hn::Vec<decltype(di)> which;
    Winner(d, p, x + c, row, pixel, best, which);
    const auto g = hn::LoadU(d, dy + c);
    hn::TFromD<decltype(di)> k = 0;
    for (int64_t i = 0; i < p.y.count; ++i)
      for (int64_t j = 0; j < p.x.count; ++j, ++k) {
        T* to = dx + c + i * dx_row + j * dx_pixel;
        const auto mine = hn::RebindMask(d, hn::Eq(which, hn::Set(di, k)));
        auto v = hn::IfThenElseZero(mine, g);
        if (add) v = hn::Add(hn::LoadU(d, to), v);
        hn::StoreU(v, d, to);
      }
  }
  return c;
}

template <class T>
int64_t AverageLanes(const Patch& p, int64_t channels, const T* HWY_RESTRICT x, int64_t row,
                     int64_t pixel, T* HWY_RESTRICT y, T divisor) {
  const hn::CappedTag<T, 16> d;
  const int64_t lanes = hn::Lanes(d);
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    auto sum = hn::Zero(d);
    for (int64_t i = 0; i < p.y.count; ++i)
      for (int64_t j = 0; j < p.x.count; ++j)
        sum = hn::Add(sum, hn::LoadU(d, x + c + i * row + j * pixel));
    hn::StoreU(hn::Div(sum, hn::Set(d, divisor)), d, y + c);
  }
  return c;
}

template <class T>
int64_t AverageBackwardLanes(const Patch& p, int64_t channels, const T* HWY_RESTRICT dy,
                             T* HWY_RESTRICT dx, int64_t row, int64_t pixel, T divisor, bool add) {
  const hn::CappedTag<T, 16> d;
  const int64_t lanes = hn::Lanes(d);
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    const auto g = hn::Div(hn::LoadU(d, dy + c), hn::Set(d, divisor));
    for (int64_t i = 0; i < p.y.count; ++i)
      for (int64_t j = 0; j < p.x.count; ++j) {
        T* HWY_RESTRICT to = dx + c + i * row + j * pixel;
        hn::StoreU(add ? hn::Add(hn::LoadU(d, to), g) : g, d, to);
      }
  }
  return c;
}

template <class T>
constexpr PoolLanes<T> kLanes = {MaxLanes<T>, MaxBackwardLanes<T>, AverageLanes<T>,
                                 AverageBackwardLanes<T>};
const PoolLanes<float>* LanesF32() { return &kLanes<float>; }
const PoolLanes<double>* LanesF64() {
#if HWY_HAVE_FLOAT64
  return &kLanes<double>;
#else
  return nullptr;
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace tandem::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {

PoolSpan PoolDim::span(int64_t o, int64_t in, int64_t out) const {
  if (adaptive) {
    const int64_t begin = o * in / out, end = ((o + 1) * in + out - 1) / out;
    return {begin, end - begin, 1, end - begin};
  }
  const int64_t first = o * stride - padding;  // may lie in the padding
  // Without dilation there is nothing to divide, which would cost more than a small window.
  const int64_t skipped = first >= 0      ? 0
                          : dilation == 1 ? -first
                                          : (-first + dilation - 1) / dilation;
  const int64_t begin = first + skipped * dilation;
  const int64_t inside = begin >= in     ? 0
                         : dilation == 1 ? in - begin
                                         : (in - 1 - begin) / dilation + 1;
  return {begin, std::clamp<int64_t>(kernel - skipped, 0, inside), dilation,
          std::min(first + kernel, in + padding) - first};
}

namespace {

HWY_EXPORT(LanesF32);
HWY_EXPORT(LanesF64);

/// The lanes of this CPU, or null where the channels do not lie side by side (or the target has no
/// such lanes): then the plain loops do it all.
template <class T, class... Images>
const PoolLanes<T>* lanes_for(const Images&... images) {
  if (!(images.channels_innermost() && ...)) return nullptr;
  if constexpr (std::is_same_v<T, float>)
    return HWY_DYNAMIC_DISPATCH(LanesF32)();
  else
    return HWY_DYNAMIC_DISPATCH(LanesF64)();
}

/// Calls body(n, oy, ox, patch) for every output pixel, rows of outputs in parallel.
template <class Body>
void for_outputs(const PoolWindow& window, const std::array<int64_t, 4>& in,
                 const std::array<int64_t, 4>& out, const Body& body) {
  const int64_t rows = out[0] * out[2];
  if (rows == 0 || out[3] == 0) return;
  const int64_t work = std::max<int64_t>(1, in[1] * in[2] * in[3] / out[2]);
  parallel_for(rows, std::max<int64_t>(1, (1 << 16) / work), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t n = r / out[2], oy = r % out[2];
      const PoolSpan sy = window[0].span(oy, in[2], out[2]);
      for (int64_t ox = 0; ox < out[3]; ++ox)
        body(n, oy, ox, Patch{sy, window[1].span(ox, in[3], out[3])});
    }
  });
}

/// Sets `channels` channels from `c` of one image to zero.
template <class T>
void clear(const Image<T>& x, int64_t n, int64_t c, int64_t channels) {
  for (int64_t y = 0; y < x.h(); ++y)
    for (int64_t i = 0; i < x.w(); ++i) {
      T* to = x.at(n, c, y, i);
      if (x.channels_innermost())
        std::fill_n(to, channels, T(0));
      else
        for (int64_t k = 0; k < channels; ++k) to[k * x.stride[1]] = T(0);
    }
}

constexpr int64_t channel_block = 64;

/// The gradients of one output pixel for `channels` channels from `first`, side by side: in place,
/// or copied to `copy`. What flatten() gives back is contiguous, where all else is channels-last.
template <class T>
const T* gradients_of(const Image<const T>& dy, int64_t n, int64_t first, int64_t oy, int64_t ox,
                      int64_t channels, T* copy) {
  const T* g = dy.at(n, first, oy, ox);
  if (dy.stride[1] == 1) return g;
  for (int64_t c = 0; c < channels; ++c) copy[c] = g[c * dy.stride[1]];
  return copy;
}

/// Calls body(n, oy, ox, patch, channel, channels, what begin(n, channel, channels, scratch) gave)
/// for every output pixel, in order within an image and a block of channels, which go to one
/// thread: windows may overlap, and then dx starts from zero and is added to.
template <class T, class Begin, class Body>
void for_inputs(const PoolWindow& window, const std::array<int64_t, 4>& out, const Image<T>& dx,
                bool add, const Begin& begin, const Body& body) {
  const int64_t blocks = (dx.c() + channel_block - 1) / channel_block;
  parallel_tasks(dx.n() * blocks, [&](int64_t task) {
    const int64_t n = task / blocks, c = task % blocks * channel_block;
    const int64_t channels = std::min(channel_block, dx.c() - c);
    Scratch scratch;
    const auto begun = begin(n, c, channels, scratch);
    if (add) clear(dx, n, c, channels);
    for (int64_t oy = 0; oy < out[2]; ++oy) {
      const PoolSpan sy = window[0].span(oy, dx.h(), out[2]);
      for (int64_t ox = 0; ox < out[3]; ++ox)
        body(n, oy, ox, Patch{sy, window[1].span(ox, dx.w(), out[3])}, c, channels, begun);
    }
  });
}

/// The image n of x from channel c on. A copy, where windows overlap and dx, which they are added
/// to, has x's memory.
template <class T>
Image<const T> image_to_read(const Image<const T>& x, const Image<T>& dx, bool add, int64_t n,
                             int64_t c, int64_t channels, Scratch& scratch) {
  const Image<const T> image{x.at(n, c, 0, 0), {1, channels, x.h(), x.w()}, x.stride};
  if (!add || x.data != dx.data) return image;
  Image<T> copy{scratch.get<T>(image.numel()), image.size, channels_last_strides(image.size)};
  for (int64_t y = 0; y < x.h(); ++y)
    for (int64_t px = 0; px < x.w(); ++px)
      for (int64_t k = 0; k < channels; ++k) *copy.at(0, k, y, px) = *image.at(0, k, y, px);
  return copy;
}

/// Do the windows cover every position exactly once? Then a gradient is stored, not added.
bool tiles(const PoolWindow& window, int64_t h, int64_t w, int64_t out_h, int64_t out_w) {
  const auto exact = [](const PoolDim& d, int64_t in, int64_t out) {
    return d.adaptive
               ? out != 0 && in % out == 0
               : d.kernel == d.stride && d.padding == 0 && d.dilation == 1 && out * d.stride == in;
  };
  return exact(window[0], h, out_h) && exact(window[1], w, out_w);
}

/// The place of the winner in one channel's window; `at` is the window's first element.
template <class T>
int64_t winner(const Patch& p, const T* at, int64_t row, int64_t pixel, T& best) {
  best = -std::numeric_limits<T>::infinity();
  int64_t which = 0, k = 0;
  for (int64_t i = 0; i < p.y.count; ++i)
    for (int64_t j = 0; j < p.x.count; ++j, ++k) {
      const T v = at[i * row + j * pixel];
      if (v > best || v != v) best = v, which = k;
    }
  return which;
}

}  // namespace

template <class T>
void max_pool2d(const PoolWindow& window, const Image<const T>& x, const Image<T>& y,
                const Image<int64_t>& indices) {
  const bool places = indices.data != nullptr;
  const auto* lanes = places ? lanes_for<T>(x, y, indices) : lanes_for<T>(x, y);
  for_outputs(window, x.size, y.size, [&](int64_t n, int64_t oy, int64_t ox, const Patch& p) {
    const T* from = x.at(n, 0, p.y.begin, p.x.begin);
    const int64_t row = x.stride[2] * p.y.step, pixel = x.stride[3] * p.x.step;
    T* to = y.at(n, 0, oy, ox);
    int64_t* place = places ? indices.at(n, 0, oy, ox) : nullptr;
    int64_t c = lanes ? lanes->max(p, x.c(), from, row, pixel, to, place, x.w()) : 0;
    for (; c < x.c(); ++c) {
      const int64_t k = winner(p, from + c * x.stride[1], row, pixel, to[c * y.stride[1]]);
      if (places) place[c * indices.stride[1]] = p.place(k, x.w());
    }
  });
}

template <class T>
void max_pool2d_backward(const PoolWindow& window, const Image<const T>& dy,
                         const Image<const T>& x, const Image<T>& dx) {
  const auto* lanes = lanes_for<T>(x, dx);
  const bool add = !tiles(window, x.h(), x.w(), dy.h(), dy.w());
  for_inputs(
      window, dy.size, dx, add,
      [&](int64_t n, int64_t first, int64_t count, Scratch& scratch) {
        return image_to_read(x, dx, add, n, first, count, scratch);
      },
      [&](int64_t n, int64_t oy, int64_t ox, const Patch& p, int64_t first, int64_t count,
          const Image<const T>& image) {
        T copy[channel_block];
        const T* g = gradients_of(dy, n, first, oy, ox, count, copy);
        const T* from = image.at(0, 0, p.y.begin, p.x.begin);
        T* to = dx.at(n, first, p.y.begin, p.x.begin);
        const int64_t row = image.stride[2] * p.y.step, pixel = image.stride[3] * p.x.step;
        const int64_t dx_row = dx.stride[2] * p.y.step, dx_pixel = dx.stride[3] * p.x.step;
        int64_t c =
            lanes ? lanes->max_backward(p, count, g, from, row, pixel, to, dx_row, dx_pixel, add)
                  : 0;
        for (; c < count; ++c) {
          T best;
          const int64_t k = winner(p, from + c * image.stride[1], row, pixel, best);
          T* const window_of_c = to + c * dx.stride[1];
          for (int64_t i = 0, at = 0; i < p.y.count; ++i)
            for (int64_t j = 0; j < p.x.count; ++j, ++at) {
              T& d = window_of_c[i * dx_row + j * dx_pixel];
              d = (add ? d : T(0)) + (at == k ? g[c] : T(0));
            }
        }
      });
}

template <class T>
void max_pool2d_backward(const Image<const T>& dy, const Image<const int64_t>& indices,
                         const Image<T>& dx) {
  const int64_t plane = dx.h() * dx.w();
  const int64_t blocks = (dx.c() + channel_block - 1) / channel_block;
  parallel_tasks(dx.n() * blocks, [&](int64_t task) {
    const int64_t n = task / blocks, first = task % blocks * channel_block;
    const int64_t channels = std::min(channel_block, dx.c() - first);
    clear(dx, n, first, channels);
    for (int64_t oy = 0; oy < dy.h(); ++oy)
      for (int64_t ox = 0; ox < dy.w(); ++ox) {
        const T* g = dy.at(n, first, oy, ox);
        const int64_t* place = indices.at(n, first, oy, ox);
        T* const to = dx.at(n, first, 0, 0);
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t k = place[c * indices.stride[1]];
          if (k < 0 || k >= plane)
            fail(ErrorCode::index, "max_pool2d_backward", "index ", k, " at [", n, ", ", first + c,
                 ", ", oy, ", ", ox, "] is outside the input's plane of ", dx.h(), " x ", dx.w(),
                 " elements; pass the indices that max_pool2d returned for this input");
          to[c * dx.stride[1] + k / dx.w() * dx.stride[2] + k % dx.w() * dx.stride[3]] +=
              g[c * dy.stride[1]];
        }
      }
  });
}

template <class T>
void avg_pool2d(const PoolWindow& window, const PoolDivisor& divisor, const Image<const T>& x,
                const Image<T>& y) {
  const auto* lanes = lanes_for<T>(x, y);
  for_outputs(window, x.size, y.size, [&](int64_t n, int64_t oy, int64_t ox, const Patch& p) {
    const T* from = x.at(n, 0, p.y.begin, p.x.begin);
    const int64_t row = x.stride[2] * p.y.step, pixel = x.stride[3] * p.x.step;
    T* to = y.at(n, 0, oy, ox);
    const bool empty = p.y.count * p.x.count == 0;  // PyTorch: nothing to average gives 0
    const T by = empty ? T(1) : T(divisor.of(p.y, p.x));
    int64_t c = lanes ? lanes->average(p, x.c(), from, row, pixel, to, by) : 0;
    for (; c < x.c(); ++c) {
      T sum = 0;
      for (int64_t i = 0; i < p.y.count; ++i)
        for (int64_t j = 0; j < p.x.count; ++j) sum += from[c * x.stride[1] + i * row + j * pixel];
      to[c * y.stride[1]] = sum / by;
    }
  });
}

template <class T>
void avg_pool2d_backward(const PoolWindow& window, const PoolDivisor& divisor,
                         const Image<const T>& dy, const Image<T>& dx) {
  const auto* lanes = lanes_for<T>(dx);
  const bool add = !tiles(window, dx.h(), dx.w(), dy.h(), dy.w());
  for_inputs(
      window, dy.size, dx, add, [](int64_t, int64_t, int64_t, Scratch&) { return 0; },
      [&](int64_t n, int64_t oy, int64_t ox, const Patch& p, int64_t first, int64_t count, int) {
        T copy[channel_block];
        const T* g = gradients_of(dy, n, first, oy, ox, count, copy);
        T* to = dx.at(n, first, p.y.begin, p.x.begin);
        const int64_t row = dx.stride[2] * p.y.step, pixel = dx.stride[3] * p.x.step;
        const T by = T(divisor.of(p.y, p.x));
        int64_t c = lanes ? lanes->average_backward(p, count, g, to, row, pixel, by, add) : 0;
        for (; c < count; ++c) {
          const T share = g[c] / by;
          for (int64_t i = 0; i < p.y.count; ++i)
            for (int64_t j = 0; j < p.x.count; ++j) {
              T& d = to[c * dx.stride[1] + i * row + j * pixel];
              d = add ? d + share : share;
            }
        }
      });
}

#define TANDEM_POOL2D(T)                                                                          \
  template void max_pool2d(const PoolWindow&, const Image<const T>&, const Image<T>&,             \
                           const Image<int64_t>&);                                                \
  template void max_pool2d_backward(const PoolWindow&, const Image<const T>&,                     \
                                    const Image<const T>&, const Image<T>&);                      \
  template void max_pool2d_backward(const Image<const T>&, const Image<const int64_t>&,           \
                                    const Image<T>&);                                             \
  template void avg_pool2d(const PoolWindow&, const PoolDivisor&, const Image<const T>&,          \
                           const Image<T>&);                                                      \
  template void avg_pool2d_backward(const PoolWindow&, const PoolDivisor&, const Image<const T>&, \
                                    const Image<T>&);
TANDEM_POOL2D(float)
TANDEM_POOL2D(double)
#undef TANDEM_POOL2D

}  // namespace tandem::cpu
#endif  // HWY_ONCE
