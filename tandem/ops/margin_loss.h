// Losses of distances, margins and likelihoods. `reduction` is "mean", "sum" or "none", as in
// PyTorch; a loss without it has none. All are shorthand: parts of other ops when applied.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The p-norm of x1 - x2 + eps along the last dim; the operands broadcast.
struct PairwiseDistance {
  static constexpr Signature signature = "pairwise_distance(x1, x2, p, eps, keepdim)";
  double p = 2;
  double eps = 1e-6;
  bool keepdim = false;
  Tensor decompose(const Tensor& x1, const Tensor& x2) const;
};

/// max(0, margin - target (input1 - input2)): with target 1 input1 should be the larger one, with
/// -1 input2.
struct MarginRankingLoss {
  static constexpr Signature signature =
      "margin_ranking_loss(input1, input2, target, margin, reduction)";
  double margin = 0;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input1, const Tensor& input2, const Tensor& target) const;
};

/// input where target is 1, max(0, margin - input) where it is -1.
struct HingeEmbeddingLoss {
  static constexpr Signature signature = "hinge_embedding_loss(input, target, margin, reduction)";
  double margin = 1;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// 1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1.  input1, input2:
/// [N, D] and target: [N], or [D] and [].
struct CosineEmbeddingLoss {
  static constexpr Signature signature =
      "cosine_embedding_loss(input1, input2, target, margin, reduction)";
  double margin = 0;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input1, const Tensor& input2, const Tensor& target) const;
};

/// max(0, |anchor - positive| - |anchor - negative| + margin) with p-norms along the last dim. With
/// `swap` the nearer of anchor and positive counts for the negative (Balntas et al., 2016).
struct TripletMarginLoss {
  static constexpr Signature signature =
      "triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)";
  double margin = 1;
  double p = 2;
  double eps = 1e-6;
  bool swap = false;
  Name reduction = "mean";
  Tensor decompose(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const;
};

/// The sum of max(0, margin - input[target] + input[i])^p over all other classes i, divided by
/// their number C and times weight[target].  input: [N, C] or [C], target: [N] or [], weight: [C].
struct MultiMarginLoss {
  static constexpr Signature signature =
      "multi_margin_loss(input, target, p, margin, weight?, reduction)";
  double p = 1;
  double margin = 1;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const;
};

/// The sum of max(0, 1 - (input[j] - input[i])) over the target classes j and all others i, divided
/// by the number of classes C.  input, target: [N, C] or [C]; the classes before the first -1 of a
/// row of target are meant.
struct MultilabelMarginLoss {
  static constexpr Signature signature = "multilabel_margin_loss(input, target, reduction)";
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// log(1 + exp(-target input)) for targets 1 and -1.
struct SoftMarginLoss {
  static constexpr Signature signature = "soft_margin_loss(input, target, reduction)";
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

/// binary_cross_entropy_with_logits, averaged over the classes of the last dim; weight broadcasts
/// to them.
struct MultilabelSoftMarginLoss {
  static constexpr Signature signature =
      "multilabel_soft_margin_loss(input, target, weight?, reduction)";
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const;
};

/// 0.5 (log(v) + (input - target)² / v) with v = max(var, eps), whose gradient goes to var as if
/// it were v; `full` adds 0.5 log(2π). var broadcasts to the input, or lacks its last dim. A
/// negative var is an error of code value.
struct GaussianNllLoss {
  static constexpr Signature signature =
      "gaussian_nll_loss(input, target, var, full, eps, reduction)";
  bool full = false;
  double eps = 1e-6;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target, const Tensor& var) const;
};

/// exp(input) - target input; without log_input: input - target log(input + eps). `full` adds
/// Stirling's formula for the targets above 1.
struct PoissonNllLoss {
  static constexpr Signature signature =
      "poisson_nll_loss(input, target, log_input, full, eps, reduction)";
  bool log_input = true;
  bool full = false;
  double eps = 1e-8;
  Name reduction = "mean";
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

struct MarginLossOps
    : List<PairwiseDistance, MarginRankingLoss, HingeEmbeddingLoss, CosineEmbeddingLoss,
           TripletMarginLoss, MultiMarginLoss, MultilabelMarginLoss, SoftMarginLoss,
           MultilabelSoftMarginLoss, GaussianNllLoss, PoissonNllLoss> {};

}  // namespace tandem
