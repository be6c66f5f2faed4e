// Losses. `reduction` is "mean", "sum" or "none", as in PyTorch.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// (input - target)².  The operands broadcast.
struct MseLoss {
  static constexpr Signature signature = "mse_loss(input, target, reduction)";
  Name reduction = "mean";
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// |input - target|.  The operands broadcast.
struct L1Loss {
  static constexpr Signature signature = "l1_loss(input, target, reduction)";
  Name reduction = "mean";
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// 0.5 (input - target)² / beta where |input - target| < beta, else |input - target| - 0.5 beta.
struct SmoothL1Loss {
  static constexpr Signature signature = "smooth_l1_loss(input, target, reduction, beta)";
  Name reduction = "mean";
  double beta = 1;
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// 0.5 (input - target)² where |input - target| <= delta, else delta (|input - target| - 0.5
/// delta).
struct HuberLoss {
  static constexpr Signature signature = "huber_loss(input, target, reduction, delta)";
  Name reduction = "mean";
  double delta = 1;
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// -(target log(input) + (1 - target) log(1 - input)), logarithms not below -100, for
/// probabilities `input`; weight broadcasts to them. An input outside 0..1 is an error of code
/// value.
struct BinaryCrossEntropy {
  static constexpr Signature signature = "binary_cross_entropy(input, target, weight?, reduction)";
  Name reduction = "mean";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& target, const Type* weight) const;
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const;
  Grads vjp(const Call& c) const;
};

/// binary_cross_entropy of sigmoid(input), computed from the logits; pos_weight multiplies the
/// positive term and broadcasts to the input.
struct BinaryCrossEntropyWithLogits {
  static constexpr Signature signature =
      "binary_cross_entropy_with_logits(input, target, weight?, reduction, pos_weight?)";
  Name reduction = "mean";
  Type infer(const Type& input, const Type& target, const Type* weight,
             const Type* pos_weight) const;
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight,
                   const Tensor* pos_weight) const;
};

/// target (log(target) - input) for log-probabilities `input`; with log_target the target is
/// logarithmic too. reduction "batchmean" divides the sum by input.size(0), which is the divergence
/// of a batch; "mean" divides by all elements.
struct KlDiv {
  static constexpr Signature signature = "kl_div(input, target, reduction, log_target)";
  Name reduction = "mean";
  bool log_target = false;
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// sum(x1 * x2) / (max(|x1|, eps) max(|x2|, eps)) along `dim`; the operands broadcast.
struct CosineSimilarity {
  static constexpr Signature signature = "cosine_similarity(x1, x2, dim, eps)";
  int64_t dim = 1;
  double eps = 1e-8;
  Type infer(const Type& x1, const Type& x2) const;
  Tensor decompose(const Tensor& x1, const Tensor& x2) const;
};

struct LossOps : List<MseLoss, L1Loss, SmoothL1Loss, HuberLoss, BinaryCrossEntropy,
                      BinaryCrossEntropyWithLogits, KlDiv, CosineSimilarity> {};

/// What a loss does with one number an element: "mean", "sum" or "none".
Tensor reduce_loss(std::string_view op, const Tensor& each, const Name& reduction);
/// The type of that.
Type reduced_loss(std::string_view op, const Type& each, const Name& reduction);

}  // namespace tandem
