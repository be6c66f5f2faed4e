// Cross entropy and its parts: losses over classes.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The cross entropy between softmax(input) and target.  input: [C], [N, C] or [N, C, d1, …]
/// floating. target: class indices (integers, the input's shape without C) or probabilities
/// (floating, the input's shape). weight: [C]. "none" gives the target's shape without classes;
/// "mean" divides by the sum of the weights of the targets that are not ignore_index, or, for
/// probabilities, by their number. An index outside 0..C-1 is an error of code index.
struct CrossEntropy {
  static constexpr Signature signature =
      "cross_entropy(input, target, weight?, ignore_index, reduction, label_smoothing)";
  int64_t ignore_index = -100;
  Name reduction = "mean";
  double label_smoothing = 0;
  Type infer(const Type& input, const Type& target, const Type* weight) const;
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const;
};

/// Cross entropy with class indices, one number a target, from the logits in one pass: logsumexp -
/// input[target], 0 where the target is ignored.  input: [C], [N, C] or [N, C, d1, …]; loss and
/// logsumexp: without C; count: [], how many targets are not ignored.
struct SoftmaxCrossEntropy {
  static constexpr Signature signature = "softmax_cross_entropy(input, target, ignore_index)";
  static constexpr std::string_view results[] = {"loss", "logsumexp", "count"};
  int64_t ignore_index = -100;
  static constexpr Keep keep = Keep::both;
  std::array<Type, 3> infer(const Type& input, const Type& target) const;
  std::array<Tensor, 3> decompose(const Tensor& input, const Tensor& target) const;
  Grads vjp(const Call& c) const;
};

/// (exp(input - logsumexp) - [class is target]) * grad, 0 where ignored: the gradient for the
/// logits.
struct SoftmaxCrossEntropyBackward {
  static constexpr Signature signature =
      "softmax_cross_entropy_backward(grad, input, target, logsumexp, ignore_index)";
  int64_t ignore_index = -100;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& grad, const Type& input, const Type& target, const Type& logsumexp) const;
  Tensor decompose(const Tensor& grad, const Tensor& input, const Tensor& target,
                   const Tensor& logsumexp) const;
};

/// -weight[target] * input[target] for log-probabilities `input`; shapes, reduction and errors as
/// in cross_entropy with class indices.
struct NllLoss {
  static constexpr Signature signature =
      "nll_loss(input, target, weight?, ignore_index, reduction)";
  int64_t ignore_index = -100;
  Name reduction = "mean";
  Type infer(const Type& input, const Type& target, const Type* weight) const;
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const;
};

/// input[n, target[n, …], …]: the element of the target's class; 0 where it is ignore_index.
/// input: [C], [N, C] or [N, C, d1, …]; target: integers, without C; result: as target.
struct SelectClass {
  static constexpr Signature signature = "select_class(input, target, ignore_index)";
  int64_t ignore_index = -100;
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& target) const;
  Grads vjp(const Call& c) const;
};

/// Zeros but for grad at the target's class: the gradient of select_class.
struct SelectClassBackward {
  static constexpr Signature signature =
      "select_class_backward(grad, target, classes, ignore_index)";
  Required<int64_t> classes;
  int64_t ignore_index = -100;
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& grad, const Type& target) const;
  Grads vjp(const Call& c) const;
};

struct CrossEntropyOps : List<CrossEntropy, SoftmaxCrossEntropy, SoftmaxCrossEntropyBackward,
                              NllLoss, SelectClass, SelectClassBackward> {};

}  // namespace tandem
