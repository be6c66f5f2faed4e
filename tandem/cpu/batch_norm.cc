#include "tandem/cpu/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/norm_blocks.h"
#include "tandem/cpu/norm_lanes.h"

namespace tandem::cpu {
namespace {

constexpr int64_t block_elements = 4096;  // summed in T: 16 KB of float, half of L1
constexpr int64_t max_parts = 32;         // of the batch, summed apart

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
    parts = std::clamp<int64_t>(blocks, 1, max_parts);
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

/// A row of one channel for the row kernels: in place, or gathered where its pixels are apart.
template <class T>
const T* row_of(const T* from, int64_t stride, int64_t n, T* copy) {
  if (stride == 1) return from;
  for (int64_t i = 0; i < n; ++i) copy[i] = from[i * stride];
  return copy;
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
void batch_norm_statistics(const Image<const T>& x, T* mean, T* variance, Arena& arena) {
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
    mean[c] = T(all.count > 0 ? all.mean : NAN);
    variance[c] = T(all.squares / all.count);
  }
}

template <class T>
void batch_norm_apply(const Image<const T>& x, const T* mean, const T* rstd, const T* weight,
                      const T* bias, const Image<T>& y, Arena& arena) {
  const Cut cut(x, y);
  T* scale = arena.take<T>(cut.channels);
  T* shift = arena.take<T>(cut.channels);
  if (arena.measuring()) return;
  for (int64_t c = 0; c < cut.channels; ++c) {
    scale[c] = weight ? rstd[c] * weight[c] : rstd[c];
    shift[c] = bias ? bias[c] : T(0);
  }
  const NormLanes<T>& lanes = norm_lanes<T>();
  parallel_tasks(cut.parts, [&](int64_t part) {
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T* to = cut.runs.start(y, run) + first * y.stride[3];
      if (cut.side_by_side)
        return lanes.apply({from, x.stride[3]}, {mean, scale, shift}, {to, y.stride[3]}, pixels,
                           cut.channels);
      T copy[block_elements];
      for (int64_t c = 0; c < cut.channels; ++c) {
        const Affine<T> by{mean + c, scale + c, shift + c};
        const T* row = row_of(from + c * x.stride[1], x.stride[3], pixels, copy);
        if (y.stride[3] == 1) {
          lanes.row_apply(row, by, to + c * y.stride[1], pixels);
        } else {
          lanes.row_apply(row, by, copy, pixels);
          for (int64_t i = 0; i < pixels; ++i) to[c * y.stride[1] + i * y.stride[3]] = copy[i];
        }
      }
    });
  });
}

template <class T>
void batch_norm_backward(const Image<const T>& dy, const Image<const T>& x, const T* mean,
                         const T* rstd, const T* weight, bool training, const Image<T>& dx,
                         T* dweight, T* dbias, Arena& arena) {
  const Cut cut(dy, x);
  const int64_t channels = cut.channels;
  double* sums = arena.take<double>(cut.parts * channels * 2);  // Σ dy and Σ dy · (x - mean)
  T* scale = arena.take<T>(channels);
  T* slope = arena.take<T>(channels);
  T* offset = arena.take<T>(channels);
  if (arena.measuring()) return;
  const NormLanes<T>& lanes = norm_lanes<T>();

  parallel_tasks(cut.parts, [&](int64_t part) {
    double* own = sums + part * channels * 2;
    std::fill_n(own, channels * 2, 0.0);
    cut.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* g = cut.runs.start(dy, run) + first * dy.stride[3];
      const T* from = cut.runs.start(x, run) + first * x.stride[3];
      T sum[channel_block], product[channel_block], g_copy[block_elements], copy[block_elements];
      for (int64_t c0 = 0; c0 < channels; c0 += channel_block) {
        const int64_t some = std::min(channel_block, channels - c0);
        if (cut.side_by_side)
          lanes.products({g + c0, dy.stride[3]}, {from + c0, x.stride[3]}, mean + c0, pixels, some,
                         sum, product);
        else
          for (int64_t c = 0; c < some; ++c)
            lanes.row_products(row_of(g + (c0 + c) * dy.stride[1], dy.stride[3], pixels, g_copy),
                               row_of(from + (c0 + c) * x.stride[1], x.stride[3], pixels, copy),
                               mean[c0 + c], pixels, sum + c, product + c);
        for (int64_t c = 0; c < some; ++c)
          own[2 * (c0 + c)] += double(sum[c]), own[2 * (c0 + c) + 1] += double(product[c]);
      }
    });
  });

  const double count = double(x.n() * x.h() * x.w());
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (int64_t p = 0; p < cut.parts; ++p)
      sum += sums[(p * channels + c) * 2], product += sums[(p * channels + c) * 2 + 1];
    if (dbias) dbias[c] = T(sum);
    if (dweight) dweight[c] = T(product * double(rstd[c]));
    const double a = double(rstd[c]) * (weight ? double(weight[c]) : 1.0);
    scale[c] = T(a);
    slope[c] = training ? T(-a * double(rstd[c]) * double(rstd[c]) * product / count) : T(0);
    offset[c] = training ? T(-a * sum / count) : T(0);
  }
  if (!dx.data) return;

  const Cut all(dy, x, dx);
  parallel_tasks(all.parts, [&](int64_t part) {
    all.for_blocks(part, [&](int64_t run, int64_t first, int64_t pixels) {
      const T* g = all.runs.start(dy, run) + first * dy.stride[3];
      const T* from = all.runs.start(x, run) + first * x.stride[3];
      T* to = all.runs.start(dx, run) + first * dx.stride[3];
      if (all.side_by_side)
        return lanes.gradient({g, dy.stride[3]}, {from, x.stride[3]}, {mean, scale, slope, offset},
                              {to, dx.stride[3]}, pixels, channels);
      T g_copy[block_elements], copy[block_elements];
      for (int64_t c = 0; c < channels; ++c) {
        const AffineGradient<T> by{mean + c, scale + c, slope + c, offset + c};
        const T* g_row = row_of(g + c * dy.stride[1], dy.stride[3], pixels, g_copy);
        const T* row = row_of(from + c * x.stride[1], x.stride[3], pixels, copy);
        if (dx.stride[3] == 1) {
          lanes.row_gradient(g_row, row, by, to + c * dx.stride[1], pixels);
        } else {
          lanes.row_gradient(g_row, row, by, copy, pixels);
          for (int64_t i = 0; i < pixels; ++i) to[c * dx.stride[1] + i * dx.stride[3]] = copy[i];
        }
      }
    });
  });
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
