#include "tandem/ops/group_norm.h"

#include <algorithm>
#include <cstdlib>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/norm_rules.h"
#include "tandem/ops/rules.h"

namespace tandem {

using namespace norms;

namespace {

void check_groups(std::string_view op, const Type& input, int64_t num_groups, const Type* weight,
                  const Type* bias) {
  const Dims c = channels(op, input);
  if (num_groups < 1 || c[0] % num_groups)
    fail(ErrorCode::value, op, "expected num_groups that divide the ", c[0], " channels of input ",
         input.shape, ", got ", num_groups);
  check_parameter(op, "weight", weight, c, input);
  check_parameter(op, "bias", bias, c, input);
}
/// The statistics' type.
Type of_groups(const Type& input, int64_t num_groups) {
  return {wide(input.dtype), {input.shape[0], num_groups}};
}
/// x: [N, C, …] as [N, num_groups, elements of a group].
Dims split(const Tensor& x, int64_t num_groups) {
  int64_t elements = x.size(1) / num_groups;
  for (int i = 2; i < x.dim(); ++i) elements *= x.size(i);
  return {x.size(0), num_groups, elements};
}
/// y * weight + bias for each channel.
Tensor scaled_channels(const Tensor& y, const Tensor* weight, const Tensor* bias) {
  const Tensor w = weight ? per_channel(*weight, y) : Tensor();
  const Tensor b = bias ? per_channel(*bias, y) : Tensor();
  return scaled(y, weight ? &w : nullptr, bias ? &b : nullptr);
}

}  // namespace

// Group normalization.

Tensor group_norm(Arg input, int64_t num_groups, OptArg weight, OptArg bias, double eps) {
  return apply(GroupNorm{num_groups, eps}, input, weight, bias);
}
std::array<Tensor, 3> native_group_norm(Arg input, int64_t num_groups, OptArg weight, OptArg bias,
                                        double eps) {
  return apply(NativeGroupNorm{num_groups, eps}, input, weight, bias);
}
std::array<Tensor, 3> native_group_norm_backward(Arg grad, Arg input, int64_t num_groups, Arg mean,
                                                 Arg rstd, OptArg weight) {
  return apply(NativeGroupNormBackward{num_groups}, grad, input, mean, rstd, weight);
}

Type GroupNorm::infer(const Type& input, const Type* weight, const Type* bias) const {
  check_groups("group_norm", input, num_groups, weight, bias);
  return input;
}
Tensor GroupNorm::decompose(const Tensor& input, const Tensor* weight, const Tensor* bias) const {
  return native_group_norm(input, num_groups, optional(weight), optional(bias), eps)[0];
}

std::array<Type, 3> NativeGroupNorm::infer(const Type& input, const Type* weight,
                                           const Type* bias) const {
  check_groups("native_group_norm", input, num_groups, weight, bias);
  const Type group = of_groups(input, num_groups);
  return {input, group, group};
}
std::array<Tensor, 3> NativeGroupNorm::decompose(const Tensor& input, const Tensor* weight,
                                                 const Tensor* bias) const {
  const Tensor x = widened(input), groups = reshape(x, split(x, num_groups));
  const Tensor mean = tandem::mean(groups, -1, true), centered = groups - mean;
  const Tensor rstd = rsqrt(tandem::mean(square(centered), -1, true) + eps);
  const Tensor y = scaled_channels(reshape(centered * rstd, x.shape()), weight, bias);
  return {cast(y, input.dtype()), squeeze(mean, -1), squeeze(rstd, -1)};
}
Grads NativeGroupNorm::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[1] || c.dys[2] || !c.dys[0]) {
    vjp_by_decomposition(info_of<NativeGroupNorm>, this, c, &grads);
    return grads;
  }
  const Tensor weight = c.operand(1);
  auto [dx, dw, db] = native_group_norm_backward(c.dys[0], c.operand(0), num_groups, c.result(1),
                                                 c.result(2), c.has(1) ? OptArg(weight) : OptArg());
  return {dx, dw, db};
}

std::array<Type, 3> NativeGroupNormBackward::infer(const Type& grad, const Type& input,
                                                   const Type& mean, const Type& rstd,
                                                   const Type* weight) const {
  constexpr std::string_view op = "native_group_norm_backward";
  check_groups(op, input, num_groups, weight, nullptr);
  const Type group = of_groups(input, num_groups);
  if (grad != input || mean != group || rstd != group)
    fail(ErrorCode::shape, op, "expected grad: ", input, ", mean and rstd: ", group, ", got ", grad,
         ", ", mean, ", ", rstd);
  const Type parameter{weight ? weight->dtype : input.dtype, {input.shape[1]}};
  return {input, parameter, parameter};
}
std::array<Tensor, 3> NativeGroupNormBackward::decompose(const Tensor& grad, const Tensor& input,
                                                         const Tensor& mean, const Tensor& rstd,
                                                         const Tensor* weight) const {
  const Tensor dy = widened(grad), x = widened(input);
  const Dims groups = split(x, num_groups), others = all_but_channels(x);
  const Tensor scale = unsqueeze(rstd, -1);
  const Tensor normal = (reshape(x, groups) - unsqueeze(mean, -1)) * scale;
  const Tensor g = reshape(scaled_channels(dy, weight, nullptr), groups);
  const Tensor dx =
      (g - tandem::mean(g, -1, true) - normal * tandem::mean(g * normal, -1, true)) * scale;
  const DType parameter = weight ? weight->dtype() : input.dtype();
  return {cast(reshape(dx, x.shape()), input.dtype()),
          cast(sum(dy * reshape(normal, x.shape()), others), parameter),
          cast(sum(dy, others), parameter)};
}

// Instance normalization.

Tensor instance_norm(Arg input, OptArg running_mean, OptArg running_var, OptArg weight, OptArg bias,
                     bool use_input_stats, double momentum, double eps) {
  const Tensor y = apply(InstanceNorm{use_input_stats, momentum, eps}, input, running_mean,
                         running_var, weight, bias);
  if (!use_input_stats || !running_mean.tensor || !running_mean.tensor->defined()) return y;
  NoGrad statistics;
  At line(input.where);
  const Tensor x = widened(input.tensor->detach());
  const int64_t n = x.size(0), c = x.size(1), count = x.numel() / (n * c);
  const auto [ignored, mean, variance] = batch_norm_train(reshape(x, {1, n * c, count}));
  auto over_samples = [&](const Tensor& t) { return tandem::mean(reshape(t, {n, c}), 0); };
  move_towards(*running_mean.tensor, over_samples(mean), momentum, input.where);
  if (running_var.tensor && running_var.tensor->defined())
    move_towards(*running_var.tensor, over_samples(variance) * (double(count) / double(count - 1)),
                 momentum, input.where);
  return y;
}

Type InstanceNorm::infer(const Type& input, const Type* running_mean, const Type* running_var,
                         const Type* weight, const Type* bias) const {
  constexpr std::string_view op = "instance_norm";
  const Dims c = channels(op, input);
  check_parameter(op, "running_mean", running_mean, c, input);
  check_parameter(op, "running_var", running_var, c, input);
  check_parameter(op, "weight", weight, c, input);
  check_parameter(op, "bias", bias, c, input);
  if (use_input_stats && input.shape.product() == input.shape[0] * input.shape[1])
    fail(ErrorCode::value, op,
         "expected more than 1 spatial element when training, got input size ", input.shape);
  if (!use_input_stats && (!running_mean || !running_var))
    fail(ErrorCode::value, op, "expected running_mean and running_var unless use_input_stats=true");
  return input;
}
Tensor InstanceNorm::decompose(const Tensor& input, const Tensor* running_mean,
                               const Tensor* running_var, const Tensor* weight,
                               const Tensor* bias) const {
  if (use_input_stats)
    return group_norm(input, input.size(1), optional(weight), optional(bias), eps);
  return batch_norm(input, optional(running_mean), optional(running_var), optional(weight),
                    optional(bias), false, momentum, eps);
}

Tensor local_response_norm(Arg input, int64_t size, double alpha, double beta, double k) {
  return apply(LocalResponseNorm{size, alpha, beta, k}, input);
}
Tensor LocalResponseNorm::decompose(const Tensor& input) const {
  constexpr std::string_view op = "local_response_norm";
  if (input.dim() < 3)
    fail(ErrorCode::shape, op, "expected an input of 3 dims or more, got ", input.shape());
  const int64_t channels = input.size(1), window = size;
  if (window < 1) fail(ErrorCode::value, op, "expected size of 1 or more, got ", window);
  const Tensor squares = square(input);
  Tensor total = squares;
  const int64_t before = std::min(window / 2, channels - 1);
  const int64_t after = std::min((window - 1) / 2, channels - 1);
  for (int64_t offset = -before; offset <= after; ++offset) {
    if (offset == 0) continue;
    // Channel c gets that of c + offset.
    Dims missing = input.shape();
    missing[1] = std::abs(offset);
    const Tensor none = zeros(missing, input.dtype());
    total = total + (offset > 0 ? cat({slice(squares, 1, offset), none}, 1)
                                : cat({none, slice(squares, 1, 0, channels + offset)}, 1));
  }
  return input / pow(total * (alpha / double(window)) + k, beta);
}

template struct Family<GroupNormOps>;

}  // namespace tandem
