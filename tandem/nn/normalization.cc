#include "tandem/nn/normalization.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {
namespace {

/// Ones (or zeros) to be learned, or a name that holds nothing.
Tensor initial(bool used, const Dims& shape, double value) {
  return used ? full(shape, value) : Tensor();
}

void check_channels(std::string_view module, const Tensor& input, int64_t expected, int dim) {
  if (input.size(dim) != expected)
    fail(ErrorCode::shape, module, "expected ", expected, " channels, got input of shape ",
         input.shape(), ", whose dim ", dim, " has ", input.size(dim));
}

}  // namespace

BatchNorm::BatchNorm(const BatchNormOptions& o)
    : Layer(o),
      weight(register_parameter("weight", initial(o.affine, {o.num_features}, 1))),
      bias(register_parameter("bias", initial(o.affine && o.bias, {o.num_features}, 0))),
      running_mean(
          register_buffer("running_mean", initial(o.track_running_stats, {o.num_features}, 0))),
      running_var(
          register_buffer("running_var", initial(o.track_running_stats, {o.num_features}, 1))),
      num_batches_tracked(register_buffer(
          "num_batches_tracked", o.track_running_stats ? full({}, 0, DType::i64) : Tensor())) {}

void BatchNorm::reset_running_stats() {
  if (!options.track_running_stats) return;
  running_mean.fill_(0);
  running_var.fill_(1);
  num_batches_tracked.fill_(0);
}
void BatchNorm::reset_parameters() {
  reset_running_stats();
  NoGrad off;
  if (weight) weight.fill_(1);
  if (bias) bias.fill_(0);
}

Tensor BatchNorm::forward(const Tensor& input) {
  check_input(input);
  const bool tracks = options.track_running_stats;
  double momentum = options.momentum.value_or(0);
  if (training && tracks) {
    num_batches_tracked.add_(1);
    if (!options.momentum) momentum = 1 / num_batches_tracked.item();
  }
  return batch_norm(input, running_mean, running_var, weight, bias, training || !tracks, momentum,
                    options.eps);
}

std::string BatchNorm::extra_repr() const {
  return text(int64_t(options.num_features), ", eps=", python(options.eps),
              ", momentum=", options.momentum ? python(*options.momentum) : "None",
              ", affine=", python(options.affine), ", bias=", python(bool(bias)),
              ", track_running_stats=", python(options.track_running_stats));
}

void BatchNorm1d::check_input(const Tensor& input) const {
  if (input.dim() != 2 && input.dim() != 3)
    fail(ErrorCode::shape, "BatchNorm1d", "expected 2D or 3D input (got ", input.dim(),
         "D input of shape ", input.shape(), ")");
  check_channels("BatchNorm1d", input, options.num_features, 1);
}
void BatchNorm2d::check_input(const Tensor& input) const {
  if (input.dim() != 4)
    fail(ErrorCode::shape, "BatchNorm2d", "expected 4D input (got ", input.dim(),
         "D input of shape ", input.shape(), ")");
  check_channels("BatchNorm2d", input, options.num_features, 1);
}

LayerNorm::LayerNorm(const LayerNormOptions& o)
    : Layer(o),
      weight(register_parameter("weight", initial(o.elementwise_affine, o.normalized_shape, 1))),
      bias(register_parameter("bias",
                              initial(o.elementwise_affine && o.bias, o.normalized_shape, 0))) {}
Tensor LayerNorm::forward(const Tensor& input) {
  return layer_norm(input, options.normalized_shape, weight, bias, options.eps);
}
std::string LayerNorm::extra_repr() const {
  return text(python(options.normalized_shape), ", eps=", python(options.eps),
              ", elementwise_affine=", python(options.elementwise_affine),
              ", bias=", python(bool(bias)));
}

RMSNorm::RMSNorm(const RMSNormOptions& o)
    : Layer(o),
      weight(register_parameter("weight", initial(o.elementwise_affine, o.normalized_shape, 1))) {}
Tensor RMSNorm::forward(const Tensor& input) {
  return rms_norm(input, options.normalized_shape, weight, options.eps);
}
std::string RMSNorm::extra_repr() const {
  return text(python(options.normalized_shape),
              ", eps=", options.eps ? python(*options.eps) : "None",
              ", elementwise_affine=", python(options.elementwise_affine));
}

static const GroupNormOptions& checked(const GroupNormOptions& o) {
  if (o.num_groups <= 0 || o.num_channels % o.num_groups != 0)
    fail(ErrorCode::value, "GroupNorm", "num_channels must be divisible by num_groups, got ",
         int64_t(o.num_channels), " and ", int64_t(o.num_groups));
  return o;
}
GroupNorm::GroupNorm(const GroupNormOptions& o)
    : Layer(checked(o)),
      weight(register_parameter("weight", initial(o.affine, {o.num_channels}, 1))),
      bias(register_parameter("bias", initial(o.affine && o.bias, {o.num_channels}, 0))) {}
Tensor GroupNorm::forward(const Tensor& input) {
  return group_norm(input, options.num_groups, weight, bias, options.eps);
}
std::string GroupNorm::extra_repr() const {
  return text(int64_t(options.num_groups), ", ", int64_t(options.num_channels),
              ", eps=", python(options.eps), ", affine=", python(options.affine),
              ", bias=", python(bool(bias)));
}

Tensor LocalResponseNorm::forward(const Tensor& input) {
  return local_response_norm(input, options.size, options.alpha, options.beta, options.k);
}
std::string LocalResponseNorm::extra_repr() const {
  return text(int64_t(options.size), ", alpha=", python(options.alpha),
              ", beta=", python(options.beta), ", k=", python(options.k));
}

InstanceNorm2d::InstanceNorm2d(const InstanceNormOptions& o)
    : Layer(o),
      weight(register_parameter("weight", initial(o.affine, {o.num_features}, 1))),
      bias(register_parameter("bias", initial(o.affine && o.bias, {o.num_features}, 0))),
      running_mean(
          register_buffer("running_mean", initial(o.track_running_stats, {o.num_features}, 0))),
      running_var(
          register_buffer("running_var", initial(o.track_running_stats, {o.num_features}, 1))),
      num_batches_tracked(register_buffer(
          "num_batches_tracked", o.track_running_stats ? full({}, 0, DType::i64) : Tensor())) {}

Tensor InstanceNorm2d::forward(const Tensor& input) {
  if (input.dim() != 3 && input.dim() != 4)
    fail(ErrorCode::shape, "InstanceNorm2d", "expected 3D or 4D input (got ", input.dim(),
         "D input of shape ", input.shape(), ")");
  check_channels("InstanceNorm2d", input, options.num_features, input.dim() - 3);
  const Tensor x = input.dim() == 3 ? unsqueeze(input, 0) : input;
  const Tensor y =
      instance_norm(x, running_mean, running_var, weight, bias,
                    training || !options.track_running_stats, options.momentum, options.eps);
  return input.dim() == 3 ? squeeze(y, 0) : y;
}

std::string InstanceNorm2d::extra_repr() const {
  return text(int64_t(options.num_features), ", eps=", python(options.eps),
              ", momentum=", python(options.momentum), ", affine=", python(options.affine),
              ", bias=", python(bool(bias)),
              ", track_running_stats=", python(options.track_running_stats));
}

}  // namespace tandem::nn
