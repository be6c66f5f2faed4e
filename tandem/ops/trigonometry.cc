#include "tandem/ops/trigonometry.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor sin(const NumArg& input) { return apply_promoted(info_of<Sin>, nullptr, input); }
Tensor cos(const NumArg& input) { return apply_promoted(info_of<Cos>, nullptr, input); }
Tensor tan(const NumArg& input) { return apply_promoted(info_of<Tan>, nullptr, input); }
Tensor asin(const NumArg& input) { return apply_promoted(info_of<Asin>, nullptr, input); }
Tensor acos(const NumArg& input) { return apply_promoted(info_of<Acos>, nullptr, input); }
Tensor atan(const NumArg& input) { return apply_promoted(info_of<Atan>, nullptr, input); }
Tensor atan2(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Atan2>, nullptr, input, other); }
Tensor sinh(const NumArg& input) { return apply_promoted(info_of<Sinh>, nullptr, input); }
Tensor cosh(const NumArg& input) { return apply_promoted(info_of<Cosh>, nullptr, input); }
Tensor tanh(const NumArg& input) { return apply_promoted(info_of<Tanh>, nullptr, input); }
Tensor tanh_backward(const NumArg& grad, const NumArg& result) { return apply_promoted(info_of<TanhBackward>, nullptr, grad, result); }
Tensor asinh(const NumArg& input) { return apply_promoted(info_of<Asinh>, nullptr, input); }
Tensor acosh(const NumArg& input) { return apply_promoted(info_of<Acosh>, nullptr, input); }
Tensor atanh(const NumArg& input) { return apply_promoted(info_of<Atanh>, nullptr, input); }
// clang-format on

template struct Family<TrigonometryOps>;

}  // namespace tandem
