#include "tandem/ops/conv3d.h"

#include <algorithm>

#include "tandem/ops/conv.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor conv3d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding, Dims dilation, int64_t groups) { return apply(Conv3d{stride, padding, dilation, groups}, input, weight, bias); }
Tensor conv_transpose3d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding, Dims output_padding, int64_t groups, Dims dilation) { return apply(ConvTranspose3d{stride, padding, output_padding, groups, dilation}, input, weight, bias); }
// clang-format on

namespace {

/// The attributes of a convolution over D, H and W.
struct Steps {
  Dims stride, padding, dilation;
  Steps(std::string_view op, const Dims& strides, const Dims& paddings, const Dims& dilations)
      : stride(expand_attribute(op, "stride", strides, 3)),
        padding(expand_attribute(op, "padding", paddings, 3)),
        dilation(expand_attribute(op, "dilation", dilations, 3)) {
    if (stride[0] < 1 || padding[0] < 0 || dilation[0] < 1)
      fail(ErrorCode::value, op,
           "expected stride and dilation of 1 or more and padding of 0 or "
           "more, got ",
           stride, ", ", dilation, " and ", padding);
  }
  static Dims plane(const Dims& d) { return {d[1], d[2]}; }
};
void check_volumes(std::string_view op, const Tensor& input, const Tensor& weight) {
  if ((input.dim() != 4 && input.dim() != 5) || weight.dim() != 5)
    fail(ErrorCode::shape, op,
         "expected input [N, C, D, H, W] or [C, D, H, W] and weight of 5 "
         "dims, got ",
         input.shape(), " and ", weight.shape());
}
/// Every slice along the depth is an image of its own: [N, C, D, H, W] as [N D, C, H, W]; and back.
Tensor images(const Tensor& x) {
  return reshape(transpose(x, 1, 2), {x.size(0) * x.size(2), x.size(1), x.size(3), x.size(4)});
}
Tensor volumes(const Tensor& y, int64_t n) {
  return transpose(reshape(y, {n, y.size(0) / n, y.size(1), y.size(2), y.size(3)}), 1, 2);
}
Tensor with_bias(const Tensor& y, const Tensor* bias) {
  return bias ? y + reshape(*bias, {1, -1, 1, 1, 1}) : y;
}

}  // namespace

Tensor Conv3d::decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const {
  constexpr std::string_view op = "conv3d";
  check_volumes(op, input, weight);
  if (input.dim() == 4) return squeeze(decompose(unsqueeze(input, 0), weight, bias), 0);
  const Steps s(op, stride, padding, dilation);
  const int64_t n = input.size(0), kernel = weight.size(2);
  const int64_t room = input.size(2) + 2 * s.padding[0] - s.dilation[0] * (kernel - 1) - 1;
  if (room < 0)
    fail(ErrorCode::shape, op, "the kernel is larger than the padded input (input ", input.shape(),
         ", weight ", weight.shape(), ", padding ", s.padding, ", dilation ", s.dilation, ")");
  const int64_t depth = room / s.stride[0] + 1;
  const Tensor x = constant_pad_nd(input, {0, 0, 0, 0, s.padding[0], s.padding[0]});
  Tensor y;
  for (int64_t k = 0; k < kernel; ++k) {
    const int64_t from = k * s.dilation[0];
    const Tensor seen = slice(x, 2, from, from + (depth - 1) * s.stride[0] + 1, s.stride[0]);
    const Tensor part = conv2d(images(seen), select(weight, 2, k), {}, Steps::plane(s.stride),
                               Steps::plane(s.padding), Steps::plane(s.dilation), groups);
    y = y ? y + part : part;
  }
  return with_bias(volumes(y, n), bias);
}
Tensor ConvTranspose3d::decompose(const Tensor& input, const Tensor& weight,
                                  const Tensor* bias) const {
  constexpr std::string_view op = "conv_transpose3d";
  check_volumes(op, input, weight);
  if (input.dim() == 4) return squeeze(decompose(unsqueeze(input, 0), weight, bias), 0);
  const Steps s(op, stride, padding, dilation);
  const Dims extra = expand_attribute(op, "output_padding", output_padding, 3);
  if (extra[0] < 0 || extra[0] >= std::max(s.stride[0], s.dilation[0]))
    fail(ErrorCode::value, op, "expected output_padding smaller than stride ", s.stride,
         " or dilation ", s.dilation, ", got ", extra);
  const int64_t n = input.size(0), kernel = weight.size(2), in = input.size(2);
  const int64_t whole = (in - 1) * s.stride[0] + s.dilation[0] * (kernel - 1) + 1 + extra[0];
  const int64_t depth = whole - 2 * s.padding[0];
  if (depth < 1)
    fail(ErrorCode::shape, op, "the result would have depth ", depth, " (input ", input.shape(),
         ", weight ", weight.shape(), ", padding ", s.padding, ")");
  Tensor y;
  for (int64_t k = 0; k < kernel; ++k) {
    const Tensor part =
        volumes(conv_transpose2d(images(input), select(weight, 2, k), {}, Steps::plane(s.stride),
                                 Steps::plane(s.padding), Steps::plane(extra), groups,
                                 Steps::plane(s.dilation)),
                n);
    if (!y) y = full({n, part.size(1), whole, part.size(3), part.size(4)}, 0, input.dtype());
    const Tensor places = arange(0, in) * s.stride[0] + k * s.dilation[0];
    y = index_add(y, 2, places, part);
  }
  return with_bias(narrow(y, 2, s.padding[0], depth), bias);
}

template struct Family<Conv3dOps>;

}  // namespace tandem
