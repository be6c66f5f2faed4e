#include "tandem/ops/loss.h"

#include "tandem/base/promote.h"
#include "tandem/ops/functions.h"

namespace tandem {

Tensor mse_loss(Arg input, Arg target, Name reduction) {
  return apply(MseLoss{reduction}, input, target);
}

Tensor reduce_loss(std::string_view, const Tensor& each, const Name& reduction) {
  if (reduction == "none") return each;
  return reduction == "sum" ? sum(each) : sum(each) / each.numel();
}

Type reduced_loss(std::string_view op, const Type& each, const Name& reduction) {
  if (reduction == "none") return each;
  if (reduction != "mean" && reduction != "sum")
    fail(ErrorCode::value, op, "expected reduction \"mean\", \"sum\" or \"none\", got \"",
         reduction, '"');
  return {each.dtype, {}};
}

namespace {

/// The type that floating input and target meet in.
Type paired(std::string_view op, const Type& input, const Type& target) {
  Type out{promote(input.dtype, target.dtype), broadcast_shapes(op, input.shape, target.shape)};
  if (!is_floating(out.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
  return out;
}

}  // namespace

Type MseLoss::infer(const Type& input, const Type& target) const {
  return reduced_loss("mse_loss", paired("mse_loss", input, target), reduction);
}
Tensor MseLoss::decompose(const Tensor& input, const Tensor& target) const {
  const Tensor difference = input - target;
  return reduce_loss("mse_loss", difference * difference, reduction);
}

}  // namespace tandem
