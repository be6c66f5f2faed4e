#include "tandem/ops/elementwise.h"

#include "tandem/ops/activation.h"

namespace tandem {

// clang-format off
Tensor add(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Add>, nullptr, input, other); }
Tensor sub(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Sub>, nullptr, input, other); }
Tensor mul(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Mul>, nullptr, input, other); }
Tensor div(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Div>, nullptr, input, other); }
Tensor neg(const NumArg& input) { return apply_promoted(info_of<Neg>, nullptr, input); }
Tensor exp(const NumArg& input) { return apply_promoted(info_of<Exp>, nullptr, input); }
Tensor log(const NumArg& input) { return apply_promoted(info_of<Log>, nullptr, input); }
Tensor relu(const NumArg& input) { return apply_promoted(info_of<Relu>, nullptr, input); }
Tensor relu_backward(const NumArg& grad, const NumArg& result) { return apply_promoted(info_of<ReluBackward>, nullptr, grad, result); }
Tensor silu(const NumArg& input) { return apply_promoted(info_of<Silu>, nullptr, input); }
// clang-format on
Tensor leaky_relu(const NumArg& input, double negative_slope) {
  const LeakyRelu op{negative_slope};
  return apply_promoted(info_of<LeakyRelu>, &op, input);
}

}  // namespace tandem
