// Convolutions of volumes: sums of convolutions of their slices.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Cross-correlation of volumes [N, C, D, H, W] or [C, D, H, W] with weight [O, C / groups, KD, KH,
/// KW]; see conv2d().
struct Conv3d {
  static constexpr Signature signature =
      "conv3d(input, weight, bias?, stride, padding, dilation, groups)";
  Dims stride{1};
  Dims padding{0};
  Dims dilation{1};
  int64_t groups = 1;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
};
/// The transpose of conv3d as a linear map; weight: [C, O / groups, KD, KH, KW]; see
/// conv_transpose2d().
struct ConvTranspose3d {
  static constexpr Signature signature =
      "conv_transpose3d(input, weight, bias?, stride, padding, output_padding, groups, dilation)";
  Dims stride{1};
  Dims padding{0};
  Dims output_padding{0};
  int64_t groups = 1;
  Dims dilation{1};
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
};

struct Conv3dOps : List<Conv3d, ConvTranspose3d> {};

}  // namespace tandem
