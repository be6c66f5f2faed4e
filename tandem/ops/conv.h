// Convolutions. A result lies channels-last in memory; shapes say N, C, H, W.
//
// conv2d, its gradient for the input and its gradient for the weight are each linear in two
// operands, and each is the gradient of the others: any order of differentiation stays within them.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Cross-correlation: result[n, o, y, x] = bias[o] + sum over c, i, j of input[n, c, y stride + i
/// dilation - padding, …] weight[o, c, i, j], with zeros outside.  input: [N, C, H, W], weight: [O,
/// C / groups, KH, KW], bias: [O]; result: [N, O, (H + 2 padding - dilation (KH - 1) - 1) / stride
/// + 1, …]. The public function takes [C, H, W] too, and one number for two equal ones. Integers
/// are computed exactly, modulo 2^bits.
struct Conv2d {
  static constexpr Signature signature =
      "conv2d(input, weight, bias?, stride, padding, dilation, groups)";
  Dims stride{1, 1};
  Dims padding{0, 0};
  Dims dilation{1, 1};
  int64_t groups = 1;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input, const Type& weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
  Grads vjp(const Call& c) const;
};

/// The gradient of conv2d for an input of height and width `input_size`: the transposed
/// convolution.  grad: [N, O, H', W'], weight: [O, C / groups, KH, KW]; result: [N, C, H, W].
struct Conv2dInputGrad {
  static constexpr Signature signature =
      "conv2d_input_grad(grad, weight, input_size, stride, padding, dilation, groups)";
  Required<Dims> input_size;
  Dims stride{1, 1};
  Dims padding{0, 0};
  Dims dilation{1, 1};
  int64_t groups = 1;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& grad, const Type& weight) const;
  Tensor decompose(const Tensor& grad, const Tensor& weight) const;
  Grads vjp(const Call& c) const;
};

/// The gradient of conv2d for a weight of height and width `kernel_size`.  grad: [N, O, H', W'],
/// input: [N, C, H, W]; result: [O, C / groups, KH, KW].
struct Conv2dWeightGrad {
  static constexpr Signature signature =
      "conv2d_weight_grad(grad, input, kernel_size, stride, padding, dilation, groups)";
  Required<Dims> kernel_size;
  Dims stride{1, 1};
  Dims padding{0, 0};
  Dims dilation{1, 1};
  int64_t groups = 1;
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& grad, const Type& input) const;
  Tensor decompose(const Tensor& grad, const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// The transpose of conv2d as a linear map.  input: [N, C, H, W], weight: [C, O / groups, KH, KW],
/// bias: [O]; result: [N, O, (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1,
/// …]. output_padding must be less than stride or dilation.
struct ConvTranspose2d {
  static constexpr Signature signature =
      "conv_transpose2d(input, weight, bias?, stride, padding, output_padding, groups, dilation)";
  Dims stride{1, 1};
  Dims padding{0, 0};
  Dims output_padding{0, 0};
  int64_t groups = 1;
  Dims dilation{1, 1};
  static constexpr Layout layout = Layout::channels_last;
  Type infer(const Type& input, const Type& weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
};

/// conv2d along one dim.  input: [N, C, L], weight: [O, C / groups, K], bias: [O].
struct Conv1d {
  static constexpr Signature signature =
      "conv1d(input, weight, bias?, stride, padding, dilation, groups)";
  Dims stride{1};
  Dims padding{0};
  Dims dilation{1};
  int64_t groups = 1;
  Type infer(const Type& input, const Type& weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
};

/// conv_transpose2d along one dim.  input: [N, C, L], weight: [C, O / groups, K], bias: [O].
struct ConvTranspose1d {
  static constexpr Signature signature =
      "conv_transpose1d(input, weight, bias?, stride, padding, output_padding, groups, dilation)";
  Dims stride{1};
  Dims padding{0};
  Dims output_padding{0};
  int64_t groups = 1;
  Dims dilation{1};
  Type infer(const Type& input, const Type& weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
};

struct ConvOps
    : List<Conv2d, Conv2dInputGrad, Conv2dWeightGrad, ConvTranspose2d, Conv1d, ConvTranspose1d> {};

/// An attribute of `rank` numbers, which may be given as one. Error: any other number of them.
Dims expand_attribute(std::string_view op, std::string_view name, const Dims& given, int rank);

}  // namespace tandem
