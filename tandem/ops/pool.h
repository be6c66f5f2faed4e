// Pooling: windows that move over images. Results lie channels-last in memory.
//
// The public functions take [C, H, W] too, and one number for two equal ones; an empty stride is
// the kernel's size.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The maximum of each window; NaN counts as the largest, padding as -inf.  input: [N, C, H, W];
/// result: [N, C, H', W'], H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) +
/// 1. With ceil_mode it is rounded up, but no window begins in the right-hand padding.
struct MaxPool2d {
  static constexpr Signature signature =
      "max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0, 0};
  Dims dilation{1, 1};
  bool ceil_mode = false;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// The same, and where in its plane each maximum lies: y W + x, the first among equals.
struct MaxPool2dWithIndices {
  static constexpr Signature signature =
      "max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)";
  static constexpr std::string_view results[] = {"output", "indices"};
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0, 0};
  Dims dilation{1, 1};
  bool ceil_mode = false;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  std::array<Type, 2> infer(const Type& input) const;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// grad, added where the maxima of input are: the gradient of max_pool2d.
struct MaxPool2dBackward {
  static constexpr Signature signature =
      "max_pool2d_backward(grad, input, kernel_size, stride, padding, dilation, ceil_mode)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0, 0};
  Dims dilation{1, 1};
  bool ceil_mode = false;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  static constexpr int in_place[] = {1};
  Type infer(const Type& grad, const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// The mean of each window. With count_include_pad the padding counts as zeros; divisor_override
/// replaces the number of elements; of integers it is cut towards zero.  Shapes as in max_pool2d.
struct AvgPool2d {
  static constexpr Signature signature =
      "avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, "
      "divisor_override)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0, 0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// The gradient of avg_pool2d for an input of height and width `input_size`.
struct AvgPool2dBackward {
  static constexpr Signature signature =
      "avg_pool2d_backward(grad, input_size, kernel_size, stride, padding, ceil_mode, "
      "count_include_pad, divisor_override)";
  Required<Dims> input_size;
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0, 0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& grad) const;
  Grads vjp(const Call& c) const;
};

/// Means of windows chosen so that the result is output_size: row y sees the rows floor(y H / H') …
/// ceil((y + 1) H / H') - 1 of the input. -1 keeps a size.
struct AdaptiveAvgPool2d {
  static constexpr Signature signature = "adaptive_avg_pool2d(input, output_size)";
  Required<Dims> output_size;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// The gradient of adaptive_avg_pool2d for an input of height and width `input_size`.
struct AdaptiveAvgPool2dBackward {
  static constexpr Signature signature = "adaptive_avg_pool2d_backward(grad, input_size)";
  Required<Dims> input_size;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& grad) const;
  Grads vjp(const Call& c) const;
};

/// Maxima over the windows of adaptive_avg_pool2d.
struct AdaptiveMaxPool2d {
  static constexpr Signature signature = "adaptive_max_pool2d(input, output_size)";
  Required<Dims> output_size;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// The same, and where in its plane each maximum lies.
struct AdaptiveMaxPool2dWithIndices {
  static constexpr Signature signature = "adaptive_max_pool2d_with_indices(input, output_size)";
  static constexpr std::string_view results[] = {"output", "indices"};
  Required<Dims> output_size;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// grad, added where the maxima of input are: the gradient of adaptive_max_pool2d.
struct AdaptiveMaxPool2dBackward {
  static constexpr Signature signature = "adaptive_max_pool2d_backward(grad, input)";
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& grad, const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// max_pool2d along the last dim.  input: [N, C, L].
struct MaxPool1d {
  static constexpr Signature signature =
      "max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  Dims dilation{1};
  bool ceil_mode = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

/// avg_pool2d along the last dim.  input: [N, C, L].
struct AvgPool1d {
  static constexpr Signature signature =
      "avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)";
  Required<Dims> kernel_size;
  Dims stride;
  Dims padding{0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

/// adaptive_avg_pool2d along the last dim.  input: [N, C, L].
struct AdaptiveAvgPool1d {
  static constexpr Signature signature = "adaptive_avg_pool1d(input, output_size)";
  Required<Dims> output_size;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

/// adaptive_max_pool2d along the last dim.  input: [N, C, L].
struct AdaptiveMaxPool1d {
  static constexpr Signature signature = "adaptive_max_pool1d(input, output_size)";
  Required<Dims> output_size;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

struct PoolOps : List<MaxPool2d, MaxPool2dWithIndices, MaxPool2dBackward, AvgPool2d,
                      AvgPool2dBackward, AdaptiveAvgPool2d, AdaptiveAvgPool2dBackward,
                      AdaptiveMaxPool2d, AdaptiveMaxPool2dWithIndices, AdaptiveMaxPool2dBackward,
                      MaxPool1d, AvgPool1d, AdaptiveAvgPool1d, AdaptiveMaxPool1d> {};

/// The attributes of a pooling window over H and W, complete and checked.
struct PoolAttributes {
  Dims kernel, stride, padding, dilation;
  bool ceil_mode;
  PoolAttributes(std::string_view op, const Dims& kernel, const Dims& stride, const Dims& padding,
                 const Dims& dilation, bool ceil_mode);
  /// The shape of the result for images of this shape. Error: a result without elements.
  Dims output(std::string_view op, const Dims& input) const;
};

}  // namespace tandem
