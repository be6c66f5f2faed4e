#include "tandem/nn/init.h"

#include <cmath>

#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"
#include "tandem/tensor/apply.h"

namespace tandem::nn::init {

const Tensor& uniform_(const Tensor& tensor, double a, double b) {
  NoGrad off;
  Tensor(tensor).uniform_(a, b);
  return tensor;
}
const Tensor& normal_(const Tensor& tensor, double mean, double std) {
  NoGrad off;
  Tensor(tensor).normal_(mean, std);
  return tensor;
}
const Tensor& trunc_normal_(const Tensor& tensor, double mean, double std, double a, double b) {
  NoGrad off;
  Tensor(tensor).copy_(trunc_normal(mean, std, a, b, tensor.shape(), tensor.dtype()));
  return tensor;
}

const Tensor& constant_(const Tensor& tensor, double value) {
  NoGrad off;
  Tensor(tensor).fill_(value);
  return tensor;
}
const Tensor& ones_(const Tensor& tensor) { return constant_(tensor, 1); }
const Tensor& zeros_(const Tensor& tensor) { return constant_(tensor, 0); }

const Tensor& eye_(const Tensor& tensor) {
  if (tensor.dim() != 2)
    fail(ErrorCode::value, "eye_", "Only tensors with 2 dimensions are supported, got shape ",
         tensor.shape());
  NoGrad off;
  Tensor(tensor).fill_(0);
  diagonal(tensor).fill_(1);
  return tensor;
}

Fans calculate_fan_in_and_fan_out(const Tensor& tensor) {
  const Dims& shape = tensor.shape();
  if (shape.size() < 2)
    fail(ErrorCode::value, "init",
         "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got "
         "shape ",
         shape);
  int64_t field = 1;
  for (int d = 2; d < shape.size(); ++d) field *= shape[d];
  return {shape[1] * field, shape[0] * field};
}

double calculate_gain(std::string_view nonlinearity, std::optional<double> param) {
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "selu") return 3.0 / 4;
  if (nonlinearity == "leaky_relu") {
    const double slope = param.value_or(0.01);
    return std::sqrt(2 / (1 + slope * slope));
  }
  for (std::string_view linear : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
                                  "conv_transpose2d", "conv_transpose3d", "sigmoid"})
    if (nonlinearity == linear) return 1;
  fail(ErrorCode::value, "calculate_gain", "Unsupported nonlinearity ", nonlinearity);
}

const Tensor& xavier_uniform_(const Tensor& tensor, double gain) {
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  const double bound = std::sqrt(3.0) * (gain * std::sqrt(2 / double(in + out)));
  return uniform_(tensor, -bound, bound);
}
const Tensor& xavier_normal_(const Tensor& tensor, double gain) {
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  return normal_(tensor, 0, gain * std::sqrt(2 / double(in + out)));
}

static double kaiming_std(const Tensor& tensor, double a, std::string_view mode,
                          std::string_view nonlinearity) {
  if (mode != "fan_in" && mode != "fan_out")
    fail(ErrorCode::value, "kaiming", "Mode ", mode,
         " not supported, please use fan_in or fan_out");
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  return calculate_gain(nonlinearity, a) / std::sqrt(double(mode == "fan_in" ? in : out));
}
const Tensor& kaiming_uniform_(const Tensor& tensor, double a, std::string_view mode,
                               std::string_view nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  const double bound = std::sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity);
  return uniform_(tensor, -bound, bound);
}
const Tensor& kaiming_normal_(const Tensor& tensor, double a, std::string_view mode,
                              std::string_view nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  return normal_(tensor, 0, kaiming_std(tensor, a, mode, nonlinearity));
}

}  // namespace tandem::nn::init
