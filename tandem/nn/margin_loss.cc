#include "tandem/nn/margin_loss.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

Tensor MarginRankingLoss::forward(const Tensor& input1, const Tensor& input2,
                                  const Tensor& target) {
  return margin_ranking_loss(input1, input2, target, options.margin, options.reduction);
}
Tensor CosineEmbeddingLoss::forward(const Tensor& input1, const Tensor& input2,
                                    const Tensor& target) {
  return cosine_embedding_loss(input1, input2, target, options.margin, options.reduction);
}
Tensor TripletMarginLoss::forward(const Tensor& anchor, const Tensor& positive,
                                  const Tensor& negative) {
  return triplet_margin_loss(anchor, positive, negative, options.margin, options.p, options.eps,
                             options.swap, options.reduction);
}
Tensor GaussianNLLLoss::forward(const Tensor& input, const Tensor& target, const Tensor& var) {
  return gaussian_nll_loss(input, target, var, options.full, options.eps, options.reduction);
}
Tensor HingeEmbeddingLoss::forward(const Tensor& input, const Tensor& target) {
  return hinge_embedding_loss(input, target, options.margin, options.reduction);
}
Tensor SoftMarginLoss::forward(const Tensor& input, const Tensor& target) {
  return soft_margin_loss(input, target, options.reduction);
}
Tensor MultiLabelMarginLoss::forward(const Tensor& input, const Tensor& target) {
  return multilabel_margin_loss(input, target, options.reduction);
}
Tensor PoissonNLLLoss::forward(const Tensor& input, const Tensor& target) {
  return poisson_nll_loss(input, target, options.log_input, options.full, options.eps,
                          options.reduction);
}

MultiMarginLoss::MultiMarginLoss(const Tensor& weight, const MultiMarginLossOptions& options)
    : Loss(options), weight(register_buffer("weight", weight)) {
  if (options.p != 1 && options.p != 2)
    fail(ErrorCode::value, "MultiMarginLoss", "only p == 1 and p == 2 supported, got ", options.p);
}
Tensor MultiMarginLoss::forward(const Tensor& input, const Tensor& target) {
  return multi_margin_loss(input, target, double(options.p), options.margin, weight,
                           options.reduction);
}

MultiLabelSoftMarginLoss::MultiLabelSoftMarginLoss(const Tensor& weight,
                                                   const ReductionOptions& options)
    : Loss(options), weight(register_buffer("weight", weight)) {}
Tensor MultiLabelSoftMarginLoss::forward(const Tensor& input, const Tensor& target) {
  return multilabel_soft_margin_loss(input, target, weight, options.reduction);
}

}  // namespace tandem::nn
