#include "tandem/cpu/conv_pack.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv_tile.h"
#include "tandem/cpu/layout.h"

namespace tandem::cpu {

void copy_weights(const Image<const float>& from, const Image<float>& to) {
  // [I][KH][KW] is one dim of 'pixels' where its strides say so in both.
  const auto flat = [](const auto& image) {
    return image.stride[2] == image.w() * image.stride[3] &&
           image.stride[1] == image.h() * image.stride[2];
  };
  if (!flat(from) || !flat(to)) return copy_image(from, to);
  const auto as_pixels = [](const auto& image) {
    auto matrix = image;
    matrix.size = {1, image.n(), 1, image.c() * image.h() * image.w()};
    matrix.stride = {0, image.stride[0], matrix.size[3] * image.stride[3], image.stride[3]};
    return matrix;
  };
  copy_image(as_pixels(from), as_pixels(to));
}

void pack_weights(const GatherConv& conv, int64_t group, const Taps& y, const Taps& x, float* to) {
  const GatherWeights& w = conv.weights;
  const int64_t in = conv.in_channels(), out = conv.out_channels();
  const int64_t panel = y.count * x.count * in * kPanel;
  const auto pack = [&](int64_t p) {
    const float* from = w.data + group * w.group_stride + p * kPanel * w.out_stride +
                        y.k * w.y_stride + x.k * w.x_stride;
    const int64_t lanes = std::min(kPanel, out - p * kPanel);
    float* const panel_start = to + p * panel;
    if (lanes < kPanel) std::fill_n(panel_start, panel, 0.0f);
    for (int64_t i = 0; i < y.count; ++i)
      for (int64_t j = 0; j < x.count; ++j) {
        const float* tap = from + i * y.k_step * w.y_stride + j * x.k_step * w.x_stride;
        float* const tap_to = panel_start + (i * x.count + j) * in * kPanel;
        if (w.out_stride == 1) {
          for (int64_t c = 0; c < in; ++c)
            std::memcpy(tap_to + c * kPanel, tap + c * w.in_stride, size_t(lanes) * sizeof(float));
        } else {
          for (int64_t o = 0; o < lanes; ++o)
            for (int64_t c = 0; c < in; ++c)
              tap_to[c * kPanel + o] = tap[o * w.out_stride + c * w.in_stride];
        }
      }
  };
  parallel_for(panels_of(out), std::max<int64_t>(1, (1 << 17) / std::max<int64_t>(1, panel)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t p = begin; p < end; ++p) pack(p);
               });
}

void copy_patch(const Image<const float>& image, int64_t n, int64_t channel, int64_t channels,
                int64_t y, int64_t rows, int64_t x, int64_t pixels, float* to, int64_t pitch) {
  const int64_t left = std::clamp<int64_t>(-x, 0, pixels);
  const int64_t inside = std::clamp<int64_t>(image.w() - std::max<int64_t>(x, 0), 0, pixels - left);
  for (int64_t r = 0; r < rows; ++r, to += pixels * pitch) {
    if (y + r < 0 || y + r >= image.h() || inside == 0) {
      std::fill_n(to, pixels * pitch, 0.0f);
      continue;
    }
    std::fill_n(to, left * pitch, 0.0f);
    std::fill_n(to + (left + inside) * pitch, (pixels - left - inside) * pitch, 0.0f);
    const float* from = image.at(n, channel, y + r, x + left);
    float* row = to + left * pitch;
    const int64_t pixel = image.stride[3], step = image.stride[1];
    if (step == 1 && pixel == channels && pitch == channels) {
      std::memcpy(row, from, size_t(inside * channels) * sizeof(float));
    } else if (step == 1 && channels == kPanel && pitch == kPanel) {
      for (int64_t i = 0; i < inside; ++i, row += kPanel, from += pixel)
        std::memcpy(row, from, kPanel * sizeof(float));
    } else {
      for (int64_t i = 0; i < inside; ++i, row += pitch, from += pixel) {
        for (int64_t c = 0; c < channels; ++c) row[c] = from[c * step];
        std::fill(row + channels, row + pitch, 0.0f);
      }
    }
  }
}

}  // namespace tandem::cpu
