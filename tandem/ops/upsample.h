// Images, signals and volumes at another size.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// `input` resampled along its spatial dims to `size`, or to its own size times `scale_factor`,
/// rounded down. One of the two must be given; one number stands for all dims.
///
/// Modes "nearest" (the place floor(i / scale) of the input), "nearest-exact" (the nearest centre),
/// "area" (adaptive_avg_pool) and, by rank, "linear", "bilinear" and "trilinear", which weigh the
/// two neighbours in each dim, or of images "bicubic", the four; with `align_corners` the outermost
/// centres meet, else the outermost edges do. `antialias`, of the modes for images that weigh: when
/// an image becomes smaller, all that falls on a pixel counts.
///
/// input: [N, C, L], [N, C, H, W] or [N, C, D, H, W], floating unless the mode is a nearest one.
struct Interpolate {
  static constexpr Signature signature =
      "interpolate(input, size, scale_factor, mode, align_corners, antialias)";
  Dims size;
  std::optional<double> scale_factor;
  Name mode = "nearest";
  bool align_corners = false;
  bool antialias = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

struct UpsampleOps : List<Interpolate> {};

}  // namespace tandem
