// The softmax family: rows along one dim that become distributions.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// exp(x - max(x)) / sum(exp(x - max(x))) along `dim`.  input: [..., n, ...] floating; result: as
/// input. A row that holds NaN or +inf, or nothing but -inf, is NaN.
struct Softmax {
  static constexpr Signature signature = "softmax(input, dim)";
  int64_t dim = -1;
  static constexpr Keep keep = Keep::result;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// (grad - sum(grad * result)) * result along `dim`: the gradient of softmax.
struct SoftmaxBackward {
  static constexpr Signature signature = "softmax_backward(grad, result, dim)";
  int64_t dim = -1;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& grad, const Type& result) const;
  Tensor decompose(const Tensor& grad, const Tensor& result) const;
};

/// The logarithm of softmax, without its underflow.
struct LogSoftmax {
  static constexpr Signature signature = "log_softmax(input, dim)";
  int64_t dim = -1;
  static constexpr Keep keep = Keep::result;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// grad - exp(result) * sum(grad) along `dim`: the gradient of log_softmax.
struct LogSoftmaxBackward {
  static constexpr Signature signature = "log_softmax_backward(grad, result, dim)";
  int64_t dim = -1;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& grad, const Type& result) const;
  Tensor decompose(const Tensor& grad, const Tensor& result) const;
};

/// softmax(-input).
struct Softmin {
  static constexpr Signature signature = "softmin(input, dim)";
  int64_t dim = -1;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
};

struct SoftmaxOps : List<Softmax, SoftmaxBackward, LogSoftmax, LogSoftmaxBackward, Softmin> {};

}  // namespace tandem
