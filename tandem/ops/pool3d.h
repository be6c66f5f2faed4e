// Pooling of volumes and, with indices, of lines; and its reverse. Made of pooling in two dims.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// max_pool1d(), and where each maximum lies.
struct MaxPool1dWithIndices {
  static constexpr Signature signature =
      "max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)";
  static constexpr std::string_view results[] = {"output", "indices"};
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  Dims dilation{1};
  bool ceil_mode = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// The maximum of each window of volumes [N, C, D, H, W] or [C, D, H, W]; see max_pool2d().
struct MaxPool3d {
  static constexpr Signature signature =
      "max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  Dims dilation{1};
  bool ceil_mode = false;
  Tensor decompose(const Tensor& input) const;
};
/// The same, and where in its volume each maximum lies: (z H + y) W + x.
struct MaxPool3dWithIndices {
  static constexpr Signature signature =
      "max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)";
  static constexpr std::string_view results[] = {"output", "indices"};
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  Dims dilation{1};
  bool ceil_mode = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// The mean of each window of volumes; see avg_pool2d().
struct AvgPool3d {
  static constexpr Signature signature =
      "avg_pool3d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, "
      "divisor_override)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override;
  Tensor decompose(const Tensor& input) const;
};
/// Means of windows of volumes, chosen so that the result is output_size; -1 keeps a size.
struct AdaptiveAvgPool3d {
  static constexpr Signature signature = "adaptive_avg_pool3d(input, output_size)";
  Required<Dims> output_size;
  Tensor decompose(const Tensor& input) const;
};
/// Maxima over the windows of adaptive_avg_pool3d().
struct AdaptiveMaxPool3d {
  static constexpr Signature signature = "adaptive_max_pool3d(input, output_size)";
  Required<Dims> output_size;
  Tensor decompose(const Tensor& input) const;
};
/// The same, and where in its volume each maximum lies.
struct AdaptiveMaxPool3dWithIndices {
  static constexpr Signature signature = "adaptive_max_pool3d_with_indices(input, output_size)";
  static constexpr std::string_view results[] = {"output", "indices"};
  Required<Dims> output_size;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// Zeros of spatial size output_size with the input where `indices` say: the reverse of max pooling
/// with indices, in one to three dims. kernel_size, stride and padding give the size where
/// output_size is empty.
struct MaxUnpool {
  static constexpr Signature signature =
      "max_unpool(input, indices, kernel_size, stride, padding, output_size)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  Dims output_size;
  Tensor decompose(const Tensor& input, const Tensor& indices) const;
};

struct Pool3dOps
    : List<MaxPool1dWithIndices, MaxPool3d, MaxPool3dWithIndices, AvgPool3d, AdaptiveAvgPool3d,
           AdaptiveMaxPool3d, AdaptiveMaxPool3dWithIndices, MaxUnpool> {};

}  // namespace tandem
