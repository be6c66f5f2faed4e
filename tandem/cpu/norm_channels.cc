#include "tandem/cpu/norm_channels.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {
namespace {

/// Which images of a batch are one run of pixels at a single stride, and how long the runs are.
/// Several images walked together must agree.
struct PixelRuns {
  int64_t runs, length;  // runs of all pixels of the batch, in order
  int64_t per_image;     // runs of an image; 0: a run holds the whole batch

  template <class... T>
  static PixelRuns of(const Image<T>&... images) {
    const auto& size = std::get<0>(std::tie(images...)).size;
    const bool planes = ((images.stride[2] == size[3] * images.stride[3] || size[2] == 1) && ...);
    const bool batch =
        planes &&
        ((images.stride[0] == size[2] * size[3] * images.stride[3] || size[0] == 1) && ...);
    if (batch) return {1, size[0] * size[2] * size[3], 0};
    if (planes) return {size[0], size[2] * size[3], 1};
    return {size[0] * size[2], size[3], size[2]};
  }

  /// The first pixel of a run.
  template <class T>
  T* start(const Image<T>& image, int64_t run) const {
    if (per_image == 0) return image.data;
    return image.at(run / per_image, 0, run % per_image, 0);
  }
};

/// Do lanes run over channels? Where they lie side by side, unless pixels do so too: one channel.
template <class... T>
bool channels_side_by_side(const Image<T>&... images) {
  return (images.channels_innermost() && ...) && !((images.stride[3] == 1) && ...);
}

constexpr int64_t block_elements = 4096;  // summed in T: 16 KB of float, half of L1
constexpr int64_t max_batch_parts = 32;   // of the batch, summed apart

/// What a sum over the pixels of every channel is cut into. A part is a range of blocks; a block
/// lies within a run.
struct Cut {
  PixelRuns runs;
  bool side_by_side;
  int64_t channels, block, blocks_in_run, blocks, parts;

  template <class... T>
  explicit Cut(const Image<T>&... images) : runs(PixelRuns::of(images...)) {
    side_by_side = channels_side_by_side(images...);
    channels = std::get<0>(std::tie(images...)).c();
    const int64_t per_block =
        side_by_side ? std::clamp<int64_t>(block_elements / std::max<int64_t>(1, channels), 16, 256)
                     : block_elements;
    block = std::max<int64_t>(1, std::min(per_block, runs.length));
    blocks_in_run = (runs.length + block - 1) / block;
    blocks = runs.runs * blocks_in_run;
    parts = std::clamp<int64_t>(blocks, 1, max_batch_parts);
  }

  /// Calls body(run, first pixel, pixels) for the blocks of a part, in order.
  template <class Body>
  void for_blocks(int64_t part, const Body& body) const {
    for (int64_t b = part * blocks / parts; b < (part + 1) * blocks / parts; ++b) {
      const int64_t first = b % blocks_in_run * block;
      body(b / blocks_in_run, first, std::min(block, runs.length - first));
    }
  }
};

/// [N, C] as one image of N pixels, so that there is a run to walk.
template <class T>
Image<T> with_pixels(const Image<T>& image) {
  if (image.h() * image.w() != 1) return image;
  const int64_t n = image.n(), step = image.stride[0];
  return {image.data, {1, image.c(), 1, n}, {n * step, image.stride[1], n * step, step}};
}

/// A row of one channel for the row kernels: in place, or gathered where its pixels are apart.
template <class T>
const T* row_of(const T* from, int64_t stride, int64_t n, T* copy) {
  if (stride == 1) return from;
  for (int64_t i = 0; i < n; ++i) copy[i] = from[i * stride];
  return copy;
}

/// Calls write(row) and puts the row where it belongs: in place, or by way of a copy.
template <class T, class Write>
void with_row(T* to, int64_t stride, int64_t n, T* copy, const Write& write) {
  if (stride == 1) return write(to);
  write(copy);
  for (int64_t i = 0; i < n; ++i) to[i * stride] = copy[i];
}

/// Count, mean and sum of squares about it, joined pairwise (Chan, Golub and LeVeque 1979).
struct Moments {
  double count, mean, squares;
  void join(double n, double other_mean, double other_squares) {
    const double total = count + n, delta = other_mean - mean;
    mean += delta * (n / total);
    squares += other_squares + delta * delta * (count * n / total);
    count = total;
  }
};

/// Blocks of up to this many channels at a time, so that their sums fit the stack.
constexpr int64_t channel_block = 512;

}  // namespace

template <class T>
void channel_moments(const Image<const T>& images, double* mean, double* variance, Arena& arena) {
  const Image<const T> x = with_pixels(images);
  const Cut cut(x);
  const int64_t channels = cut.channels;
  Moments* parts = arena.take<Moments>(cut.parts * channels);
  if (arena.measuring()) return;
  const NormLanes<T>& lanes = norm_lanes<T>();

  parallel_tasks(cut.parts, [&](int64_t part) {
    Moments* own = parts + part * channels;
    std::fill_n(own, channels, Moments{0, 0, 0});
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T sum[channel_block], squares[channel_block], copy[block_elements];
      for (int64_t c0 = 0; c0 < channels; c0 += channel_block) {
        const int64_t some = std::min(channel_block, channels - c0);
        if (cut.side_by_side)
          lanes.moments({from + c0, x.stride[3]}, pixels, some, sum, squares);
        else
          for (int64_t c = 0; c < some; ++c)
            lanes.row_moments(row_of(from + (c0 + c) * x.stride[1], x.stride[3], pixels, copy),
                              pixels, sum + c, squares + c);
        for (int64_t c = 0; c < some; ++c)
          own[c0 + c].join(double(pixels), double(sum[c]) / double(pixels), double(squares[c]));
      }
    });
  });
  for (int64_t c = 0; c < channels; ++c) {
    Moments all{0, 0, 0};
    for (int64_t p = 0; p < cut.parts; ++p) {
      const Moments& m = parts[p * channels + c];
      if (m.count > 0) all.join(m.count, m.mean, m.squares);
    }
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    mean[c] = all.count > 0 ? all.mean : nan;
    variance[c] = all.count > 0 ? all.squares / all.count : nan;
  }
}

template <class T>
void channel_products(const Image<const T>& gradients, const Image<const T>& images, const T* mean,
                      double* sum, double* product, Arena& arena) {
  const Image<const T> dy = with_pixels(gradients), x = with_pixels(images);
  const Cut cut(dy, x);
  const int64_t channels = cut.channels;
  double* parts = arena.take<double>(cut.parts * channels * 2);
  if (arena.measuring()) return;
  const NormLanes<T>& lanes = norm_lanes<T>();

  parallel_tasks(cut.parts, [&](int64_t part) {
    double* own = parts + part * channels * 2;
    std::fill_n(own, channels * 2, 0.0);
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* g = cut.runs.start(dy, run) + first * dy.stride[3];
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T sums[channel_block], products[channel_block], g_copy[block_elements], copy[block_elements];
      for (int64_t c0 = 0; c0 < channels; c0 += channel_block) {
        const int64_t some = std::min(channel_block, channels - c0);
        if (cut.side_by_side)
          lanes.products({g + c0, dy.stride[3]}, {from + c0, x.stride[3]}, mean + c0, pixels, some,
                         sums, products);
        else
          for (int64_t c = 0; c < some; ++c)
            lanes.row_products(row_of(g + (c0 + c) * dy.stride[1], dy.stride[3], pixels, g_copy),
                               row_of(from + (c0 + c) * x.stride[1], x.stride[3], pixels, copy),
                               mean[c0 + c], pixels, sums + c, products + c);
        for (int64_t c = 0; c < some; ++c)
          own[2 * (c0 + c)] += double(sums[c]), own[2 * (c0 + c) + 1] += double(products[c]);
      }
    });
  });
  for (int64_t c = 0; c < channels; ++c) {
    sum[c] = product[c] = 0;
    for (int64_t p = 0; p < cut.parts; ++p) {
      sum[c] += parts[(p * channels + c) * 2];
      product[c] += parts[(p * channels + c) * 2 + 1];
    }
  }
}

template <class T>
void channel_apply(const Image<const T>& images, const Affine<T>& by, const Image<T>& results) {
  const Image<const T> x = with_pixels(images);
  const Image<T> y = with_pixels(results);
  const Cut cut(x, y);
  const NormLanes<T>& lanes = norm_lanes<T>();
  parallel_tasks(cut.parts, [&](int64_t part) {
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T* to = cut.runs.start(y, run) + first * y.stride[3];
      if (cut.side_by_side)
        return lanes.apply({from, x.stride[3]}, by, {to, y.stride[3]}, pixels, cut.channels);
      T copy[block_elements];
      for (int64_t c = 0; c < cut.channels; ++c) {
        const T* row = row_of(from + c * x.stride[1], x.stride[3], pixels, copy);
        with_row(to + c * y.stride[1], y.stride[3], pixels, copy, [&](T* out) {
          lanes.row_apply(row, {by.mean + c, by.scale + c, by.shift + c}, out, pixels);
        });
      }
    });
  });
}

template <class T>
void channel_gradient(const Image<const T>& gradients, const Image<const T>& images,
                      const AffineGradient<T>& by, const Image<T>& results) {
  const Image<const T> dy = with_pixels(gradients), x = with_pixels(images);
  const Image<T> dx = with_pixels(results);
  const Cut cut(dy, x, dx);
  const NormLanes<T>& lanes = norm_lanes<T>();
  parallel_tasks(cut.parts, [&](int64_t part) {
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* g = cut.runs.start(dy, run) + first * dy.stride[3];
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T* to = cut.runs.start(dx, run) + first * dx.stride[3];
      if (cut.side_by_side)
        return lanes.gradient({g, dy.stride[3]}, {from, x.stride[3]}, by, {to, dx.stride[3]},
                              pixels, cut.channels);
      T g_copy[block_elements], copy[block_elements];
      for (int64_t c = 0; c < cut.channels; ++c) {
        const T* g_row = row_of(g + c * dy.stride[1], dy.stride[3], pixels, g_copy);
        const T* row = row_of(from + c * x.stride[1], x.stride[3], pixels, copy);
        with_row(to + c * dx.stride[1], dx.stride[3], pixels, copy, [&](T* out) {
          lanes.row_gradient(g_row, row, {by.mean + c, by.scale + c, by.slope + c, by.offset + c},
                             out, pixels);
        });
      }
    });
  });
}

#define TANDEM_NORM_CHANNELS(T)                                                                   \
  template void channel_moments(const Image<const T>&, double*, double*, Arena&);                 \
  template void channel_products(const Image<const T>&, const Image<const T>&, const T*, double*, \
                                 double*, Arena&);                                                \
  template void channel_apply(const Image<const T>&, const Affine<T>&, const Image<T>&);          \
  template void channel_gradient(const Image<const T>&, const Image<const T>&,                    \
                                 const AffineGradient<T>&, const Image<T>&);
TANDEM_NORM_CHANNELS(float)
TANDEM_NORM_CHANNELS(double)
#undef TANDEM_NORM_CHANNELS

}  // namespace tandem::cpu
