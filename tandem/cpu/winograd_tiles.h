// Where the tiles of a Winograd convolution lie, and gathering one.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "tandem/cpu/conv_tile.h"
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// m x m outputs a tile; tiles are numbered over all images, row by row.
struct WinogradTiles {
  int m;
  int64_t out_h, out_w;

  int64_t across() const { return (out_w + m - 1) / m; }
  int64_t down() const { return (out_h + m - 1) / m; }
  int64_t per_image() const { return across() * down(); }

  struct Place {
    int64_t n, y, x;  // the tile's first output
  };
  Place place(int64_t tile) const {
    const int64_t in_image = tile % per_image();
    return {tile / per_image(), in_image / across() * m, in_image % across() * m};
  }
};

/// Channels of a row of transformed tiles: whole panels, off the 2 KB pitches that fall into few
/// sets of the L1 cache.
inline int64_t winograd_pitch(int64_t channels) {
  const int64_t pitch = panels_of(channels) * kPanel;
  return pitch % 512 == 0 ? pitch + kPanel : pitch;
}

/// Elements between two positions of a transform, for `count` elements at each: an odd number of
/// cache lines, so that the positions of a tile fall into sets of their own.
inline int64_t winograd_position(int64_t count) {
  const int64_t lines = (count + 15) / 16;
  return (lines % 2 ? lines : lines + 1) * 16;
}

/// Tiles of a batch: both transformed operands together take about 384 KB of L2.
inline int64_t winograd_batch(int m, int64_t pitches) {
  const int64_t fit = (96 << 10) / ((m + 2) * (m + 2) * pitches);
  return std::clamp<int64_t>(fit / 6 * 6, 24, 60);
}

/// Pointers to size x size pixels of an image from (y, x); pixels outside point to `zeros`. Where
/// channels are not innermost, the pixels are first copied to `patch`.
inline std::array<const float*, 36> winograd_pixels(const Image<const float>& image, int64_t n,
                                                    int64_t y, int64_t x, int size,
                                                    const float* zeros, float* patch,
                                                    int64_t channel, int64_t channels) {
  std::array<const float*, 36> at;
  const auto inside = [](int64_t i, int64_t limit) { return uint64_t(i) < uint64_t(limit); };
  const int64_t pixel = image.stride[3];
  for (int i = 0; i < size; ++i) {
    const float* row = image.data + n * image.stride[0] + channel * image.stride[1] +
                       (y + i) * image.stride[2] + x * pixel;  // not read where outside
    const bool row_inside = inside(y + i, image.h());
    for (int j = 0; j < size; ++j)
      at[size_t(i * size + j)] = row_inside && inside(x + j, image.w()) ? row + j * pixel : zeros;
  }
  if (image.channels_innermost()) return at;
  for (int i = 0; i < size * size; ++i) {
    const float*& from = at[size_t(i)];
    if (from == zeros) continue;
    float* copy = patch + i * channels;
    for (int64_t c = 0; c < channels; ++c) copy[c] = from[c * image.stride[1]];
    from = copy;
  }
  return at;
}

}  // namespace tandem::cpu
