#include "tandem/ops/norm.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/norm_rules.h"
#include "tandem/ops/rules.h"

namespace tandem {

using namespace norms;

namespace {

/// The last dims of input, which are normalized_shape: how many lead them.
int leading(std::string_view op, const Type& input, const Dims& normalized_shape) {
  check_floating(op, input);
  const int lead = input.shape.size() - normalized_shape.size();
  bool fits = lead >= 0 && !normalized_shape.empty();
  for (int i = 0; fits && i < normalized_shape.size(); ++i)
    fits = input.shape[lead + i] == normalized_shape[i];
  if (!fits)
    fail(ErrorCode::shape, op, "the last dims of input must be normalized_shape=", normalized_shape,
         ", got input ", input.shape);
  return lead;
}

/// The statistics' type: 1 for each normalized dim.
Type of_rows(const Type& input, int lead) {
  Type t{wide(input.dtype), input.shape};
  for (int i = lead; i < t.shape.size(); ++i) t.shape[i] = 1;
  return t;
}

std::array<Type, 3> layer_norm_types(std::string_view op, const Dims& normalized_shape,
                                     const Type& input, const Type* weight, const Type* bias) {
  const int lead = leading(op, input, normalized_shape);
  check_parameter(op, "weight", weight, normalized_shape, input);
  check_parameter(op, "bias", bias, normalized_shape, input);
  const Type row = of_rows(input, lead);
  return {input, row, row};
}

Dims dims_from(int first, int last) {
  Dims dims;
  for (int i = first; i < last; ++i) dims.push_back(i);
  return dims;
}

double epsilon(DType t) {
  return t == DType::f64 ? 0x1p-52 : t == DType::f32 ? 0x1p-23 : t == DType::f16 ? 0x1p-10 : 0x1p-7;
}

}  // namespace

// Batch normalization.

Tensor batch_norm(Arg input, OptArg running_mean, OptArg running_var, OptArg weight, OptArg bias,
                  bool training, double momentum, double eps) {
  if (!training || !running_mean.tensor || !running_mean.tensor->defined())
    return apply(BatchNorm{training, momentum, eps}, input, running_mean, running_var, weight,
                 bias);
  const Tensor* operand[] = {running_mean.tensor, detail::pointer(running_var),
                             detail::pointer(weight), detail::pointer(bias)};
  const Type* type[4];
  for (int i = 0; i < 4; ++i) type[i] = operand[i]->defined() ? &operand[i]->type() : nullptr;
  BatchNorm{training, momentum, eps}.infer(input.tensor->type(), type[0], type[1], type[2],
                                           type[3]);
  auto [y, mean, variance] = apply(BatchNormTrain{eps}, input, weight, bias);
  NoGrad statistics;
  const double n = double(input.tensor->numel() / input.tensor->size(1));
  move_towards(*operand[0], mean.detach(), momentum, input.where);
  if (operand[1]->defined())
    // In two factors, each of which a trace with a symbolic batch can solve for.
    move_towards(*operand[1], variance.detach() * n * (1 / (n - 1)), momentum, input.where);
  return y;
}
std::array<Tensor, 3> batch_norm_train(Arg input, OptArg weight, OptArg bias, double eps) {
  return apply(BatchNormTrain{eps}, input, weight, bias);
}
std::array<Tensor, 3> batch_norm_backward(Arg grad, Arg input, Arg mean, Arg variance,
                                          OptArg weight, double eps) {
  return apply(BatchNormBackward{eps}, grad, input, mean, variance, weight);
}

Type BatchNorm::infer(const Type& input, const Type* running_mean, const Type* running_var,
                      const Type* weight, const Type* bias) const {
  const Dims c = channels("batch_norm", input);
  check_parameter("batch_norm", "running_mean", running_mean, c, input);
  check_parameter("batch_norm", "running_var", running_var, c, input);
  check_parameter("batch_norm", "weight", weight, c, input);
  check_parameter("batch_norm", "bias", bias, c, input);
  if (training && input.shape.product() == input.shape[1])
    fail(ErrorCode::value, "batch_norm",
         "expected more than 1 value per channel when training, got input size ", input.shape);
  if (!training && (!running_mean || !running_var))
    fail(ErrorCode::value, "batch_norm",
         "expected running_mean and running_var unless training=true");
  return input;
}
Tensor BatchNorm::decompose(const Tensor& input, const Tensor* running_mean,
                            const Tensor* running_var, const Tensor* weight,
                            const Tensor* bias) const {
  if (training) return batch_norm_train(input, optional(weight), optional(bias), eps)[0];
  const DType t = wide(input.dtype());
  Tensor scale = rsqrt(cast(*running_var, t) + eps);
  if (weight) scale = scale * cast(*weight, t);
  Tensor y =
      (cast(input, t) - per_channel(cast(*running_mean, t), input)) * per_channel(scale, input);
  if (bias) y = y + per_channel(cast(*bias, t), input);
  return cast(y, input.dtype());
}

std::array<Type, 3> BatchNormTrain::infer(const Type& input, const Type* weight,
                                          const Type* bias) const {
  const Dims c = channels("batch_norm_train", input);
  check_parameter("batch_norm_train", "weight", weight, c, input);
  check_parameter("batch_norm_train", "bias", bias, c, input);
  const Type statistic{wide(input.dtype), c};
  return {input, statistic, statistic};
}
std::array<Tensor, 3> BatchNormTrain::decompose(const Tensor& input, const Tensor* weight,
                                                const Tensor* bias) const {
  const Tensor x = widened(input);
  const Dims dims = all_but_channels(x);
  const Tensor mean = tandem::mean(x, dims), centered = x - per_channel(mean, x);
  const Tensor variance = tandem::mean(square(centered), dims);
  Tensor scale = rsqrt(variance + eps);
  if (weight) scale = scale * cast(*weight, x.dtype());
  Tensor y = centered * per_channel(scale, x);
  if (bias) y = y + per_channel(cast(*bias, x.dtype()), x);
  return {cast(y, input.dtype()), mean, variance};
}
Grads BatchNormTrain::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[1] || c.dys[2] || !c.dys[0]) {
    vjp_by_decomposition(info_of<BatchNormTrain>, this, c, &grads);
    return grads;
  }
  const Tensor weight = c.operand(1);
  auto [dx, dw, db] = batch_norm_backward(c.dys[0], c.operand(0), c.result(1), c.result(2),
                                          c.has(1) ? OptArg(weight) : OptArg(), eps);
  return {dx, dw, db};
}

std::array<Type, 3> BatchNormBackward::infer(const Type& grad, const Type& input, const Type& mean,
                                             const Type& variance, const Type* weight) const {
  constexpr std::string_view op = "batch_norm_backward";
  const Dims c = channels(op, input);
  if (grad != input) fail(ErrorCode::shape, op, "expected grad: ", input, ", got ", grad);
  check_parameter(op, "mean", &mean, c, input);
  check_parameter(op, "variance", &variance, c, input);
  check_parameter(op, "weight", weight, c, input);
  const Type parameter{weight ? weight->dtype : input.dtype, c};
  return {input, parameter, parameter};
}
std::array<Tensor, 3> BatchNormBackward::decompose(const Tensor& grad, const Tensor& input,
                                                   const Tensor& mean, const Tensor& variance,
                                                   const Tensor* weight) const {
  const Tensor dy = widened(grad), x = widened(input);
  const Dims dims = all_but_channels(x);
  const double n = double(x.numel() / std::max<int64_t>(1, x.size(1)));
  const Tensor rstd = rsqrt(cast(variance, x.dtype()) + eps);
  const Tensor normal = (x - per_channel(cast(mean, x.dtype()), x)) * per_channel(rstd, x);
  const Tensor dw = sum(dy * normal, dims), db = sum(dy, dims);
  const Tensor scale = weight ? rstd * cast(*weight, x.dtype()) : rstd;
  const Tensor dx =
      (dy - per_channel(db / n, x) - normal * per_channel(dw / n, x)) * per_channel(scale, x);
  const DType parameter = weight ? weight->dtype() : input.dtype();
  return {cast(dx, input.dtype()), cast(dw, parameter), cast(db, parameter)};
}

// Layer normalization.

Tensor layer_norm(Arg input, Dims normalized_shape, OptArg weight, OptArg bias, double eps) {
  return apply(LayerNorm{normalized_shape, eps}, input, weight, bias);
}
std::array<Tensor, 3> native_layer_norm(Arg input, Dims normalized_shape, OptArg weight,
                                        OptArg bias, double eps) {
  return apply(NativeLayerNorm{normalized_shape, eps}, input, weight, bias);
}
std::array<Tensor, 3> native_layer_norm_backward(Arg grad, Arg input, Dims normalized_shape,
                                                 Arg mean, Arg rstd, OptArg weight) {
  return apply(NativeLayerNormBackward{normalized_shape}, grad, input, mean, rstd, weight);
}

Type LayerNorm::infer(const Type& input, const Type* weight, const Type* bias) const {
  return layer_norm_types("layer_norm", normalized_shape, input, weight, bias)[0];
}
Tensor LayerNorm::decompose(const Tensor& input, const Tensor* weight, const Tensor* bias) const {
  return native_layer_norm(input, normalized_shape, optional(weight), optional(bias), eps)[0];
}

std::array<Type, 3> NativeLayerNorm::infer(const Type& input, const Type* weight,
                                           const Type* bias) const {
  return layer_norm_types("native_layer_norm", normalized_shape, input, weight, bias);
}
std::array<Tensor, 3> NativeLayerNorm::decompose(const Tensor& input, const Tensor* weight,
                                                 const Tensor* bias) const {
  const Tensor x = widened(input);
  const Dims dims = dims_from(x.dim() - normalized_shape->size(), x.dim());
  const Tensor mean = tandem::mean(x, dims, true), centered = x - mean;
  const Tensor rstd = rsqrt(tandem::mean(square(centered), dims, true) + eps);
  return {cast(scaled(centered * rstd, weight, bias), input.dtype()), mean, rstd};
}
Grads NativeLayerNorm::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[1] || c.dys[2] || !c.dys[0]) {
    vjp_by_decomposition(info_of<NativeLayerNorm>, this, c, &grads);
    return grads;
  }
  const Tensor weight = c.operand(1);
  auto [dx, dw, db] =
      native_layer_norm_backward(c.dys[0], c.operand(0), normalized_shape, c.result(1), c.result(2),
                                 c.has(1) ? OptArg(weight) : OptArg());
  return {dx, dw, db};
}

std::array<Type, 3> NativeLayerNormBackward::infer(const Type& grad, const Type& input,
                                                   const Type& mean, const Type& rstd,
                                                   const Type* weight) const {
  constexpr std::string_view op = "native_layer_norm_backward";
  const Type row = of_rows(input, leading(op, input, normalized_shape));
  if (grad != input || mean != row || rstd != row)
    fail(ErrorCode::shape, op, "expected grad: ", input, ", mean and rstd: ", row, ", got ", grad,
         ", ", mean, ", ", rstd);
  check_parameter(op, "weight", weight, normalized_shape, input);
  const Type parameter{weight ? weight->dtype : input.dtype, normalized_shape};
  return {input, parameter, parameter};
}
std::array<Tensor, 3> NativeLayerNormBackward::decompose(const Tensor& grad, const Tensor& input,
                                                         const Tensor& mean, const Tensor& rstd,
                                                         const Tensor* weight) const {
  const Tensor dy = widened(grad), x = widened(input);
  const int lead = x.dim() - normalized_shape->size();
  const Dims dims = dims_from(lead, x.dim()), rows = dims_from(0, lead);
  const Tensor normal = (x - mean) * rstd, g = scaled(dy, weight, nullptr);
  const Tensor dx =
      (g - tandem::mean(g, dims, true) - normal * tandem::mean(g * normal, dims, true)) * rstd;
  const DType parameter = weight ? weight->dtype() : input.dtype();
  auto over_rows = [&](const Tensor& t) {
    return cast(rows.empty() ? t : sum(t, rows), parameter);
  };
  return {cast(dx, input.dtype()), over_rows(dy * normal), over_rows(dy)};
}

// RMS normalization.

Tensor rms_norm(Arg input, Dims normalized_shape, OptArg weight, std::optional<double> eps) {
  return apply(RmsNorm{normalized_shape, eps}, input, weight);
}
std::array<Tensor, 2> native_rms_norm(Arg input, Dims normalized_shape, OptArg weight, double eps) {
  return apply(NativeRmsNorm{normalized_shape, eps}, input, weight);
}
std::array<Tensor, 2> native_rms_norm_backward(Arg grad, Arg input, Dims normalized_shape, Arg rstd,
                                               OptArg weight) {
  return apply(NativeRmsNormBackward{normalized_shape}, grad, input, rstd, weight);
}

Type RmsNorm::infer(const Type& input, const Type* weight) const {
  return layer_norm_types("rms_norm", normalized_shape, input, weight, nullptr)[0];
}
Tensor RmsNorm::decompose(const Tensor& input, const Tensor* weight) const {
  return native_rms_norm(input, normalized_shape, optional(weight),
                         eps.value_or(epsilon(input.dtype())))[0];
}

std::array<Type, 2> NativeRmsNorm::infer(const Type& input, const Type* weight) const {
  const auto types = layer_norm_types("native_rms_norm", normalized_shape, input, weight, nullptr);
  return {types[0], types[2]};
}
std::array<Tensor, 2> NativeRmsNorm::decompose(const Tensor& input, const Tensor* weight) const {
  const Tensor x = widened(input);
  const Dims dims = dims_from(x.dim() - normalized_shape->size(), x.dim());
  const Tensor rstd = rsqrt(tandem::mean(square(x), dims, true) + eps);
  return {cast(scaled(x * rstd, weight, nullptr), input.dtype()), rstd};
}
Grads NativeRmsNorm::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[1] || !c.dys[0]) {
    vjp_by_decomposition(info_of<NativeRmsNorm>, this, c, &grads);
    return grads;
  }
  const Tensor weight = c.operand(1);
  auto [dx, dw] = native_rms_norm_backward(c.dys[0], c.operand(0), normalized_shape, c.result(1),
                                           c.has(1) ? OptArg(weight) : OptArg());
  return {dx, dw};
}

std::array<Type, 2> NativeRmsNormBackward::infer(const Type& grad, const Type& input,
                                                 const Type& rstd, const Type* weight) const {
  constexpr std::string_view op = "native_rms_norm_backward";
  const Type row = of_rows(input, leading(op, input, normalized_shape));
  if (grad != input || rstd != row)
    fail(ErrorCode::shape, op, "expected grad: ", input, " and rstd: ", row, ", got ", grad, ", ",
         rstd);
  check_parameter(op, "weight", weight, normalized_shape, input);
  return {input, Type{weight ? weight->dtype : input.dtype, normalized_shape}};
}
std::array<Tensor, 2> NativeRmsNormBackward::decompose(const Tensor& grad, const Tensor& input,
                                                       const Tensor& rstd,
                                                       const Tensor* weight) const {
  const Tensor dy = widened(grad), x = widened(input);
  const int lead = x.dim() - normalized_shape->size();
  const Dims dims = dims_from(lead, x.dim()), rows = dims_from(0, lead);
  const Tensor normal = x * rstd, g = scaled(dy, weight, nullptr);
  const Tensor dx = (g - normal * tandem::mean(g * normal, dims, true)) * rstd;
  const Tensor dw = dy * normal;
  return {cast(dx, input.dtype()),
          cast(rows.empty() ? dw : sum(dw, rows), weight ? weight->dtype() : input.dtype())};
}

// Normalization by the p-norm.

Tensor normalize(Arg input, double p, Dims dim, double eps) {
  return apply(Normalize{p, dim, eps}, input);
}

Type Normalize::infer(const Type& input) const {
  check_floating("normalize", input);
  for (int64_t d : dim) normalize_dim("normalize", d, input.shape);
  return input;
}
Tensor Normalize::decompose(const Tensor& input) const {
  return input / maximum(norm(input, p, dim, true), eps);
}

template struct Family<NormOps>;

}  // namespace tandem
