#include "tandem/nn/loss.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

CrossEntropyLoss::CrossEntropyLoss(const Tensor& weight, const CrossEntropyLossOptions& options)
    : Loss(options), weight(register_buffer("weight", weight)) {}
Tensor CrossEntropyLoss::forward(const Tensor& input, const Tensor& target) {
  return cross_entropy(input, target, weight, options.ignore_index, options.reduction,
                       options.label_smoothing);
}

NLLLoss::NLLLoss(const Tensor& weight, const NLLLossOptions& options)
    : Loss(options), weight(register_buffer("weight", weight)) {}
Tensor NLLLoss::forward(const Tensor& input, const Tensor& target) {
  return nll_loss(input, target, weight, options.ignore_index, options.reduction);
}

Tensor MSELoss::forward(const Tensor& input, const Tensor& target) {
  return mse_loss(input, target, options.reduction);
}
Tensor L1Loss::forward(const Tensor& input, const Tensor& target) {
  return l1_loss(input, target, options.reduction);
}
Tensor SmoothL1Loss::forward(const Tensor& input, const Tensor& target) {
  return smooth_l1_loss(input, target, options.reduction, options.beta);
}
Tensor HuberLoss::forward(const Tensor& input, const Tensor& target) {
  return huber_loss(input, target, options.reduction, options.delta);
}
Tensor KLDivLoss::forward(const Tensor& input, const Tensor& target) {
  return kl_div(input, target, options.reduction, options.log_target);
}

BCELoss::BCELoss(const Tensor& weight, const ReductionOptions& options)
    : Loss(options), weight(register_buffer("weight", weight)) {}
Tensor BCELoss::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy(input, target, weight, options.reduction);
}

BCEWithLogitsLoss::BCEWithLogitsLoss(const Tensor& weight, const ReductionOptions& options,
                                     const Tensor& pos_weight)
    : Loss(options),
      weight(register_buffer("weight", weight)),
      pos_weight(register_buffer("pos_weight", pos_weight)) {}
Tensor BCEWithLogitsLoss::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy_with_logits(input, target, weight, options.reduction, pos_weight);
}

}  // namespace tandem::nn
