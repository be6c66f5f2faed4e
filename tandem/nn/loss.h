// Losses as modules: loss(input, target). `reduction` is "mean", "sum" or "none".
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

/// A module of an input and a target.
template <class O>
class Loss : public Layer<O> {
 public:
  static constexpr Signature called = "forward(input, target)";
  explicit Loss(const O& options = {}) : Layer<O>(options) {}
  using Module::forward;
  virtual Tensor forward(const Tensor& input, const Tensor& target) = 0;
  Tensor operator()(Arg input, Arg target) {
    return this->call([this](const Tensor& x, const Tensor& y) { return forward(x, y); },
                      input.where, *input.tensor, *target.tensor);
  }
};

struct CrossEntropyLossOptions {
  int64_t ignore_index = -100;
  Name reduction = "mean";
  double label_smoothing = 0;
};

/// The cross entropy of logits [N, C, ...] with class indices [N, ...] or probabilities
/// [N, C, ...]; `weight` [C] is a buffer.
class CrossEntropyLoss : public Loss<CrossEntropyLossOptions> {
 public:
  static constexpr Signature constructor =
      "CrossEntropyLoss(weight?, size_average?, ignore_index, reduce?, reduction, label_smoothing)";
  explicit CrossEntropyLoss(const CrossEntropyLossOptions& options = {})
      : CrossEntropyLoss(Tensor(), options) {}
  explicit CrossEntropyLoss(const Tensor& weight, const CrossEntropyLossOptions& options = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
};

struct NLLLossOptions {
  int64_t ignore_index = -100;
  Name reduction = "mean";
};

/// -input[target] for log-probabilities [N, C, ...]; `weight` [C] is a buffer.
class NLLLoss : public Loss<NLLLossOptions> {
 public:
  static constexpr Signature constructor =
      "NLLLoss(weight?, size_average?, ignore_index, reduce?, reduction)";
  explicit NLLLoss(const NLLLossOptions& options = {}) : NLLLoss(Tensor(), options) {}
  explicit NLLLoss(const Tensor& weight, const NLLLossOptions& options = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
};

struct ReductionOptions {
  Name reduction = "mean";
};

/// (input - target)².
class MSELoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor = "MSELoss(size_average?, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

/// |input - target|.
class L1Loss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor = "L1Loss(size_average?, reduce?, reduction)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

/// The binary cross entropy of probabilities; `weight` is a buffer.
class BCELoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor = "BCELoss(weight?, size_average?, reduce?, reduction)";
  explicit BCELoss(const ReductionOptions& options = {}) : BCELoss(Tensor(), options) {}
  explicit BCELoss(const Tensor& weight, const ReductionOptions& options = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
};

/// The binary cross entropy of logits; `weight` and `pos_weight` are buffers.
class BCEWithLogitsLoss : public Loss<ReductionOptions> {
 public:
  static constexpr Signature constructor =
      "BCEWithLogitsLoss(weight?, size_average?, reduce?, reduction, pos_weight?)";
  explicit BCEWithLogitsLoss(const ReductionOptions& options = {})
      : BCEWithLogitsLoss(Tensor(), options) {}
  explicit BCEWithLogitsLoss(const Tensor& weight, const ReductionOptions& options = {},
                             const Tensor& pos_weight = {});
  using Loss::forward;
  Tensor forward(const Tensor& input, const Tensor& target) override;

  Tensor& weight;
  Tensor& pos_weight;
};

struct SmoothL1LossOptions {
  Name reduction = "mean";
  double beta = 1;
};

/// Squared below beta, absolute above.
class SmoothL1Loss : public Loss<SmoothL1LossOptions> {
 public:
  static constexpr Signature constructor = "SmoothL1Loss(size_average?, reduce?, reduction, beta)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

struct HuberLossOptions {
  Name reduction = "mean";
  double delta = 1;
};

/// delta times smooth L1 (Huber, 1964).
class HuberLoss : public Loss<HuberLossOptions> {
 public:
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

struct KLDivLossOptions {
  Name reduction = "mean";  // or "batchmean", the mathematical one
  bool log_target = false;
};

/// target * (log(target) - input) for log-probabilities `input`.
class KLDivLoss : public Loss<KLDivLossOptions> {
 public:
  static constexpr Signature constructor =
      "KLDivLoss(size_average?, reduce?, reduction, log_target)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& input, const Tensor& target) override;
};

}  // namespace tandem::nn
