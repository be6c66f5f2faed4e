#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/conv_depthwise.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>

#include "tandem/cpu/activation-inl.h"
#include "tandem/cpu/conv_depthwise.h"
#include "tandem/cpu/partial-inl.h"

#ifndef TANDEM_CPU_CONV_DEPTHWISE_ROW
#define TANDEM_CPU_CONV_DEPTHWISE_ROW
namespace tandem::cpu {
namespace {

/// One row of outputs. Output j reads in[(j·in_step + i·tap_step)·pixel] for the x taps i, where
/// position x0 + j·in_step + i·tap_step lies within 0..width-1; y taps lie row apart and all exist.
struct DepthwiseRow {
  const float* in;  // tap 0 of output 0, which may lie before the row
  int64_t row, pixel;
  int64_t x0, in_step, tap_step, width;
  int64_t y_taps, x_taps;
  const float* weights;  // [y taps][x taps][channels]; taps of y weight_row apart
  int64_t weight_row, weight_tap;
  RegisterEpilogue in_registers;
  float* out;
  int64_t out_pixel;
  int64_t count, channels;

  /// The x taps begin..end-1 of output j lie inside.
  int64_t begin(int64_t j) const {
    const int64_t x = x0 + j * in_step;
    return x >= 0 ? 0 : std::min(x_taps, (-x + tap_step - 1) / tap_step);
  }
  int64_t end(int64_t j) const {
    const int64_t room = width - (x0 + j * in_step);
    return room <= 0 ? 0 : std::min(x_taps, (room + tap_step - 1) / tap_step);
  }
};

/// Adds Σ_j in · dy to sums[y tap][x tap][channel], for one row of dy.
struct DepthwiseGradientRow {
  DepthwiseRow at;  // `out` is not written
  const float* dy;
  int64_t dy_pixel;
  float* sums;
};

}  // namespace
}  // namespace tandem::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

/// N neighbouring outputs from output j that all have the x taps begin..end-1, for the vector of
/// channels from c. Sums stay in registers; a weight is loaded once for the N outputs. Taps: how
/// many x taps, or 0 if not known at compile time.
template <int N, int Taps, class Whole>
HWY_INLINE void Outputs(const DepthwiseRow& t, int64_t j, int64_t begin, int64_t end, int64_t c,
                        Whole whole) {
  const D d;
  const int64_t left = t.channels - c, step = t.in_step * t.pixel;
  const int64_t tap = t.tap_step * t.pixel, taps = Taps ? Taps : end - begin;
  V sum[N];
  for (int n = 0; n < N; ++n) sum[n] = hn::Zero(d);
  for (int64_t ky = 0; ky < t.y_taps; ++ky) {
    const float* HWY_RESTRICT in = t.in + ky * t.row + j * step + begin * tap + c;
    const float* HWY_RESTRICT w = t.weights + ky * t.weight_row + begin * t.weight_tap + c;
    for (int64_t kx = 0; kx < taps; ++kx, in += tap, w += t.weight_tap) {
      const V weight = LoadLanes(whole, d, w, left);
      for (int n = 0; n < N; ++n)
        sum[n] = hn::MulAdd(LoadLanes(whole, d, in + n * step, left), weight, sum[n]);
    }
  }
  if (t.in_registers.mean) {
    const V mean = LoadLanes(whole, d, t.in_registers.mean + c, left);
    const V scale = LoadLanes(whole, d, t.in_registers.scale + c, left);
    for (int n = 0; n < N; ++n) sum[n] = hn::Mul(hn::Sub(sum[n], mean), scale);
  }
  if (t.in_registers.bias) {
    const V bias = LoadLanes(whole, d, t.in_registers.bias + c, left);
    for (int n = 0; n < N; ++n) sum[n] = hn::Add(sum[n], bias);
  }
  if (t.in_registers.activation != Activation::none)
    for (int n = 0; n < N; ++n) sum[n] = activated(d, sum[n], t.in_registers);
  for (int n = 0; n < N; ++n) StoreLanes(whole, sum[n], d, t.out + (j + n) * t.out_pixel + c, left);
}

template <int N, int Taps>
HWY_INLINE void AllChannels(const DepthwiseRow& t, int64_t j, int64_t begin, int64_t end) {
  ForLanes(D(), t.channels, [&](int64_t c, auto whole, int64_t) HWY_ATTR {
    Outputs<N, Taps>(t, j, begin, end, c, whole);
  });
}

/// In the middle of a row all taps exist, and several outputs go together.
template <int Taps>
void RowOf(const DepthwiseRow& t) {
  for (int64_t j = 0; j < t.count;) {
    const auto whole = [&](int64_t n) HWY_ATTR {
      return j + n <= t.count && t.begin(j) == 0 && t.end(j + n - 1) == t.x_taps;
    };
    if (whole(6)) {
      AllChannels<6, Taps>(t, j, 0, t.x_taps), j += 6;
    } else if (whole(3)) {
      AllChannels<3, Taps>(t, j, 0, t.x_taps), j += 3;
    } else {
      AllChannels<1, 0>(t, j, t.begin(j), t.end(j)), ++j;
    }
  }
}
void Row(const DepthwiseRow& t) { t.x_taps == 3 ? RowOf<3>(t) : RowOf<0>(t); }

/// The products of one tap, summed over the outputs first..last-1.
template <class Whole>
HWY_INLINE void TapGradient(const DepthwiseGradientRow& g, int64_t ky, int64_t kx, int64_t first,
                            int64_t last, int64_t c, Whole whole) {
  const D d;
  const DepthwiseRow& t = g.at;
  const int64_t left = t.channels - c, step = t.in_step * t.pixel;
  const float* HWY_RESTRICT in = t.in + ky * t.row + first * step + kx * t.tap_step * t.pixel + c;
  const float* HWY_RESTRICT dy = g.dy + first * g.dy_pixel + c;
  V s0 = hn::Zero(d), s1 = s0;
  int64_t j = first;
  for (; j + 2 <= last; j += 2, in += 2 * step, dy += 2 * g.dy_pixel) {
    s0 = hn::MulAdd(LoadLanes(whole, d, in, left), LoadLanes(whole, d, dy, left), s0);
    s1 = hn::MulAdd(LoadLanes(whole, d, in + step, left),
                    LoadLanes(whole, d, dy + g.dy_pixel, left), s1);
  }
  if (j < last) s0 = hn::MulAdd(LoadLanes(whole, d, in, left), LoadLanes(whole, d, dy, left), s0);
  float* HWY_RESTRICT sum = g.sums + ky * t.weight_row + kx * t.weight_tap + c;
  StoreLanes(whole, hn::Add(LoadLanes(whole, d, sum, left), hn::Add(s0, s1)), d, sum, left);
}

void GradientRow(const DepthwiseGradientRow& g) {
  const DepthwiseRow& t = g.at;
  for (int64_t kx = 0; kx < t.x_taps; ++kx) {
    // The outputs that have this tap: begin(j) and end(j) grow, so they are one range.
    int64_t first = 0, last = t.count;
    while (first < last && t.begin(first) > kx) ++first;
    while (last > first && t.end(last - 1) <= kx) --last;
    for (int64_t ky = 0; ky < t.y_taps; ++ky)
      ForLanes(D(), t.channels, [&](int64_t c, auto whole, int64_t) HWY_ATTR {
        TapGradient(g, ky, kx, first, last, c, whole);
      });
  }
}

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv_pack.h"

namespace tandem::cpu {
namespace {

HWY_EXPORT(Row);
HWY_EXPORT(GradientRow);

/// The y taps of output row j that lie inside the image: begin..end-1, and the row of `begin`.
struct RowTaps {
  int64_t begin, end, at;
  RowTaps(const Phase& y, int64_t j, int64_t height) {
    const int64_t first = y.taps.at + j * y.in_step, step = y.taps.at_step;
    begin = first >= 0 ? 0 : std::min(y.taps.count, (-first + step - 1) / step);
    const int64_t room = height - first;
    end = room <= 0 ? begin : std::clamp((room + step - 1) / step, begin, y.taps.count);
    at = first + begin * step;
  }
};

/// A row of outputs j of a phase, in image n.
DepthwiseRow row_of(const Image<const float>& in, int64_t n, const Phase& y, const Phase& x,
                    int64_t j) {
  const RowTaps taps(y, j, in.h());
  DepthwiseRow row{};
  row.in = in.data + n * in.stride[0] + taps.at * in.stride[2] + x.taps.at * in.stride[3];
  row.row = y.taps.at_step * in.stride[2], row.pixel = in.stride[3];
  row.x0 = x.taps.at, row.in_step = x.in_step, row.tap_step = x.taps.at_step, row.width = in.w();
  row.y_taps = taps.end - taps.begin, row.x_taps = x.taps.count;
  row.count = x.count, row.channels = in.c();
  return row;
}

/// Rows in parallel, with about 2^15 multiplications a task.
template <class Body>
void for_rows(int64_t rows, int64_t work, const Body& body) {
  parallel_for(rows, std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, work)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) body(r);
               });
}

}  // namespace

bool is_depthwise(const GatherConv& conv) {
  return conv.groups > 1 && conv.in_channels() == 1 && conv.out_channels() == 1 &&
         conv.in.stride[1] == 1 && conv.out.stride[1] == 1;
}
bool is_depthwise(const WeightGradient& grad) {
  return grad.groups > 1 && grad.in_channels() == 1 && grad.out_channels() == 1 &&
         grad.x.stride[1] == 1 && grad.dy.stride[1] == 1;
}

void depthwise_conv(const GatherConv& conv, Arena& arena) {
  const int64_t channels = conv.out.c(), kh = conv.y.kernel, kw = conv.x.kernel;
  float* packed = arena.take<float>(kh * kw * channels);  // [KH][KW][C]
  if (arena.measuring() || conv.out.numel() == 0) return;
  const GatherWeights& w = conv.weights;
  const std::array<int64_t, 4> size{channels, 1, kh, kw};
  copy_weights({w.data, size, {w.group_stride, kh * w.y_stride, w.y_stride, w.x_stride}},
               {packed, size, {1, kh * kw * channels, kw * channels, channels}});

  const auto run = HWY_DYNAMIC_DISPATCH(Row);
  for (int64_t ry = 0; ry < conv.y.phases(); ++ry)
    for (int64_t rx = 0; rx < conv.x.phases(); ++rx) {
      const Phase y = conv.y.phase(ry), x = conv.x.phase(rx);
      for_rows(conv.out.n() * y.count, x.count * channels * kh * kw, [&](int64_t r) {
        const int64_t n = r / y.count, j = r % y.count;
        DepthwiseRow row = row_of(conv.in, n, y, x, j);
        const RowTaps taps(y, j, conv.in.h());
        row.weight_row = y.taps.k_step * kw * channels;
        row.weight_tap = x.taps.k_step * channels;
        row.weights =
            packed + (y.taps.k + taps.begin * y.taps.k_step) * kw * channels + x.taps.k * channels;
        row.in_registers = conv.in_registers;
        row.out = conv.out.at(n, 0, y.first + j * y.step, x.first);
        row.out_pixel = x.step * conv.out.stride[3];
        run(row);
        conv.finish(n, y.first + j * y.step, x.first, x.count, 0, channels);
      });
    }
}

void depthwise_weight_gradient(const WeightGradient& grad, Arena& arena) {
  constexpr int64_t max_shares = 16;
  const int64_t channels = grad.x.c(), kh = grad.dw.h(), kw = grad.dw.w();
  const int64_t block = kh * kw * channels, rows = grad.dy.n() * grad.dy.h();
  const int64_t shares = std::clamp<int64_t>(rows / 4, 1, max_shares);
  float* sums = arena.take<float>(shares * block);  // [shares][KH][KW][C]
  if (arena.measuring() || grad.dw.numel() == 0) return;

  const auto run = HWY_DYNAMIC_DISPATCH(GradientRow);
  const Phase y = grad.rows.phase(0), x = grad.columns.phase(0);
  parallel_tasks(shares, [&](int64_t share) {
    float* own = sums + share * block;
    std::fill_n(own, block, 0.0f);
    for (int64_t r = share * rows / shares; r < (share + 1) * rows / shares; ++r) {
      const int64_t n = r / grad.dy.h(), j = r % grad.dy.h();
      DepthwiseGradientRow row{row_of(grad.x, n, y, x, j), grad.dy.at(n, 0, j, 0),
                               grad.dy.stride[3], own};
      row.at.weight_row = kw * channels, row.at.weight_tap = channels;
      row.sums += RowTaps(y, j, grad.x.h()).begin * kw * channels;
      run(row);
    }
  });
  for (int64_t s = 1; s < shares; ++s)
    for (int64_t i = 0; i < block; ++i) sums[i] += sums[s * block + i];
  const std::array<int64_t, 4> size{channels, 1, kh, kw};
  copy_weights({sums, size, {1, kh * kw * channels, kw * channels, channels}},
               {grad.dw.data, size, grad.dw.stride});
}

}  // namespace tandem::cpu
#endif
