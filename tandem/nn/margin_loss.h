// Losses of distances, margins and likelihoods as modules.
#pragma once
#include "tandem/nn/loss.h"

namespace tandem::nn {

/// A module of three tensors.
template <class O>
class LossOfThree : public Layer<O> {
 public:
  explicit LossOfThree(const O& options = {}) : Layer<O>(options) {}
  using Module::forward;
  virtual Tensor forward(const Tensor& a, const Tensor& b, const Tensor& c) = 0;
  Tensor operator()(Arg a, Arg b, Arg c) {
    return this->call(
        [this](const Tensor& x, const Tensor& y, const Tensor& z) { return forward(x, y, z); },
        a.where, *a.tensor, *b.tensor, *c.tensor);
  }
};

struct MarginRankingLossOptions {
  double margin = 0;
  Name reduction = "mean";
};

/// max(0, margin - target (input1 - input2)) for targets 1 and -1.
class MarginRankingLoss : public LossOfThree<MarginRankingLossOptions> {
 public:
  static constexpr Signature constructor =
      "MarginRankingLoss(margin, size_average?, reduce?, reduction)";
  static constexpr Signature called = "forward(input1, input2, target)";
  using LossOfThree::forward;
  using LossOfThree::LossOfThree;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target) override;
};

struct CosineEmbeddingLossOptions {
  double margin = 0;
  Name reduction = "mean";
};

/// 1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1.
class CosineEmbeddingLoss : public LossOfThree<CosineEmbeddingLossOptions> {
 public:
  static constexpr Signature constructor =
      "CosineEmbeddingLoss(margin, size_average?, reduce?, reduction)";
  static constexpr Signature called = "forward(input1, input2, target)";
  using LossOfThree::forward;
  using LossOfThree::LossOfThree;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target) override;
};

struct TripletMarginLossOptions {
  double margin = 1;
  double p = 2;
  double eps = 1e-6;
  bool swap = false;
  Name reduction = "mean";
};

/// max(0, |anchor - positive| - |anchor - negative| + margin) with p-norms along the last dim.
class TripletMarginLoss : public LossOfThree<TripletMarginLossOptions> {
 public:
  static constexpr Signature constructor =
      "TripletMarginLoss(margin, p, eps, swap, size_average?, reduce?, reduction)";
  static constexpr Signature called = "forward(anchor, positive, negative)";
  using LossOfThree::forward;
  using LossOfThree::LossOfThree;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) override;
};

struct GaussianNLLLossOptions {
  bool full = false;
  double eps = 1e-6;
  Name reduction = "mean";
};

/// 0.5 (log(var) + (input - target)² / var), var at least eps.
class GaussianNLLLoss : public LossOfThree<GaussianNLLLossOptions> {
 public:
  static constexpr Signature constructor = "GaussianNLLLoss(full, eps, reduction)";
  static constexpr Signature called = "forward(input, target, var)";
  using LossOfThree::forward;
  using LossOfThree::LossOfThree;
  Tensor forward(const Tensor& input, const Tensor& target, const Tensor& var) override;
};

struct HingeEmbeddingLossOptions {
  double margin = 1;
  Name reduction = "mean";
};

/// input where target is 1, max(0, margin - input) where it is -1.
class HingeEmbeddingLoss : public Loss<HingeEmbeddingLossOptions> {
 public:
  static constexpr Signature constructor =
      "HingeEmbeddingLoss(margin, size_average?, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

/// log(1 + exp(-target input)) for targets 1 and -1.
class SoftMarginLoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor = "SoftMarginLoss(size_average?, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

/// max(0, 1 - (input[j] - input[i])) over target classes j and all others i.
class MultiLabelMarginLoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor =
      "MultiLabelMarginLoss(size_average?, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

struct PoissonNLLLossOptions {
  bool log_input = true;
  bool full = false;
  double eps = 1e-8;
  Name reduction = "mean";
};

/// exp(input) - target input, or input - target log(input + eps) without log_input.
class PoissonNLLLoss : public Loss<PoissonNLLLossOptions> {
 public:
  static constexpr Signature constructor =
      "PoissonNLLLoss(log_input, full, size_average?, eps, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

struct MultiMarginLossOptions {
  int64_t p = 1;
  double margin = 1;
  Name reduction = "mean";
};

/// max(0, margin - input[target] + input[i])^p over all other classes i; `weight` [C] is a buffer.
class MultiMarginLoss : public Loss<MultiMarginLossOptions> {
 public:
  static constexpr Signature constructor =
      "MultiMarginLoss(p, margin, weight?, size_average?, reduce?, reduction)";
  explicit MultiMarginLoss(const MultiMarginLossOptions& options = {})
      : MultiMarginLoss(Tensor(), options) {}
  explicit MultiMarginLoss(const Tensor& weight, const MultiMarginLossOptions& options = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
};

/// BCEWithLogitsLoss averaged over the classes of the last dim; `weight` [C] is a buffer.
class MultiLabelSoftMarginLoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor =
      "MultiLabelSoftMarginLoss(weight?, size_average?, reduce?, reduction)";
  explicit MultiLabelSoftMarginLoss(const ReductionOptions& options = {})
      : MultiLabelSoftMarginLoss(Tensor(), options) {}
  explicit MultiLabelSoftMarginLoss(const Tensor& weight, const ReductionOptions& options = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
};

}  // namespace tandem::nn
