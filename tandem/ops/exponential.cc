#include "tandem/ops/exponential.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

Type SpecialNdtr::infer(const Type& input) const {
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, "special_ndtr", "expected a floating operand, got ", input.dtype,
         ": cast it");
  return input;
}

// clang-format off
Tensor exp(const NumArg& input) { return apply_promoted(info_of<Exp>, nullptr, input); }
Tensor exp2(const NumArg& input) { return apply_promoted(info_of<Exp2>, nullptr, input); }
Tensor expm1(const NumArg& input) { return apply_promoted(info_of<Expm1>, nullptr, input); }
Tensor log(const NumArg& input) { return apply_promoted(info_of<Log>, nullptr, input); }
Tensor log2(const NumArg& input) { return apply_promoted(info_of<Log2>, nullptr, input); }
Tensor log10(const NumArg& input) { return apply_promoted(info_of<Log10>, nullptr, input); }
Tensor log1p(const NumArg& input) { return apply_promoted(info_of<Log1p>, nullptr, input); }
Tensor erf(const NumArg& input) { return apply_promoted(info_of<Erf>, nullptr, input); }
Tensor erfc(const NumArg& input) { return apply_promoted(info_of<Erfc>, nullptr, input); }
Tensor special_ndtr(const NumArg& input) { return apply_promoted(info_of<SpecialNdtr>, nullptr, input); }
Tensor sigmoid(const NumArg& input) { return apply_promoted(info_of<Sigmoid>, nullptr, input); }
Tensor sigmoid_backward(const NumArg& grad, const NumArg& result) { return apply_promoted(info_of<SigmoidBackward>, nullptr, grad, result); }
Tensor logaddexp(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Logaddexp>, nullptr, input, other); }
Tensor xlogy(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Xlogy>, nullptr, input, other); }
// clang-format on

Tensor logit(Arg input, std::optional<double> eps) { return apply(Logit{eps}, input); }

Grads Xlogy::vjp(const Call& c) const {
  const Tensor x = c.operand(0), y = c.operand(1);
  const Tensor flat = logical_and(eq(x, 0), le(y, 0));
  return {c.needs(0) ? where(flat, 0, c.dy() * log(where(flat, 1, y))) : Tensor(),
          c.needs(1) ? c.dy() * (x / y) : Tensor()};
}
Tensor Logit::decompose(const Tensor& input) const {
  Tensor x = input;  // bounded as PyTorch does it, which differs from clamp() for eps > 0.5
  if (eps) x = where(input < *eps, *eps, where(input > 1 - *eps, 1 - *eps, input));
  return log(x / (1 - x));
}

template struct Family<ExponentialOps>;

}  // namespace tandem
