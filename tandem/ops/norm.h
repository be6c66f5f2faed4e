// Normalizations. Each comes as the op that users call and, beneath it, the op that a fused kernel
// computes: with the statistics as further results, which its gradient reads.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// (input - mean) / sqrt(variance + eps) * weight + bias for each channel.  input: [N, C, …];
/// running_mean, running_var, weight, bias: [C]. In training the statistics are those of the batch
/// (the variance biased), and the public function moves the running ones, in place, by `momentum`
/// towards them (the variance unbiased); else they are the running ones.
struct BatchNorm {
  static constexpr Signature signature =
      "batch_norm(input, running_mean?, running_var?, weight?, bias?, training, momentum, eps)";
  bool training = false;
  double momentum = 0.1;
  double eps = 1e-5;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type* running_mean, const Type* running_var,
             const Type* weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor* running_mean, const Tensor* running_var,
                   const Tensor* weight, const Tensor* bias) const;
};

/// batch_norm in training, with the batch's statistics; mean, variance (biased): [C], f32 for half
/// inputs.
struct BatchNormTrain {
  static constexpr Signature signature = "batch_norm_train(input, weight?, bias?, eps)";
  static constexpr std::string_view results[] = {"output", "mean", "variance"};
  double eps = 1e-5;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& input, const Type* weight, const Type* bias) const;
  std::array<Tensor, 3> decompose(const Tensor& input, const Tensor* weight,
                                  const Tensor* bias) const;
  Grads vjp(const Call& c) const;
};

/// The gradients of batch_norm_train's output.
struct BatchNormBackward {
  static constexpr Signature signature =
      "batch_norm_backward(grad, input, mean, variance, weight?, eps)";
  static constexpr std::string_view results[] = {"grad_input", "grad_weight", "grad_bias"};
  double eps = 1e-5;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& grad, const Type& input, const Type& mean,
                            const Type& variance, const Type* weight) const;
  std::array<Tensor, 3> decompose(const Tensor& grad, const Tensor& input, const Tensor& mean,
                                  const Tensor& variance, const Tensor* weight) const;
};

/// (input - mean) / sqrt(variance + eps) * weight + bias over the last dims, whose sizes are
/// normalized_shape; the variance is biased.  input: [..., *normalized_shape]; weight, bias:
/// normalized_shape.
struct LayerNorm {
  static constexpr Signature signature = "layer_norm(input, normalized_shape, weight?, bias?, eps)";
  Required<Dims> normalized_shape;
  double eps = 1e-5;
  Type infer(const Type& input, const Type* weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor* weight, const Tensor* bias) const;
};

/// layer_norm with its statistics; mean, rstd = 1 / sqrt(variance + eps): the input's shape with 1
/// for the normalized dims, f32 for half inputs.
struct NativeLayerNorm {
  static constexpr Signature signature =
      "native_layer_norm(input, normalized_shape, weight?, bias?, eps)";
  static constexpr std::string_view results[] = {"output", "mean", "rstd"};
  Required<Dims> normalized_shape;
  double eps = 1e-5;
  static constexpr Keep keep = Keep::both;
  std::array<Type, 3> infer(const Type& input, const Type* weight, const Type* bias) const;
  std::array<Tensor, 3> decompose(const Tensor& input, const Tensor* weight,
                                  const Tensor* bias) const;
  Grads vjp(const Call& c) const;
};

/// The gradients of native_layer_norm's output.
struct NativeLayerNormBackward {
  static constexpr Signature signature =
      "native_layer_norm_backward(grad, input, normalized_shape, mean, rstd, weight?)";
  static constexpr std::string_view results[] = {"grad_input", "grad_weight", "grad_bias"};
  Required<Dims> normalized_shape;
  static constexpr Keep keep = Keep::operands;
  std::array<Type, 3> infer(const Type& grad, const Type& input, const Type& mean, const Type& rstd,
                            const Type* weight) const;
  std::array<Tensor, 3> decompose(const Tensor& grad, const Tensor& input, const Tensor& mean,
                                  const Tensor& rstd, const Tensor* weight) const;
};

/// input / sqrt(mean(input²) + eps) * weight over the last dims, whose sizes are normalized_shape.
/// Without eps it is the machine epsilon of the input's dtype.
struct RmsNorm {
  static constexpr Signature signature = "rms_norm(input, normalized_shape, weight?, eps)";
  Required<Dims> normalized_shape;
  std::optional<double> eps;
  Type infer(const Type& input, const Type* weight) const;
  Tensor decompose(const Tensor& input, const Tensor* weight) const;
};

/// rms_norm with its statistic, rstd = 1 / sqrt(mean(input²) + eps): the input's shape with 1 for
/// the normalized dims, f32 for half inputs.
struct NativeRmsNorm {
  static constexpr Signature signature = "native_rms_norm(input, normalized_shape, weight?, eps)";
  static constexpr std::string_view results[] = {"output", "rstd"};
  Required<Dims> normalized_shape;
  double eps = 1e-5;
  static constexpr Keep keep = Keep::both;
  std::array<Type, 2> infer(const Type& input, const Type* weight) const;
  std::array<Tensor, 2> decompose(const Tensor& input, const Tensor* weight) const;
  Grads vjp(const Call& c) const;
};

/// The gradients of native_rms_norm's output.
struct NativeRmsNormBackward {
  static constexpr Signature signature =
      "native_rms_norm_backward(grad, input, normalized_shape, rstd, weight?)";
  static constexpr std::string_view results[] = {"grad_input", "grad_weight"};
  Required<Dims> normalized_shape;
  static constexpr Keep keep = Keep::operands;
  std::array<Type, 2> infer(const Type& grad, const Type& input, const Type& rstd,
                            const Type* weight) const;
  std::array<Tensor, 2> decompose(const Tensor& grad, const Tensor& input, const Tensor& rstd,
                                  const Tensor* weight) const;
};

/// input / max(|input|, eps), the p-norm taken along `dim`.
struct Normalize {
  static constexpr Signature signature = "normalize(input, p, dim, eps)";
  double p = 2;
  Dims dim{1};
  double eps = 1e-12;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

struct NormOps
    : List<BatchNorm, BatchNormTrain, BatchNormBackward, LayerNorm, NativeLayerNorm,
           NativeLayerNormBackward, RmsNorm, NativeRmsNorm, NativeRmsNormBackward, Normalize> {};

}  // namespace tandem
