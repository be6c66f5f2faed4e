#include "tandem/ops/margin_loss.h"

#include <cmath>
#include <numbers>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/loss.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
Tensor pairwise_distance(Arg x1, Arg x2, double p, double eps, bool keepdim) { return apply(PairwiseDistance{p, eps, keepdim}, x1, x2); }
Tensor margin_ranking_loss(Arg input1, Arg input2, Arg target, double margin, Name reduction) { return apply(MarginRankingLoss{margin, reduction}, input1, input2, target); }
Tensor hinge_embedding_loss(Arg input, Arg target, double margin, Name reduction) { return apply(HingeEmbeddingLoss{margin, reduction}, input, target); }
Tensor cosine_embedding_loss(Arg input1, Arg input2, Arg target, double margin, Name reduction) { return apply(CosineEmbeddingLoss{margin, reduction}, input1, input2, target); }
Tensor triplet_margin_loss(Arg anchor, Arg positive, Arg negative, double margin, double p, double eps, bool swap, Name reduction) { return apply(TripletMarginLoss{margin, p, eps, swap, reduction}, anchor, positive, negative); }
Tensor multi_margin_loss(Arg input, Arg target, double p, double margin, OptArg weight, Name reduction) { return apply(MultiMarginLoss{p, margin, reduction}, input, target, weight); }
Tensor multilabel_margin_loss(Arg input, Arg target, Name reduction) { return apply(MultilabelMarginLoss{reduction}, input, target); }
Tensor soft_margin_loss(Arg input, Arg target, Name reduction) { return apply(SoftMarginLoss{reduction}, input, target); }
Tensor multilabel_soft_margin_loss(Arg input, Arg target, OptArg weight, Name reduction) { return apply(MultilabelSoftMarginLoss{reduction}, input, target, weight); }
Tensor gaussian_nll_loss(Arg input, Arg target, Arg var, bool full, double eps, Name reduction) { return apply(GaussianNllLoss{full, eps, reduction}, input, target, var); }
Tensor poisson_nll_loss(Arg input, Arg target, bool log_input, bool full, double eps, Name reduction) { return apply(PoissonNllLoss{log_input, full, eps, reduction}, input, target); }
// clang-format on

namespace {

Tensor reduced(std::string_view op, const Tensor& each, const Name& reduction) {
  reduced_loss(op, each.type(), reduction);  // checks the word
  return reduce_loss(op, each, reduction);
}

Dims without_last(const Dims& shape) {
  Dims rest = shape;
  rest.resize(rest.size() - 1);
  return rest;
}

/// Scores of classes, [N, C] or [C].
void check_scores(std::string_view op, const Tensor& input) {
  check_floating(op, input);
  if (input.dim() < 1 || input.dim() > 2 || input.size(-1) == 0)
    fail(ErrorCode::shape, op, "expected input: [N, C] or [C] with 1 class or more, got ",
         input.shape());
}

}  // namespace

Tensor PairwiseDistance::decompose(const Tensor& x1, const Tensor& x2) const {
  const Tensor difference = x1 - x2;
  if (difference.dim() == 0)
    fail(ErrorCode::shape, "pairwise_distance", "expected operands of 1 dim or more, got ",
         x1.shape(), " and ", x2.shape());
  check_floating("pairwise_distance", difference);
  return norm(difference + eps, p, {-1}, keepdim);
}

Tensor MarginRankingLoss::decompose(const Tensor& input1, const Tensor& input2,
                                    const Tensor& target) const {
  constexpr std::string_view op = "margin_ranking_loss";
  if (input1.dim() != input2.dim() || input1.dim() != target.dim())
    fail(ErrorCode::shape, op, "expected operands of as many dims, got input1 ", input1.shape(),
         ", input2 ", input2.shape(), " and target ", target.shape());
  return reduced(op, clamp_min(margin - target * (input1 - input2), 0), reduction);
}

Tensor HingeEmbeddingLoss::decompose(const Tensor& input, const Tensor& target) const {
  check_floating("hinge_embedding_loss", input);
  const Tensor near = where(ne(target, -1), input, 0);
  const Tensor far = where(ne(target, 1), clamp_min(margin - input, 0), 0);
  return reduced("hinge_embedding_loss", near + far, reduction);
}

Tensor CosineEmbeddingLoss::decompose(const Tensor& input1, const Tensor& input2,
                                      const Tensor& target) const {
  constexpr std::string_view op = "cosine_embedding_loss";
  check_floating(op, input1);
  if (input1.dim() < 1 || input1.dim() > 2 || input2.dim() < 1 || input2.dim() > 2 ||
      target.dim() + 1 != input1.dim() || input1.dim() != input2.dim())
    fail(ErrorCode::shape, op, "expected input1, input2: [N, D] and target: [N], or [D] and []; ",
         "got ", input1.shape(), ", ", input2.shape(), " and ", target.shape());
  constexpr double smallest = 1e-12;
  const Tensor length1 = sum(square(input1), {-1}) + smallest;
  const Tensor length2 = sum(square(input2), {-1}) + smallest;
  const Tensor alike = sum(input1 * input2, {-1}) / sqrt(length1 * length2);
  const Tensor near = where(eq(target, 1), 1 - alike, 0);
  const Tensor far = where(eq(target, -1), clamp_min(alike - margin, 0), 0);
  return reduced(op, near + far, reduction);
}

Tensor TripletMarginLoss::decompose(const Tensor& anchor, const Tensor& positive,
                                    const Tensor& negative) const {
  constexpr std::string_view op = "triplet_margin_loss";
  if (anchor.dim() != positive.dim() || anchor.dim() != negative.dim())
    fail(ErrorCode::shape, op, "expected operands of as many dims, got anchor ", anchor.shape(),
         ", positive ", positive.shape(), " and negative ", negative.shape());
  if (!(margin > 0)) fail(ErrorCode::value, op, "expected margin greater than 0, got ", margin);
  const Tensor near = pairwise_distance(anchor, positive, p, eps, false);
  Tensor far = pairwise_distance(anchor, negative, p, eps, false);
  if (swap) far = minimum(far, pairwise_distance(positive, negative, p, eps, false));
  return reduced(op, clamp_min(near - far + margin, 0), reduction);
}

Tensor MultiMarginLoss::decompose(const Tensor& input, const Tensor& target,
                                  const Tensor* weight) const {
  constexpr std::string_view op = "multi_margin_loss";
  check_scores(op, input);
  if (p != 1 && p != 2) fail(ErrorCode::value, op, "expected p of 1 or 2, got ", p);
  const Dims rows = without_last(input.shape());
  if (target.dtype() != DType::i64 || target.numel() != rows.product() || target.dim() > 1)
    fail(ErrorCode::shape, op, "expected target: int64 ", rows, " for input ", input.shape(),
         ", got ", target.type());
  const int64_t classes = input.size(-1);
  if (weight && weight->shape() != Dims{classes})
    fail(ErrorCode::shape, op, "expected weight: [", classes, "], got ", weight->shape());
  const Tensor at = unsqueeze(reshape(target, rows), -1);
  Tensor each = relu(input - gather(input, -1, at) + margin);
  if (p == 2) each = square(each);
  if (weight) each = each * unsqueeze(gather(*weight, 0, reshape(at, -1)), -1).reshape(at.shape());
  const Tensor others = ne(arange(0, classes), at);
  return reduced(op, sum(where(others, each, 0), {-1}) / classes, reduction);
}

Tensor MultilabelMarginLoss::decompose(const Tensor& input, const Tensor& target) const {
  constexpr std::string_view op = "multilabel_margin_loss";
  check_scores(op, input);
  if (target.dtype() != DType::i64 || target.shape() != input.shape())
    fail(ErrorCode::shape, op, "expected target: int64 ", input.shape(), " like input, got ",
         target.type());
  const int64_t classes = input.size(-1);
  const Tensor meant = cast(cumprod(cast(ge(target, 0), int64), -1), DType::boolean);
  const Tensor places = where(meant, target, 0);
  const Tensor score = unsqueeze(gather(input, -1, places), -1);  // [..., targets, 1]
  const Tensor is_target = any(
      logical_and(unsqueeze(meant, -1), eq(unsqueeze(target, -1), arange(0, classes))), {-2}, true);
  const Tensor counts = logical_and(unsqueeze(meant, -1), logical_not(is_target));
  const Tensor each = relu(1 - score + unsqueeze(input, -2));
  return reduced(op, sum(where(counts, each, 0), {-2, -1}) / classes, reduction);
}

Tensor SoftMarginLoss::decompose(const Tensor& input, const Tensor& target) const {
  check_floating("soft_margin_loss", input);
  return reduced("soft_margin_loss", -logsigmoid(target * input), reduction);
}

Tensor MultilabelSoftMarginLoss::decompose(const Tensor& input, const Tensor& target,
                                           const Tensor* weight) const {
  constexpr std::string_view op = "multilabel_soft_margin_loss";
  check_floating(op, input);
  if (input.dim() == 0) fail(ErrorCode::shape, op, "expected input: [..., C], got a 0-d one");
  Tensor each = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input));
  if (weight) each = each * *weight;
  return reduced(op, mean(each, {-1}), reduction);
}

Tensor GaussianNllLoss::decompose(const Tensor& input, const Tensor& target,
                                  const Tensor& var) const {
  constexpr std::string_view op = "gaussian_nll_loss";
  Tensor v = var;
  const Dims& shape = input.shape();
  if (!shape.empty() && v.shape() == without_last(shape)) v = unsqueeze(v, -1);
  const auto fits = [&](int d) { return v.size(d) == 1 || v.size(d) == input.size(d); };
  bool broadcasts = v.dim() <= input.dim();
  for (int d = -1; broadcasts && d >= -v.dim(); --d) broadcasts = fits(d);
  if (!broadcasts)
    fail(ErrorCode::value, op, "var is of incorrect size: expected one that broadcasts to the ",
         "input's shape ", shape, ", or the same without its last dim; got ", v.shape());
  if (!mode.tracer && v.numel()) {
    NoGrad check;
    if (const double least = amin(v).item(); least < 0)
      fail(ErrorCode::value, op, "var has negative entry/entries, the least is ", least);
  }
  Tensor raise;
  {
    NoGrad off;
    raise = clamp_min(v, eps) - v;
  }
  v = v + raise;
  Tensor each = 0.5 * (log(v) + square(input - target) / v);
  if (full) each = each + 0.5 * std::log(2 * std::numbers::pi);
  return reduced(op, each, reduction);
}

Tensor PoissonNllLoss::decompose(const Tensor& input, const Tensor& target) const {
  check_floating("poisson_nll_loss", input);
  Tensor each = log_input ? exp(input) - target * input : input - target * log(input + eps);
  if (full) {
    const Tensor t = where(gt(target, 1), target, 1);  // no logarithm of what is left out
    const Tensor stirling = t * log(t) - t + 0.5 * log(2 * std::numbers::pi * t);
    each = each + where(gt(target, 1), stirling, 0);
  }
  return reduced("poisson_nll_loss", each, reduction);
}

template struct Family<MarginLossOps>;

}  // namespace tandem
