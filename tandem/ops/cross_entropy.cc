#include "tandem/ops/cross_entropy.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/loss.h"

namespace tandem {

// clang-format off
Tensor cross_entropy(Arg input, Arg target, OptArg weight, int64_t ignore_index, Name reduction, double label_smoothing) { return apply(CrossEntropy{ignore_index, reduction, label_smoothing}, input, target, weight); }
std::array<Tensor, 3> softmax_cross_entropy(Arg input, Arg target, int64_t ignore_index) { return apply(SoftmaxCrossEntropy{ignore_index}, input, target); }
Tensor softmax_cross_entropy_backward(Arg grad, Arg input, Arg target, Arg logsumexp, int64_t ignore_index) { return apply(SoftmaxCrossEntropyBackward{ignore_index}, grad, input, target, logsumexp); }
Tensor nll_loss(Arg input, Arg target, OptArg weight, int64_t ignore_index, Name reduction) { return apply(NllLoss{ignore_index, reduction}, input, target, weight); }
Tensor select_class(Arg input, Arg target, int64_t ignore_index) { return apply(SelectClass{ignore_index}, input, target); }
Tensor select_class_backward(Arg grad, Arg target, int64_t classes, int64_t ignore_index) { return apply(SelectClassBackward{classes, ignore_index}, grad, target); }
// clang-format on

namespace {

/// Where the classes are: dim 1 of a batch, dim 0 of a single sample.
int class_dim(const Dims& input) { return input.size() > 1; }

Dims without_classes(Dims shape) {
  shape.erase(class_dim(shape));
  return shape;
}

void check_input(std::string_view op, const Type& input) {
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
  if (input.shape.empty())
    fail(ErrorCode::shape, op, "expected input: [C], [N, C] or [N, C, d1, ...], got a 0-d tensor");
}

void check_indices(std::string_view op, const Type& input, const Type& target) {
  check_input(op, input);
  const Dims expected = without_classes(input.shape);
  if (!is_integral(target.dtype))
    fail(ErrorCode::dtype, op, "target must hold class indices (int64, shape ", expected, "); got ",
         target, ": cast(target, int64)?");
  if (target.shape != expected)
    fail(ErrorCode::shape, op, "expected a target of shape ", expected, " for input ", input.shape,
         ", got ", target.shape);
}

void check_weight(std::string_view op, const Type& input, const Type* weight) {
  if (!weight) return;
  const int64_t classes = input.shape[class_dim(input.shape)];
  if (weight->shape != Dims{classes})
    fail(ErrorCode::shape, op, "expected weight: [", classes, "], one a class of input ",
         input.shape, ", got ", weight->shape);
  if (weight->dtype != input.dtype)
    fail(ErrorCode::dtype, op, "input is ", input.dtype, ", weight ", weight->dtype, ": cast it");
}

/// [C] beside input: broadcasts along its class dim.
Tensor per_class(const Tensor& weight, const Tensor& input) {
  Dims shape = Dims::filled(input.dim(), 1);
  shape[class_dim(input.shape())] = weight.numel();
  return reshape(weight, shape);
}

/// weight[target], 0 where the target is ignored.
Tensor target_weight(const Tensor& weight, const Tensor& input, const Tensor& target,
                     int64_t ignore_index) {
  return select_class(expand(per_class(weight, input), input.shape()), target, ignore_index);
}

/// How many targets are not ignored.
Tensor count_targets(const Tensor& target, int64_t ignore_index, DType dtype) {
  return sum(cast(ne(target, ignore_index), dtype));
}

/// What is lost at each target for log-probabilities, and its weight; undefined where all are 1.
struct Weighted {
  Tensor loss, weight;
};

Weighted nll_each(const Tensor& log_probability, const Tensor& target, const Tensor* weight,
                  int64_t ignore_index) {
  const Tensor loss = -select_class(log_probability, target, ignore_index);
  if (!weight) return {loss, {}};
  const Tensor w = target_weight(*weight, log_probability, target, ignore_index);
  return {loss * w, w};
}

Tensor reduce_weighted(std::string_view op, const Weighted& each, const Tensor& target,
                       int64_t ignore_index, const Name& reduction) {
  if (reduction != "mean") return reduce_loss(op, each.loss, reduction);
  return sum(each.loss) /
         (each.weight ? sum(each.weight) : count_targets(target, ignore_index, each.loss.dtype()));
}

}  // namespace

Type CrossEntropy::infer(const Type& input, const Type& target, const Type* weight) const {
  check_input("cross_entropy", input);
  const Dims indices = without_classes(input.shape);
  if (is_floating(target.dtype) && target.shape != input.shape)
    fail(ErrorCode::shape, "cross_entropy", "target must hold class indices (int64, shape ",
         indices, ") or probabilities (", input.dtype, ", shape ", input.shape, "); got ", target,
         target.shape == indices ? ": cast(target, int64)?" : "");
  if (is_floating(target.dtype) && target.dtype != input.dtype)
    fail(ErrorCode::dtype, "cross_entropy", "input is ", input.dtype,
         ", the target probabilities are ", target.dtype, ": cast them");
  if (!is_floating(target.dtype)) check_indices("cross_entropy", input, target);
  check_weight("cross_entropy", input, weight);
  if (!(label_smoothing >= 0 && label_smoothing <= 1))
    fail(ErrorCode::value, "cross_entropy", "expected label_smoothing in 0..1, got ",
         label_smoothing);
  return reduced_loss("cross_entropy", {input.dtype, indices}, reduction);
}

Tensor CrossEntropy::decompose(const Tensor& input, const Tensor& target,
                               const Tensor* weight) const {
  const int dim = class_dim(input.shape());
  const double classes = double(input.shape()[dim]);
  if (is_floating(target.dtype())) {
    const Tensor p =
        label_smoothing > 0 ? target * (1 - label_smoothing) + label_smoothing / classes : target;
    Tensor terms = p * log_softmax(input, dim);
    if (weight) terms = terms * per_class(*weight, input);
    const Tensor each = -sum(terms, dim);
    return reduce_loss("cross_entropy", each, reduction);
  }
  if (!weight && label_smoothing == 0) {
    const auto [loss, logsumexp, count] = softmax_cross_entropy(input, target, ignore_index);
    return reduction == "mean" ? sum(loss) / count : reduce_loss("cross_entropy", loss, reduction);
  }
  const Tensor log_p = log_softmax(input, dim);
  Weighted each = nll_each(log_p, target, weight, ignore_index);
  if (label_smoothing > 0) {
    // The uniform part of the target: every class weighs in, at targets that count.
    const Tensor all = -sum(weight ? log_p * per_class(*weight, input) : log_p, dim);
    each.loss = each.loss * (1 - label_smoothing) +
                where(eq(target, ignore_index), 0, all) * (label_smoothing / classes);
  }
  return reduce_weighted("cross_entropy", each, target, ignore_index, reduction);
}

std::array<Type, 3> SoftmaxCrossEntropy::infer(const Type& input, const Type& target) const {
  check_indices("softmax_cross_entropy", input, target);
  const Type each{input.dtype, target.shape};
  return {each, each, Type{input.dtype, {}}};
}
std::array<Tensor, 3> SoftmaxCrossEntropy::decompose(const Tensor& input,
                                                     const Tensor& target) const {
  const Tensor lse = logsumexp(input, class_dim(input.shape()));
  return {where(eq(target, ignore_index), 0, lse - select_class(input, target, ignore_index)), lse,
          count_targets(target, ignore_index, input.dtype())};
}
Grads SoftmaxCrossEntropy::vjp(const Call& c) const {
  const Tensor input = c.operand(0), lse = c.result(1);
  Tensor dx;
  if (c.dys[0])
    dx = softmax_cross_entropy_backward(c.dys[0], input, c.operand(1), lse, ignore_index);
  if (c.dys[1]) {
    const int dim = class_dim(input.shape());
    const Tensor by_lse = exp(input - unsqueeze(lse, dim)) * unsqueeze(c.dys[1], dim);
    dx = dx ? dx + by_lse : by_lse;
  }
  return {dx};
}

Type SoftmaxCrossEntropyBackward::infer(const Type& grad, const Type& input, const Type& target,
                                        const Type& logsumexp) const {
  check_indices("softmax_cross_entropy_backward", input, target);
  if (grad != Type{input.dtype, target.shape} || logsumexp != grad)
    fail(ErrorCode::shape, "softmax_cross_entropy_backward",
         "expected grad and logsumexp of the target's shape ", target.shape, ", got ", grad,
         " and ", logsumexp);
  return input;
}
Tensor SoftmaxCrossEntropyBackward::decompose(const Tensor& grad, const Tensor& input,
                                              const Tensor& target, const Tensor& lse) const {
  const int dim = class_dim(input.shape());
  const Tensor g = where(eq(target, ignore_index), 0, grad);
  return exp(input - unsqueeze(lse, dim)) * unsqueeze(g, dim) -
         select_class_backward(grad, target, input.shape()[dim], ignore_index);
}

Type NllLoss::infer(const Type& input, const Type& target, const Type* weight) const {
  check_indices("nll_loss", input, target);
  check_weight("nll_loss", input, weight);
  return reduced_loss("nll_loss", {input.dtype, target.shape}, reduction);
}
Tensor NllLoss::decompose(const Tensor& input, const Tensor& target, const Tensor* weight) const {
  return reduce_weighted("nll_loss", nll_each(input, target, weight, ignore_index), target,
                         ignore_index, reduction);
}

Type SelectClass::infer(const Type& input, const Type& target) const {
  check_indices("select_class", input, target);
  return {input.dtype, target.shape};
}
Grads SelectClass::vjp(const Call& c) const {
  const Dims& shape = c.type(0).shape;
  return {select_class_backward(c.dy(), c.operand(1), shape[class_dim(shape)], ignore_index)};
}

Type SelectClassBackward::infer(const Type& grad, const Type& target) const {
  if (!is_floating(grad.dtype) || !is_integral(target.dtype))
    fail(ErrorCode::dtype, "select_class_backward",
         "expected a floating grad and class indices as target, got ", grad.dtype, " and ",
         target.dtype);
  if (grad.shape != target.shape)
    fail(ErrorCode::shape, "select_class_backward", "expected grad and target of one shape, got ",
         grad.shape, " and ", target.shape);
  if (classes < 0)
    fail(ErrorCode::value, "select_class_backward", "expected classes of 0 or more, got ",
         classes.value);
  Type out = grad;
  out.shape.insert(grad.shape.empty() ? 0 : 1, classes);
  return out;
}
Grads SelectClassBackward::vjp(const Call& c) const {
  return {select_class(c.dy(), c.operand(1), ignore_index)};
}

template struct Family<CrossEntropyOps>;

}  // namespace tandem
