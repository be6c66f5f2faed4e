#include "tandem/ops/pool.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/conv.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

PoolAttributes::PoolAttributes(std::string_view op, const Dims& kernel, const Dims& stride,
                               const Dims& padding, const Dims& dilation, bool ceil_mode)
    : kernel(expand_attribute(op, "kernel_size", kernel, 2)),
      stride(stride.empty() ? this->kernel : expand_attribute(op, "stride", stride, 2)),
      padding(expand_attribute(op, "padding", padding, 2)),
      dilation(expand_attribute(op, "dilation", dilation, 2)),
      ceil_mode(ceil_mode) {
  const auto in_range = [](int64_t n) { return n >= 1 && n <= INT32_MAX; };
  for (int i = 0; i < 2; ++i) {
    if (!in_range(this->kernel[i]))
      fail(ErrorCode::value, op, "expected kernel_size of 1 or more, got ", kernel);
    if (!in_range(this->stride[i]))
      fail(ErrorCode::value, op, "expected stride of 1 or more, got ", stride);
    if (!in_range(this->dilation[i]))
      fail(ErrorCode::value, op, "expected dilation of 1 or more, got ", dilation);
    if (this->padding[i] < 0 ||
        this->padding[i] > ((this->kernel[i] - 1) * this->dilation[i] + 1) / 2)
      fail(ErrorCode::value, op, "expected padding of at most half the kernel, got padding ",
           padding, " for kernel_size ", kernel);
  }
}

Dims PoolAttributes::output(std::string_view op, const Dims& input) const {
  Dims out = input;
  for (int i = 0; i < 2; ++i) {
    const int64_t in = input[i + 2], room = in + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1;
    int64_t& n = out[i + 2];
    n = room < 0 ? 0 : (room + (ceil_mode ? stride[i] - 1 : 0)) / stride[i] + 1;
    if (ceil_mode && n > 0 && (n - 1) * stride[i] >= in + padding[i]) --n;
    if (n < 1)
      fail(ErrorCode::shape, op, "the window is larger than the padded input (input ", input,
           ", kernel_size ", kernel, ", padding ", padding, ", dilation ", dilation, ")");
  }
  return out;
}

namespace {

void check_images(std::string_view op, const Type& input) {
  if (input.shape.size() != 4)
    fail(ErrorCode::shape, op, "expected input: [N, C, H, W] or [C, H, W], got ", input.shape);
}
void check_floating_images(std::string_view op, const Type& input) {
  check_images(op, input);
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
}

template <class O>
PoolAttributes window_of(const O& o, std::string_view op = O::signature.name()) {
  return {op, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode};
}
template <class O>
PoolAttributes average_window_of(const O& o, std::string_view op = O::signature.name()) {
  if (o.divisor_override && *o.divisor_override == 0)
    fail(ErrorCode::value, op, "expected a divisor_override other than 0");
  return {op, o.kernel_size, o.stride, o.padding, {1, 1}, o.ceil_mode};
}

Type pooled(std::string_view op, const PoolAttributes& window, const Type& input) {
  check_images(op, input);
  if (input.dtype == DType::boolean)
    fail(ErrorCode::dtype, op, "expected a numeric input, got bool: cast it");
  return {input.dtype, window.output(op, input.shape)};
}

template <class O>
Type adaptive(const O& o, const Type& input, std::string_view op = O::signature.name()) {
  check_floating_images(op, input);
  const Dims size = expand_attribute(op, "output_size", o.output_size, 2);
  Type out = input;
  for (int i = 0; i < 2; ++i) {
    if (size[i] < -1)
      fail(ErrorCode::value, op, "expected output_size of 0 or more (-1 keeps the input's), got ",
           size);
    if (size[i] >= 0) out.shape[i + 2] = size[i];
    if (input.shape[i + 2] < 1 && out.shape[i + 2] > 0)
      fail(ErrorCode::shape, op, "expected an input with elements, got shape ", input.shape);
  }
  return out;
}

Dims plane(const Dims& images) { return {images[2], images[3]}; }

void check_grad(std::string_view op, const Type& grad, const Type& expected) {
  if (grad != expected) fail(ErrorCode::shape, op, "expected grad: ", expected, ", got ", grad);
}

/// What each window sees of images: [N, C, KH KW, L], with `value` outside.
Tensor windows(const PoolAttributes& w, const Tensor& images, const Scalar& value) {
  const Dims &in = images.shape(), out = w.output("pool", in);
  Dims pads;
  for (int i = 1; i >= 0; --i) {
    const int64_t extent = w.dilation[i] * (w.kernel[i] - 1) + 1;
    pads.push_back(w.padding[i]);
    pads.push_back(
        std::max<int64_t>(0, (out[i + 2] - 1) * w.stride[i] + extent - in[i + 2] - w.padding[i]));
  }
  const Tensor columns =
      unfold(constant_pad_nd(images, pads, value), w.kernel, w.dilation, 0, w.stride);
  return reshape(columns, {in[0], in[1], w.kernel.product(), out[2] * out[3]});
}

/// How many elements the windows of dim i share their sum among: [output size], int64.
Tensor window_counts(const PoolAttributes& w, const Dims& input, int64_t output, int i,
                     bool count_include_pad) {
  const Tensor begin = arange(0, output) * w.stride[i] - w.padding[i];
  const Tensor end = begin + w.kernel[i];
  const int64_t n = input[i + 2];
  if (count_include_pad) return clamp_max(end, n + w.padding[i]) - begin;
  return clamp_max(end, n) - clamp_min(begin, 0);
}

/// The maxima of windows and where they lie in their planes.
std::array<Tensor, 2> maxima(const PoolAttributes& w, const Tensor& input) {
  const Dims &in = input.shape(), out = w.output("max_pool2d", in);
  const int64_t plane_size = in[2] * in[3];
  const Tensor places = windows(w, reshape(arange(0, plane_size), {1, 1, in[2], in[3]}), -1);
  const Tensor seen = windows(w, input, 0), inside = ge(places, 0);
  // The padding counts for nothing, so the largest is sought among what is inside.
  const Tensor lowest =
      is_floating(input.dtype()) ? full({}, -INFINITY, input.dtype()) : amin(seen, 2, true);
  const Tensor candidates = where(inside, seen, lowest);
  const Tensor best = amax(candidates, 2, true);
  const Tensor is_best = logical_or(eq(candidates, best), ne(candidates, candidates));
  const Tensor first = argmax(cast(logical_and(inside, is_best), DType::u8), 2, true);
  const Tensor at = gather(expand(places, seen.shape()), 2, first);
  const Dims lines{in[0], in[1], at.size(3)};
  const Tensor values = gather(reshape(input, {in[0], in[1], plane_size}), 2, reshape(at, lines));
  return {reshape(values, out), reshape(at, out)};
}

/// x at places in its planes: what a gradient of a gradient picks.
Tensor pick(const Tensor& x, const Tensor& indices) {
  const Dims &from = x.shape(), &to = indices.shape();
  const Tensor rows = reshape(x, {from[0], from[1], from[2] * from[3]});
  return reshape(gather(rows, 2, reshape(indices, {to[0], to[1], to[2] * to[3]})), to);
}

}  // namespace

Tensor max_pool2d(Arg input, Dims kernel_size, Dims stride, Dims padding, Dims dilation,
                  bool ceil_mode) {
  const PoolAttributes w("max_pool2d", kernel_size, stride, padding, dilation, ceil_mode);
  return with_batch(input, 4, [&](Arg x) {
    return apply(MaxPool2d{w.kernel, w.stride, w.padding, w.dilation, ceil_mode}, x);
  });
}
std::array<Tensor, 2> max_pool2d_with_indices(Arg input, Dims kernel_size, Dims stride,
                                              Dims padding, Dims dilation, bool ceil_mode) {
  const PoolAttributes w("max_pool2d_with_indices", kernel_size, stride, padding, dilation,
                         ceil_mode);
  return with_batch(input, 4, [&](Arg x) {
    return apply(MaxPool2dWithIndices{w.kernel, w.stride, w.padding, w.dilation, ceil_mode}, x);
  });
}
Tensor max_pool2d_backward(Arg grad, Arg input, Dims kernel_size, Dims stride, Dims padding,
                           Dims dilation, bool ceil_mode) {
  return apply(MaxPool2dBackward{kernel_size, stride, padding, dilation, ceil_mode}, grad, input);
}
Tensor avg_pool2d(Arg input, Dims kernel_size, Dims stride, Dims padding, bool ceil_mode,
                  bool count_include_pad, std::optional<int64_t> divisor_override) {
  const PoolAttributes w("avg_pool2d", kernel_size, stride, padding, {1, 1}, ceil_mode);
  return with_batch(input, 4, [&](Arg x) {
    return apply(
        AvgPool2d{w.kernel, w.stride, w.padding, ceil_mode, count_include_pad, divisor_override},
        x);
  });
}
Tensor avg_pool2d_backward(Arg grad, Dims input_size, Dims kernel_size, Dims stride, Dims padding,
                           bool ceil_mode, bool count_include_pad,
                           std::optional<int64_t> divisor_override) {
  return apply(AvgPool2dBackward{input_size, kernel_size, stride, padding, ceil_mode,
                                 count_include_pad, divisor_override},
               grad);
}
Tensor adaptive_avg_pool2d(Arg input, Dims output_size) {
  return with_batch(input, 4, [&](Arg x) { return apply(AdaptiveAvgPool2d{output_size}, x); });
}
Tensor adaptive_avg_pool2d_backward(Arg grad, Dims input_size) {
  return apply(AdaptiveAvgPool2dBackward{input_size}, grad);
}
Tensor adaptive_max_pool2d(Arg input, Dims output_size) {
  return with_batch(input, 4, [&](Arg x) { return apply(AdaptiveMaxPool2d{output_size}, x); });
}
std::array<Tensor, 2> adaptive_max_pool2d_with_indices(Arg input, Dims output_size) {
  return with_batch(input, 4,
                    [&](Arg x) { return apply(AdaptiveMaxPool2dWithIndices{output_size}, x); });
}
Tensor adaptive_max_pool2d_backward(Arg grad, Arg input) {
  return apply(AdaptiveMaxPool2dBackward{}, grad, input);
}
Tensor max_pool1d(Arg input, Dims kernel_size, Dims stride, Dims padding, Dims dilation,
                  bool ceil_mode) {
  return with_batch(input, 3, [&](Arg x) {
    return apply(MaxPool1d{kernel_size, stride, padding, dilation, ceil_mode}, x);
  });
}
Tensor avg_pool1d(Arg input, Dims kernel_size, Dims stride, Dims padding, bool ceil_mode,
                  bool count_include_pad) {
  return with_batch(input, 3, [&](Arg x) {
    return apply(AvgPool1d{kernel_size, stride, padding, ceil_mode, count_include_pad}, x);
  });
}
Tensor adaptive_avg_pool1d(Arg input, Dims output_size) {
  return with_batch(input, 3, [&](Arg x) { return apply(AdaptiveAvgPool1d{output_size}, x); });
}
Tensor adaptive_max_pool1d(Arg input, Dims output_size) {
  return with_batch(input, 3, [&](Arg x) { return apply(AdaptiveMaxPool1d{output_size}, x); });
}

Type MaxPool2d::infer(const Type& input) const {
  return pooled(signature.name(), window_of(*this), input);
}
Tensor MaxPool2d::decompose(const Tensor& input) const {
  return maxima(window_of(*this), input)[0];
}
Grads MaxPool2d::vjp(const Call& c) const {
  return {
      max_pool2d_backward(c.dy(), c.operand(0), kernel_size, stride, padding, dilation, ceil_mode)};
}

std::array<Type, 2> MaxPool2dWithIndices::infer(const Type& input) const {
  const Type out = pooled(signature.name(), window_of(*this), input);
  return {out, Type{DType::i64, out.shape}};
}
std::array<Tensor, 2> MaxPool2dWithIndices::decompose(const Tensor& input) const {
  return maxima(window_of(*this), input);
}
Grads MaxPool2dWithIndices::vjp(const Call& c) const {
  return {
      max_pool2d_backward(c.dy(), c.operand(0), kernel_size, stride, padding, dilation, ceil_mode)};
}

Type MaxPool2dBackward::infer(const Type& grad, const Type& input) const {
  check_grad("max_pool2d_backward", grad, pooled(signature.name(), window_of(*this), input));
  return input;
}
Grads MaxPool2dBackward::vjp(const Call& c) const {
  // The maxima do not move under small changes of the input, so it has no gradient.
  const auto indices = max_pool2d_with_indices(c.operand(1).detach(), kernel_size, stride, padding,
                                               dilation, ceil_mode)[1];
  return {pick(c.dy(), indices)};
}

Type AvgPool2d::infer(const Type& input) const {
  return pooled(signature.name(), average_window_of(*this), input);
}
Tensor AvgPool2d::decompose(const Tensor& input) const {
  const PoolAttributes w = average_window_of(*this);
  const Dims out = infer(input.type()).shape;
  const Tensor total = reshape(sum(windows(w, input, 0), 2, false, input.dtype()), out);
  const Tensor counts =
      divisor_override
          ? full({}, *divisor_override, DType::i64)
          : reshape(window_counts(w, input.shape(), out[2], 0, count_include_pad), {-1, 1}) *
                window_counts(w, input.shape(), out[3], 1, count_include_pad);
  const Tensor shares = cast(counts, input.dtype());
  return is_floating(input.dtype()) ? total / shares : div(total, shares, "trunc");
}
Grads AvgPool2d::vjp(const Call& c) const {
  return {avg_pool2d_backward(c.dy(), plane(c.type(0).shape), kernel_size, stride, padding,
                              ceil_mode, count_include_pad, divisor_override)};
}

Type AvgPool2dBackward::infer(const Type& grad) const {
  constexpr std::string_view op = "avg_pool2d_backward";
  check_floating_images(op, grad);
  const Dims size = expand_attribute(op, "input_size", input_size, 2);
  const Type input{grad.dtype, {grad.shape[0], grad.shape[1], size[0], size[1]}};
  check_grad(op, grad, pooled(signature.name(), average_window_of(*this), input));
  return input;
}
Grads AvgPool2dBackward::vjp(const Call& c) const {
  return {avg_pool2d(c.dy(), kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)};
}

Type AdaptiveAvgPool2d::infer(const Type& input) const { return adaptive(*this, input); }
Grads AdaptiveAvgPool2d::vjp(const Call& c) const {
  return {adaptive_avg_pool2d_backward(c.dy(), plane(c.type(0).shape))};
}

Type AdaptiveAvgPool2dBackward::infer(const Type& grad) const {
  constexpr std::string_view op = "adaptive_avg_pool2d_backward";
  check_floating_images(op, grad);
  const Dims size = expand_attribute(op, "input_size", input_size, 2);
  return {grad.dtype, {grad.shape[0], grad.shape[1], size[0], size[1]}};
}
Grads AdaptiveAvgPool2dBackward::vjp(const Call& c) const {
  return {adaptive_avg_pool2d(c.dy(), plane(c.type(0).shape))};
}

Type AdaptiveMaxPool2d::infer(const Type& input) const { return adaptive(*this, input); }
Grads AdaptiveMaxPool2d::vjp(const Call& c) const {
  return {adaptive_max_pool2d_backward(c.dy(), c.operand(0))};
}

std::array<Type, 2> AdaptiveMaxPool2dWithIndices::infer(const Type& input) const {
  const Type out = adaptive(*this, input);
  return {out, Type{DType::i64, out.shape}};
}
Grads AdaptiveMaxPool2dWithIndices::vjp(const Call& c) const {
  return {adaptive_max_pool2d_backward(c.dy(), c.operand(0))};
}

Type AdaptiveMaxPool2dBackward::infer(const Type& grad, const Type& input) const {
  constexpr std::string_view op = "adaptive_max_pool2d_backward";
  check_floating_images(op, grad);
  check_floating_images(op, input);
  Type expected = input;
  for (int d = 2; d < 4; ++d) expected.shape[d] = grad.shape[d];
  check_grad(op, grad, expected);
  return input;
}
Grads AdaptiveMaxPool2dBackward::vjp(const Call& c) const {
  const auto indices =
      adaptive_max_pool2d_with_indices(c.operand(1).detach(), plane(c.type(0).shape))[1];
  return {pick(c.dy(), indices)};
}

namespace {

Type with_height(std::string_view op, Type input) {
  if (input.shape.size() != 3)
    fail(ErrorCode::shape, op, "expected input: [N, C, L] or [C, L], got ", input.shape);
  input.shape.insert(2, 1);
  return input;
}

MaxPool2d as_2d(const MaxPool1d& o) {
  constexpr std::string_view op = "max_pool1d";
  return {beside(op, "kernel_size", 1, o.kernel_size),
          beside(op, "stride", 1, o.stride.empty() ? o.kernel_size.value : o.stride),
          beside(op, "padding", 0, o.padding), beside(op, "dilation", 1, o.dilation), o.ceil_mode};
}
AvgPool2d as_2d(const AvgPool1d& o) {
  constexpr std::string_view op = "avg_pool1d";
  return {beside(op, "kernel_size", 1, o.kernel_size),
          beside(op, "stride", 1, o.stride.empty() ? o.kernel_size.value : o.stride),
          beside(op, "padding", 0, o.padding),
          o.ceil_mode,
          o.count_include_pad,
          {}};
}

}  // namespace

Type MaxPool1d::infer(const Type& input) const {
  constexpr std::string_view op = "max_pool1d";
  return without_height(pooled(op, window_of(as_2d(*this), op), with_height(op, input)));
}
Tensor MaxPool1d::decompose(const Tensor& input) const {
  const MaxPool2d o = as_2d(*this);
  return squeeze(
      max_pool2d(unsqueeze(input, 2), o.kernel_size, o.stride, o.padding, o.dilation, ceil_mode),
      2);
}

Type AvgPool1d::infer(const Type& input) const {
  constexpr std::string_view op = "avg_pool1d";
  return without_height(pooled(op, average_window_of(as_2d(*this), op), with_height(op, input)));
}
Tensor AvgPool1d::decompose(const Tensor& input) const {
  const AvgPool2d o = as_2d(*this);
  return squeeze(avg_pool2d(unsqueeze(input, 2), o.kernel_size, o.stride, o.padding, ceil_mode,
                            count_include_pad),
                 2);
}

Type AdaptiveAvgPool1d::infer(const Type& input) const {
  constexpr std::string_view op = "adaptive_avg_pool1d";
  const AdaptiveAvgPool2d o{beside(op, "output_size", 1, output_size)};
  return without_height(adaptive(o, with_height(op, input), op));
}
Tensor AdaptiveAvgPool1d::decompose(const Tensor& input) const {
  const Dims size = beside("adaptive_avg_pool1d", "output_size", 1, output_size);
  return squeeze(adaptive_avg_pool2d(unsqueeze(input, 2), size), 2);
}

Type AdaptiveMaxPool1d::infer(const Type& input) const {
  constexpr std::string_view op = "adaptive_max_pool1d";
  const AdaptiveMaxPool2d o{beside(op, "output_size", 1, output_size)};
  return without_height(adaptive(o, with_height(op, input), op));
}
Tensor AdaptiveMaxPool1d::decompose(const Tensor& input) const {
  const Dims size = beside("adaptive_max_pool1d", "output_size", 1, output_size);
  return squeeze(adaptive_max_pool2d(unsqueeze(input, 2), size), 2);
}

template struct Family<PoolOps>;

}  // namespace tandem
