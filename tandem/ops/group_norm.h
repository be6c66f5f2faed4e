// Normalization of groups of channels, sample by sample: group and instance normalization.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Layer normalization of each of num_groups groups of adjacent channels, then weight and bias a
/// channel.  input: [N, C, …]; weight, bias: [C].
struct GroupNorm {
  static constexpr Signature signature = "group_norm(input, num_groups, weight?, bias?, eps)";
  Required<int64_t> num_groups;
  double eps = 1e-5;
  Type infer(const Type& input, const Type* weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor* weight, const Tensor* bias) const;
};

/// group_norm with its statistics; mean, rstd = 1 / sqrt(variance + eps): [N, num_groups], f32 for
/// half inputs.
struct NativeGroupNorm {
  static constexpr Signature signature =
      "native_group_norm(input, num_groups, weight?, bias?, eps)";
  static constexpr std::string_view results[] = {"output", "mean", "rstd"};
  Required<int64_t> num_groups;
  double eps = 1e-5;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& input, const Type* weight, const Type* bias) const;
  std::array<Tensor, 3> decompose(const Tensor& input, const Tensor* weight,
                                  const Tensor* bias) const;
  Grads vjp(const Call& c) const;
};

/// The gradients of native_group_norm's output.
struct NativeGroupNormBackward {
  static constexpr Signature signature =
      "native_group_norm_backward(grad, input, num_groups, mean, rstd, weight?)";
  static constexpr std::string_view results[] = {"grad_input", "grad_weight", "grad_bias"};
  Required<int64_t> num_groups;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& grad, const Type& input, const Type& mean, const Type& rstd,
                            const Type* weight) const;
  std::array<Tensor, 3> decompose(const Tensor& grad, const Tensor& input, const Tensor& mean,
                                  const Tensor& rstd, const Tensor* weight) const;
};

/// Batch normalization of each sample alone.  input: [N, C, …]; running_mean, running_var, weight,
/// bias: [C]. With use_input_stats the public function moves the running statistics, in place, by
/// `momentum` towards the mean over the samples'; else the running ones are used.
struct InstanceNorm {
  static constexpr Signature signature =
      "instance_norm(input, running_mean?, running_var?, weight?, bias?, use_input_stats, "
      "momentum, eps)";
  bool use_input_stats = true;
  double momentum = 0.1;
  double eps = 1e-5;
  Type infer(const Type& input, const Type* running_mean, const Type* running_var,
             const Type* weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor* running_mean, const Tensor* running_var,
                   const Tensor* weight, const Tensor* bias) const;
};

/// input / (k + alpha a)^beta, a being the average square over `size` neighbouring channels, zeros
/// beyond the first and the last (Krizhevsky et al., 2012).  input: [N, C, ...].
struct LocalResponseNorm {
  static constexpr Signature signature = "local_response_norm(input, size, alpha, beta, k)";
  Required<int64_t> size;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
  Tensor decompose(const Tensor& input) const;
};

struct GroupNormOps
    : List<GroupNorm, NativeGroupNorm, NativeGroupNormBackward, InstanceNorm, LocalResponseNorm> {};

}  // namespace tandem
