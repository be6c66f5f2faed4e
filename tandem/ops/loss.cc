#include "tandem/ops/loss.h"

#include "tandem/base/promote.h"
#include "tandem/base/warning.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/reduce.h"

namespace tandem {

namespace {

/// " NAME.unsqueeze(D) has the other's.", where a 1 is all that `shape` lacks of `other`.
std::string missing_dim(std::string_view name, const Dims& shape, const Dims& other) {
  if (shape.size() + 1 != other.size()) return {};
  for (int d = 0; d < other.size(); ++d) {
    if (other[d] != 1) continue;
    Dims with = shape;
    with.insert(d, 1);
    if (with == other) return text(" ", name, ".unsqueeze(", d, ") has the other's.");
  }
  return {};
}

/// These broadcast, as PyTorch's do, and most who see it meant something else.
void warn_of_broadcast(const Arg& input, const Arg& target) {
  const Dims &x = input.tensor->shape(), &t = target.tensor->shape();
  if (x != t)
    warn(text("Using a target size (torch.Size(", t,
              ")) that is different to the input size (torch.Size(", x,
              ")). This will likely lead to incorrect results due to broadcasting. Please ensure "
              "they have the same size.",
              missing_dim("target", t, x), missing_dim("input", x, t)),
         mode.relocated ? mode.where : input.where);
}

template <class Loss>
Tensor broadcasting(const Loss& loss, const Arg& input, const Arg& target) {
  warn_of_broadcast(input, target);
  return apply(loss, input, target);
}

}  // namespace

// clang-format off
Tensor mse_loss(Arg input, Arg target, Name reduction) { return broadcasting(MseLoss{reduction}, input, target); }
Tensor l1_loss(Arg input, Arg target, Name reduction) { return broadcasting(L1Loss{reduction}, input, target); }
Tensor smooth_l1_loss(Arg input, Arg target, Name reduction, double beta) { return broadcasting(SmoothL1Loss{reduction, beta}, input, target); }
Tensor huber_loss(Arg input, Arg target, Name reduction, double delta) { return broadcasting(HuberLoss{reduction, delta}, input, target); }
Tensor kl_div(Arg input, Arg target, Name reduction, bool log_target) { return apply(KlDiv{reduction, log_target}, input, target); }
Tensor cosine_similarity(Arg x1, Arg x2, int64_t dim, double eps) { return apply(CosineSimilarity{dim, eps}, x1, x2); }
Tensor binary_cross_entropy_with_logits(Arg input, Arg target, OptArg weight, Name reduction, OptArg pos_weight) { return apply(BinaryCrossEntropyWithLogits{reduction}, input, target, weight, pos_weight); }
// clang-format on

Tensor binary_cross_entropy(Arg input, Arg target, OptArg weight, Name reduction) {
  const Tensor& x = *input.tensor;
  if (!mode.tracer && is_floating(x.dtype()) && x.numel()) {
    NoGrad check;
    const double low = amin(x).item(), high = amax(x).item();
    if (!(low >= 0 && high <= 1))  // a NaN too
      fail(ErrorCode::value, "binary_cross_entropy",
           "expected probabilities (input between 0 and 1), got values from ", low, " to ", high,
           ": apply sigmoid, or use binary_cross_entropy_with_logits");
  }
  return apply(BinaryCrossEntropy{reduction}, input, target, weight);
}

Tensor reduce_loss(std::string_view, const Tensor& each, const Name& reduction) {
  if (reduction == "none") return each;
  return reduction == "sum" ? sum(each) : mean(each);
}

Type reduced_loss(std::string_view op, const Type& each, const Name& reduction) {
  if (reduction == "none") return each;
  if (reduction != "mean" && reduction != "sum")
    fail(ErrorCode::value, op, "expected reduction \"mean\", \"sum\" or \"none\", got \"",
         reduction, '"');
  return {each.dtype, {}};
}

namespace {

/// The type that floating input and target meet in: a 0-d one counts only where its category is
/// higher, as in arithmetic.
Type paired(std::string_view op, const Type& input, const Type& target) {
  Type out{promote(input.dtype, target.dtype), broadcast_shapes(op, input.shape, target.shape)};
  if (input.shape.empty() != target.shape.empty()) {
    const Type& lone = input.shape.empty() ? input : target;
    const Type& other = input.shape.empty() ? target : input;
    out.dtype = promote_weak(other.dtype, category(lone.dtype), lone.dtype);
  }
  if (!is_floating(out.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
  return out;
}

/// Probabilities and logits do not broadcast to their targets: that would hide a mistake.
Type same_shape(std::string_view op, const Type& input, const Type& target) {
  if (!is_floating(input.dtype) || target.dtype != input.dtype)
    fail(ErrorCode::dtype, op, "expected input and target of one floating dtype, got ", input.dtype,
         " and ", target.dtype, ": cast the target");
  if (input.shape != target.shape)
    fail(ErrorCode::shape, op, "expected a target of the input's shape ", input.shape, ", got ",
         target.shape);
  return input;
}

void check_factor(std::string_view op, std::string_view name, const Type& input,
                  const Type* factor) {
  if (!factor) return;
  if (broadcast_shapes(op, input.shape, factor->shape) != input.shape)
    fail(ErrorCode::shape, op, "expected a ", name, " that broadcasts to the input's shape ",
         input.shape, ", got ", factor->shape);
  if (factor->dtype != input.dtype)
    fail(ErrorCode::dtype, op, "input is ", input.dtype, ", ", name, " ", factor->dtype,
         ": cast it");
}

}  // namespace

Type MseLoss::infer(const Type& input, const Type& target) const {
  return reduced_loss("mse_loss", paired("mse_loss", input, target), reduction);
}
Tensor MseLoss::decompose(const Tensor& input, const Tensor& target) const {
  return reduce_loss("mse_loss", square(input - target), reduction);
}

Type L1Loss::infer(const Type& input, const Type& target) const {
  return reduced_loss("l1_loss", paired("l1_loss", input, target), reduction);
}
Tensor L1Loss::decompose(const Tensor& input, const Tensor& target) const {
  return reduce_loss("l1_loss", abs(input - target), reduction);
}

Type SmoothL1Loss::infer(const Type& input, const Type& target) const {
  if (!(beta >= 0))
    fail(ErrorCode::value, "smooth_l1_loss", "expected beta of 0 or more, got ", beta);
  return reduced_loss("smooth_l1_loss", paired("smooth_l1_loss", input, target), reduction);
}
Tensor SmoothL1Loss::decompose(const Tensor& input, const Tensor& target) const {
  const Tensor d = input - target, a = abs(d);
  if (beta == 0) return reduce_loss("smooth_l1_loss", a, reduction);
  return reduce_loss("smooth_l1_loss", where(a < beta, square(d) * (0.5 / beta), a - 0.5 * beta),
                     reduction);
}

Type HuberLoss::infer(const Type& input, const Type& target) const {
  if (!(delta > 0))
    fail(ErrorCode::value, "huber_loss", "expected delta greater than 0, got ", delta);
  return reduced_loss("huber_loss", paired("huber_loss", input, target), reduction);
}
Tensor HuberLoss::decompose(const Tensor& input, const Tensor& target) const {
  const Tensor d = input - target, a = abs(d);
  return reduce_loss("huber_loss", where(a <= delta, square(d) * 0.5, (a - 0.5 * delta) * delta),
                     reduction);
}

Type BinaryCrossEntropy::infer(const Type& input, const Type& target, const Type* weight) const {
  const Type each = same_shape("binary_cross_entropy", input, target);
  check_factor("binary_cross_entropy", "weight", input, weight);
  return reduced_loss("binary_cross_entropy", each, reduction);
}
Tensor BinaryCrossEntropy::decompose(const Tensor& input, const Tensor& target,
                                     const Tensor* weight) const {
  const Tensor each =
      (target - 1) * maximum(log1p(-input), -100) - target * maximum(log(input), -100);
  return reduce_loss("binary_cross_entropy", weight ? each * *weight : each, reduction);
}
Grads BinaryCrossEntropy::vjp(const Call& c) const {
  // Clamped logarithms have no slope; PyTorch bounds the gradient of the unclamped ones instead.
  const Tensor x = c.operand(0), t = c.operand(1);
  Tensor g = reduction == "mean" ? c.dy() / x.numel() : c.dy();
  if (c.has(2) && c.needs(2)) {
    Grads by_parts;
    vjp_by_decomposition(info_of<BinaryCrossEntropy>, this, c, &by_parts);
    Tensor ignored = by_parts.take(0), dt = by_parts.take(1), dw = by_parts.take(2);
    return {c.needs(0) ? g * c.operand(2) * (x - t) / maximum((1 - x) * x, 1e-12) : Tensor(), dt,
            dw};
  }
  if (c.has(2)) g = g * c.operand(2);
  return {c.needs(0) ? g * (x - t) / maximum((1 - x) * x, 1e-12) : Tensor(),
          c.needs(1) ? g * (maximum(log1p(-x), -100) - maximum(log(x), -100)) : Tensor()};
}

Type BinaryCrossEntropyWithLogits::infer(const Type& input, const Type& target, const Type* weight,
                                         const Type* pos_weight) const {
  constexpr std::string_view op = "binary_cross_entropy_with_logits";
  const Type each = same_shape(op, input, target);
  check_factor(op, "weight", input, weight);
  check_factor(op, "pos_weight", input, pos_weight);
  return reduced_loss(op, each, reduction);
}
Tensor BinaryCrossEntropyWithLogits::decompose(const Tensor& input, const Tensor& target,
                                               const Tensor* weight,
                                               const Tensor* pos_weight) const {
  const Tensor negative = -logsigmoid(input);
  Tensor each =
      (1 - target) * input + (pos_weight ? ((*pos_weight - 1) * target + 1) * negative : negative);
  if (weight) each = each * *weight;
  return reduce_loss("binary_cross_entropy_with_logits", each, reduction);
}

Type KlDiv::infer(const Type& input, const Type& target) const {
  const Type each = paired("kl_div", input, target);
  if (reduction != "batchmean") return reduced_loss("kl_div", each, reduction);
  if (input.shape.empty())
    fail(ErrorCode::shape, "kl_div", "reduction \"batchmean\" needs an input with a batch dim");
  return {each.dtype, {}};
}
Tensor KlDiv::decompose(const Tensor& input, const Tensor& target) const {
  // 0 log 0 counts as 0, and the logarithm's gradient there is kept out.
  const Tensor each = log_target ? exp(target) * (target - input)
                                 : target * (log(where(eq(target, 0), 1, target)) - input);
  if (reduction == "batchmean") return sum(each) / input.size(0);
  return reduce_loss("kl_div", each, reduction);
}

Type CosineSimilarity::infer(const Type& x1, const Type& x2) const {
  const Type both = paired("cosine_similarity", x1, x2);
  return reduced_type("cosine_similarity", both, dim, false, both.dtype);
}
Tensor CosineSimilarity::decompose(const Tensor& x1, const Tensor& x2) const {
  const Type type = paired("cosine_similarity", x1.type(), x2.type());
  const Tensor a = expand(cast(x1, type.dtype), type.shape);
  const Tensor b = expand(cast(x2, type.dtype), type.shape);
  const Tensor length_a = maximum(norm(a, 2, dim, true), eps);
  const Tensor length_b = maximum(norm(b, 2, dim, true), eps);
  return sum((a / length_a) * (b / length_b), dim);
}

template struct Family<LossOps>;

}  // namespace tandem
