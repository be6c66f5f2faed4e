#include "tandem/ops/conv.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

Dims expand_attribute(std::string_view op, std::string_view name, const Dims& given, int rank) {
  if (given.size() == rank) return given;
  if (given.size() == 1) return Dims::filled(rank, given[0]);
  fail(ErrorCode::value, op, "expected ", name, " of 1 or ", rank, " numbers, got ", given);
}

namespace {

/// The attributes of a convolution over H and W, complete and checked.
struct Window {
  Dims stride, padding, dilation;
  int64_t groups;

  Window(std::string_view op, const Dims& stride, const Dims& padding, const Dims& dilation,
         int64_t groups)
      : stride(expand_attribute(op, "stride", stride, 2)),
        padding(expand_attribute(op, "padding", padding, 2)),
        dilation(expand_attribute(op, "dilation", dilation, 2)),
        groups(groups) {
    for (int i = 0; i < 2; ++i) {
      if (this->stride[i] < 1)
        fail(ErrorCode::value, op, "expected stride of 1 or more, got ", stride);
      if (this->padding[i] < 0)
        fail(ErrorCode::value, op, "expected padding of 0 or more, got ", padding);
      if (this->dilation[i] < 1)
        fail(ErrorCode::value, op, "expected dilation of 1 or more, got ", dilation);
    }
    if (groups < 1) fail(ErrorCode::value, op, "expected groups of 1 or more, got ", groups);
  }
  int64_t extent(int i, int64_t kernel) const { return dilation[i] * (kernel - 1) + 1; }
  int64_t output(int i, int64_t in, int64_t kernel) const {
    const int64_t room = in + 2 * padding[i] - extent(i, kernel);
    return room < 0 ? 0 : room / stride[i] + 1;
  }
};

void check_operands(std::string_view op, const Type& a, std::string_view a_name, const Type& b,
                    std::string_view b_name) {
  if (a.shape.size() != 4 || b.shape.size() != 4)
    fail(ErrorCode::shape, op, "expected ", a_name, " and ", b_name, " of 4 dims, got ", a.shape,
         " and ", b.shape);
  if (a.dtype == DType::boolean || a.dtype != b.dtype)
    fail(ErrorCode::dtype, op, a_name, " is ", a.dtype, ", ", b_name, " ", b.dtype,
         ": cast the input");
}

void check_bias(std::string_view op, const Type* bias, int64_t channels, DType dtype) {
  if (!bias) return;
  if (bias->shape != Dims{channels})
    fail(ErrorCode::shape, op, "expected bias: [", channels, "], one an output channel, got ",
         bias->shape);
  if (bias->dtype != dtype) fail(ErrorCode::dtype, op, "bias is ", bias->dtype, ", weight ", dtype);
}

[[noreturn]] void wrong_channels(std::string_view op, const Dims& x, const Dims& w,
                                 int64_t channels) {
  fail(ErrorCode::shape, op, "input has ", x[1], x[1] == 1 ? " channel" : " channels",
       ", the layer has in_channels=", channels, " (input ", x, " read as N, C, H, W; weight ", w,
       ")", x[3] == channels ? "; its last dim would fit: permute N, H, W, C to N, C, H, W" : "");
}

/// The checks that conv2d and its gradients share: input x, weight w, output channels.
void check_conv(std::string_view op, const Window& window, const Dims& x, const Dims& w) {
  for (int i = 2; i < 4; ++i)
    if (w[i] < 1) fail(ErrorCode::shape, op, "expected a kernel of 1 or more, got weight ", w);
  if (x[1] != w[1] * window.groups) wrong_channels(op, x, w, w[1] * window.groups);
  if (w[0] % window.groups)
    fail(ErrorCode::shape, op, "groups=", window.groups, " does not divide the ", w[0],
         " output channels of weight ", w);
}

Type conv_type(std::string_view op, const Conv2d& o, const Type& input, const Type& weight,
               const Type* bias) {
  const Window window(op, o.stride, o.padding, o.dilation, o.groups);
  check_operands(op, input, "input", weight, "weight");
  const Dims &x = input.shape, &w = weight.shape;
  check_conv(op, window, x, w);
  check_bias(op, bias, w[0], weight.dtype);
  const int64_t height = window.output(0, x[2], w[2]), width = window.output(1, x[3], w[3]);
  if (height < 1 || width < 1)
    fail(ErrorCode::shape, op, "the kernel is larger than the padded input (input ", x, ", weight ",
         w, ", padding ", window.padding, ", dilation ", window.dilation, ")");
  return {input.dtype, {x[0], w[0], height, width}};
}

Type conv_transpose_type(std::string_view op, const ConvTranspose2d& o, const Type& input,
                         const Type& weight, const Type* bias) {
  const int64_t groups = o.groups;
  const Window window(op, o.stride, o.padding, o.dilation, groups);
  const Dims extra = expand_attribute(op, "output_padding", o.output_padding, 2);
  check_operands(op, input, "input", weight, "weight");
  const Dims &x = input.shape, &w = weight.shape;
  if (x[1] != w[0]) wrong_channels(op, x, w, w[0]);
  if (w[0] % groups)
    fail(ErrorCode::shape, op, "groups=", groups, " does not divide the ", w[0],
         " input channels of weight ", w);
  check_bias(op, bias, w[1] * groups, weight.dtype);
  Dims out{x[0], w[1] * groups, 0, 0};
  for (int i = 0; i < 2; ++i) {
    if (extra[i] < 0 || extra[i] >= std::max(window.stride[i], window.dilation[i]))
      fail(ErrorCode::value, op, "expected output_padding smaller than stride ", window.stride,
           " or dilation ", window.dilation, ", got ", extra);
    out[i + 2] = (x[i + 2] - 1) * window.stride[i] - 2 * window.padding[i] +
                 window.extent(i, w[i + 2]) + extra[i];
    if (out[i + 2] < 1)
      fail(ErrorCode::shape, op, "the result would have shape ", out, " (input ", x, ", weight ", w,
           ", padding ", window.padding, ")");
  }
  return {input.dtype, out};
}

/// The windows of an image as columns: [N, groups, C / groups KH KW, L].
Tensor columns_of(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding,
                  const Dims& dilation, int64_t groups) {
  const Tensor columns = unfold(input, kernel, dilation, padding, stride);
  return reshape(columns, {input.size(0), groups, columns.size(1) / groups, columns.size(2)});
}
/// Output channels by group: [N, groups, O / groups, L].
Tensor by_group(const Tensor& images, int64_t groups) {
  const Dims& s = images.shape();
  return reshape(images, {s[0], groups, s[1] / groups, s[2] * s[3]});
}
/// [groups, O / groups, C / groups KH KW]
Tensor rows_of(const Tensor& weight, int64_t groups) {
  const Dims& s = weight.shape();
  return reshape(weight, {groups, s[0] / groups, s[1] * s[2] * s[3]});
}

}  // namespace

Tensor conv2d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding, Dims dilation,
              int64_t groups) {
  const Window w("conv2d", stride, padding, dilation, groups);
  return with_batch(input, 4, [&](Arg x) {
    return apply(Conv2d{w.stride, w.padding, w.dilation, groups}, x, weight, bias);
  });
}
Tensor conv2d_input_grad(Arg grad, Arg weight, Dims input_size, Dims stride, Dims padding,
                         Dims dilation, int64_t groups) {
  return apply(Conv2dInputGrad{input_size, stride, padding, dilation, groups}, grad, weight);
}
Tensor conv2d_weight_grad(Arg grad, Arg input, Dims kernel_size, Dims stride, Dims padding,
                          Dims dilation, int64_t groups) {
  return apply(Conv2dWeightGrad{kernel_size, stride, padding, dilation, groups}, grad, input);
}
Tensor conv_transpose2d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding,
                        Dims output_padding, int64_t groups, Dims dilation) {
  const Window w("conv_transpose2d", stride, padding, dilation, groups);
  const Dims extra = expand_attribute("conv_transpose2d", "output_padding", output_padding, 2);
  return with_batch(input, 4, [&](Arg x) {
    return apply(ConvTranspose2d{w.stride, w.padding, extra, groups, w.dilation}, x, weight, bias);
  });
}
Tensor conv1d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding, Dims dilation,
              int64_t groups) {
  return with_batch(input, 3, [&](Arg x) {
    return apply(Conv1d{stride, padding, dilation, groups}, x, weight, bias);
  });
}
Tensor conv_transpose1d(Arg input, Arg weight, OptArg bias, Dims stride, Dims padding,
                        Dims output_padding, int64_t groups, Dims dilation) {
  return with_batch(input, 3, [&](Arg x) {
    return apply(ConvTranspose1d{stride, padding, output_padding, groups, dilation}, x, weight,
                 bias);
  });
}

Type Conv2d::infer(const Type& input, const Type& weight, const Type* bias) const {
  return conv_type("conv2d", *this, input, weight, bias);
}
Tensor Conv2d::decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const {
  const Dims& w = weight.shape();
  const Dims out = infer(input.type(), weight.type(), bias ? &bias->type() : nullptr).shape;
  const Tensor columns = columns_of(input, {w[2], w[3]}, stride, padding, dilation, groups);
  const Tensor y = reshape(matmul(rows_of(weight, groups), columns), out);
  return bias ? y + reshape(*bias, {1, -1, 1, 1}) : y;
}
Grads Conv2d::vjp(const Call& c) const {
  const Tensor input = c.operand(0), weight = c.operand(1);
  Tensor dx, dw, db;
  if (c.needs(0))
    dx = conv2d_input_grad(c.dy(), weight, {input.shape()[2], input.shape()[3]}, stride, padding,
                           dilation, groups);
  if (c.needs(1))
    dw = conv2d_weight_grad(c.dy(), input, {weight.shape()[2], weight.shape()[3]}, stride, padding,
                            dilation, groups);
  if (c.has(2) && c.needs(2)) db = sum(c.dy(), {0, 2, 3});
  return {dx, dw, db};
}

Type Conv2dInputGrad::infer(const Type& grad, const Type& weight) const {
  constexpr std::string_view op = "conv2d_input_grad";
  const Window window(op, stride, padding, dilation, groups);
  check_operands(op, grad, "grad", weight, "weight");
  const Dims &g = grad.shape, &w = weight.shape;
  const Dims size = expand_attribute(op, "input_size", input_size, 2);
  const Dims x{g[0], w[1] * groups, size[0], size[1]};
  check_conv(op, window, x, w);
  const Dims expected{g[0], w[0], window.output(0, size[0], w[2]), window.output(1, size[1], w[3])};
  if (g != expected)
    fail(ErrorCode::shape, op, "expected grad: ", expected, " for input ", x, " and weight ", w,
         ", got ", g);
  return {grad.dtype, x};
}
Tensor Conv2dInputGrad::decompose(const Tensor& grad, const Tensor& weight) const {
  const Dims& w = weight.shape();
  const Tensor columns = matmul(transpose(rows_of(weight, groups), 1, 2), by_group(grad, groups));
  return fold(reshape(columns, {grad.size(0), w[1] * groups * w[2] * w[3], columns.size(3)}),
              input_size, {w[2], w[3]}, dilation, padding, stride);
}
Grads Conv2dInputGrad::vjp(const Call& c) const {
  const Tensor grad = c.operand(0), weight = c.operand(1);
  Tensor dg, dw;
  if (c.needs(0)) dg = conv2d(c.dy(), weight, {}, stride, padding, dilation, groups);
  if (c.needs(1))
    dw = conv2d_weight_grad(grad, c.dy(), {weight.shape()[2], weight.shape()[3]}, stride, padding,
                            dilation, groups);
  return {dg, dw};
}

Type Conv2dWeightGrad::infer(const Type& grad, const Type& input) const {
  constexpr std::string_view op = "conv2d_weight_grad";
  const Window window(op, stride, padding, dilation, groups);
  check_operands(op, grad, "grad", input, "input");
  const Dims &g = grad.shape, &x = input.shape;
  const Dims size = expand_attribute(op, "kernel_size", kernel_size, 2);
  if (x[1] % groups)
    fail(ErrorCode::shape, op, "groups=", groups, " does not divide the channels of input ", x);
  const Dims w{g[1], x[1] / groups, size[0], size[1]};
  check_conv(op, window, x, w);
  const Dims expected{x[0], g[1], window.output(0, x[2], size[0]), window.output(1, x[3], size[1])};
  if (g != expected)
    fail(ErrorCode::shape, op, "expected grad: ", expected, " for input ", x, " and weight ", w,
         ", got ", g);
  return {grad.dtype, w};
}
Tensor Conv2dWeightGrad::decompose(const Tensor& grad, const Tensor& input) const {
  const Tensor columns = columns_of(input, kernel_size, stride, padding, dilation, groups);
  const Tensor each = matmul(by_group(grad, groups), transpose(columns, 2, 3));
  return reshape(sum(each, 0, false, grad.dtype()), infer(grad.type(), input.type()).shape);
}
Grads Conv2dWeightGrad::vjp(const Call& c) const {
  const Tensor grad = c.operand(0), input = c.operand(1);
  Tensor dg, dx;
  if (c.needs(0)) dg = conv2d(input, c.dy(), {}, stride, padding, dilation, groups);
  if (c.needs(1))
    dx = conv2d_input_grad(grad, c.dy(), {input.shape()[2], input.shape()[3]}, stride, padding,
                           dilation, groups);
  return {dg, dx};
}

Type ConvTranspose2d::infer(const Type& input, const Type& weight, const Type* bias) const {
  return conv_transpose_type("conv_transpose2d", *this, input, weight, bias);
}
Tensor ConvTranspose2d::decompose(const Tensor& input, const Tensor& weight,
                                  const Tensor* bias) const {
  const Type* bias_type = bias ? &bias->type() : nullptr;
  const Dims out = infer(input.type(), weight.type(), bias_type).shape;
  const Tensor y =
      conv2d_input_grad(input, weight, {out[2], out[3]}, stride, padding, dilation, groups);
  return bias ? y + reshape(*bias, {1, -1, 1, 1}) : y;
}

namespace {

Type with_height(std::string_view op, std::string_view name, const Type& t) {
  if (t.shape.size() != 3)
    fail(ErrorCode::shape, op, "expected ", name, " of 3 dims, got ", t.shape);
  Type image = t;
  image.shape.insert(2, 1);
  return image;
}

Conv2d as_conv2d(const Conv1d& o) {
  return {beside("conv1d", "stride", 1, o.stride), beside("conv1d", "padding", 0, o.padding),
          beside("conv1d", "dilation", 1, o.dilation), o.groups};
}
ConvTranspose2d as_conv_transpose2d(const ConvTranspose1d& o) {
  constexpr std::string_view op = "conv_transpose1d";
  return {beside(op, "stride", 1, o.stride), beside(op, "padding", 0, o.padding),
          beside(op, "output_padding", 0, o.output_padding), o.groups,
          beside(op, "dilation", 1, o.dilation)};
}

}  // namespace

Type Conv1d::infer(const Type& input, const Type& weight, const Type* bias) const {
  return without_height(conv_type("conv1d", as_conv2d(*this), with_height("conv1d", "input", input),
                                  with_height("conv1d", "weight", weight), bias));
}
Tensor Conv1d::decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const {
  const Conv2d o = as_conv2d(*this);
  return squeeze(conv2d(unsqueeze(input, 2), unsqueeze(weight, 2), bias ? OptArg(*bias) : OptArg(),
                        o.stride, o.padding, o.dilation, groups),
                 2);
}

Type ConvTranspose1d::infer(const Type& input, const Type& weight, const Type* bias) const {
  constexpr std::string_view op = "conv_transpose1d";
  return without_height(conv_transpose_type(op, as_conv_transpose2d(*this),
                                            with_height(op, "input", input),
                                            with_height(op, "weight", weight), bias));
}
Tensor ConvTranspose1d::decompose(const Tensor& input, const Tensor& weight,
                                  const Tensor* bias) const {
  const ConvTranspose2d o = as_conv_transpose2d(*this);
  return squeeze(
      conv_transpose2d(unsqueeze(input, 2), unsqueeze(weight, 2), bias ? OptArg(*bias) : OptArg(),
                       o.stride, o.padding, o.output_padding, groups, o.dilation),
      2);
}

template struct Family<ConvOps>;

}  // namespace tandem
