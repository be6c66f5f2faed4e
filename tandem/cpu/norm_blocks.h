// Walks an image in blocks for normalizations: pixels with their channels side by side, or rows of
// adjacent pixels of one channel, whichever way the memory runs.
#pragma once
#include <algorithm>
#include <cstdint>
#include <tuple>

#include "tandem/cpu/image.h"
#include "tandem/cpu/norm_lanes.h"

namespace tandem::cpu {

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

/// Are channels side by side in all of them?
template <class... T>
bool channels_side_by_side(const Image<T>&... images) {
  return ((images.channels_innermost() && images.stride[3] >= images.size[1]) && ...);
}

}  // namespace tandem::cpu
