// Images read at places between their pixels.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// input [N, C, H, W] read at grid [N, H', W', 2], whose (x, y) run from -1 to 1 over the image, or
/// input [N, C, D, H, W] at grid [N, D', H', W', 3]. mode: "bilinear", "nearest" or (of images)
/// "bicubic"; padding_mode, for what lies outside: "zeros", "border" or "reflection";
/// align_corners: -1 and 1 are the centres of the outermost pixels, else their edges.
struct GridSample {
  static constexpr Signature signature =
      "grid_sample(input, grid, mode, padding_mode, align_corners)";
  Name mode = "bilinear";
  Name padding_mode = "zeros";
  bool align_corners = false;
  Tensor decompose(const Tensor& input, const Tensor& grid) const;
};
/// grid_sample() of images with its words as numbers: 0, 1, 2 in the order above.
struct GridSampler2d {
  static constexpr Signature signature =
      "grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners)";
  Required<int64_t> interpolation_mode, padding_mode;
  Required<bool> align_corners;
  Tensor decompose(const Tensor& input, const Tensor& grid) const;
};
/// The grid that theta [N, 2, 3] (or [N, 3, 4]) maps a result of shape `size` [N, C, H, W] (or [N,
/// C, D, H, W]) to, for grid_sample().
struct AffineGrid {
  static constexpr Signature signature = "affine_grid(theta, size, align_corners)";
  Required<Dims> size;
  bool align_corners = false;
  Tensor decompose(const Tensor& theta) const;
};

struct GridSampleOps : List<GridSample, GridSampler2d, AffineGrid> {};

}  // namespace tandem
