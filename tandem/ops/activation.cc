#include "tandem/ops/activation.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor relu(const NumArg& input) { return apply_promoted(info_of<Relu>, nullptr, input); }
Tensor relu_backward(const NumArg& grad, const NumArg& result) { return apply_promoted(info_of<ReluBackward>, nullptr, grad, result); }
Tensor leaky_relu(const NumArg& input, double negative_slope) { const LeakyRelu op{negative_slope}; return apply_promoted(info_of<LeakyRelu>, &op, input); }
Tensor hardtanh_backward(const NumArg& grad, const NumArg& input, double min_val, double max_val) { const HardtanhBackward op{min_val, max_val}; return apply_promoted(info_of<HardtanhBackward>, &op, grad, input); }
Tensor elu(const NumArg& input, double alpha) { const Elu op{alpha}; return apply_promoted(info_of<Elu>, &op, input); }
Tensor celu(const NumArg& input, double alpha) { const Celu op{alpha}; return apply_promoted(info_of<Celu>, &op, input); }
Tensor selu(const NumArg& input) { return apply_promoted(info_of<Selu>, nullptr, input); }
Tensor gelu_none(const NumArg& input) { return apply_promoted(info_of<GeluNone>, nullptr, input); }
Tensor gelu_none_backward(const NumArg& grad, const NumArg& input) { return apply_promoted(info_of<GeluNoneBackward>, nullptr, grad, input); }
Tensor gelu_tanh(const NumArg& input) { return apply_promoted(info_of<GeluTanh>, nullptr, input); }
Tensor gelu_tanh_backward(const NumArg& grad, const NumArg& input) { return apply_promoted(info_of<GeluTanhBackward>, nullptr, grad, input); }
Tensor silu(const NumArg& input) { return apply_promoted(info_of<Silu>, nullptr, input); }
Tensor silu_backward(const NumArg& grad, const NumArg& input) { return apply_promoted(info_of<SiluBackward>, nullptr, grad, input); }
Tensor softplus(const NumArg& input, double beta, double threshold) { const Softplus op{beta, threshold}; return apply_promoted(info_of<Softplus>, &op, input); }
Tensor mish(const NumArg& input) { return apply_promoted(info_of<Mish>, nullptr, input); }
Tensor logsigmoid(const NumArg& input) { return apply_promoted(info_of<Logsigmoid>, nullptr, input); }
Tensor hardsigmoid(const NumArg& input) { return apply_promoted(info_of<Hardsigmoid>, nullptr, input); }
Tensor hardswish(const NumArg& input) { return apply_promoted(info_of<Hardswish>, nullptr, input); }
Tensor hardshrink(const NumArg& input, double lambd) { const Hardshrink op{lambd}; return apply_promoted(info_of<Hardshrink>, &op, input); }
Tensor softshrink(const NumArg& input, double lambd) { const Softshrink op{lambd}; return apply_promoted(info_of<Softshrink>, &op, input); }
Tensor tanhshrink(const NumArg& input) { return apply_promoted(info_of<Tanhshrink>, nullptr, input); }
Tensor softsign(const NumArg& input) { return apply_promoted(info_of<Softsign>, nullptr, input); }
Tensor threshold(const NumArg& input, double threshold, double value) { const Threshold op{threshold, value}; return apply_promoted(info_of<Threshold>, &op, input); }
// clang-format on
Tensor hardtanh(const NumArg& input, double min_val, double max_val) {
  if (input.tensor && input.tensor->defined() && input.tensor->dtype() == DType::u8 && min_val < 0)
    fail(ErrorCode::value, "hardtanh", "uint8 has no min_val=", min_val, ": cast the input");
  if (input.tensor && input.tensor->defined() && !is_floating(input.tensor->dtype()))
    return clamp(input, int64_t(min_val), int64_t(max_val));
  const Hardtanh op{min_val, max_val};
  return apply_promoted(info_of<Hardtanh>, &op, input);
}

Tensor relu6(Arg input) { return apply(Relu6{}, input); }
Tensor gelu(Arg input, Name approximate) { return apply(Gelu{approximate}, input); }
Tensor prelu(Arg input, Arg weight) { return apply(Prelu{}, input, weight); }
Tensor glu(Arg input, int64_t dim) { return apply(Glu{dim}, input); }

const OpInfo* gradient_from_input(const OpInfo& activation) {
  if (&activation == &info_of<GeluNone>) return &info_of<GeluNoneBackward>;
  if (&activation == &info_of<GeluTanh>) return &info_of<GeluTanhBackward>;
  if (&activation == &info_of<Silu>) return &info_of<SiluBackward>;
  return nullptr;
}

Tensor Gelu::decompose(const Tensor& input) const {
  if (approximate == Name("none")) return gelu_none(input);
  if (approximate == Name("tanh")) return gelu_tanh(input);
  fail(ErrorCode::value, "gelu", "approximate argument must be either none or tanh, got '",
       approximate, "'");
}
Tensor Prelu::decompose(const Tensor& input, const Tensor& weight) const {
  const int64_t channels = input.dim() > 1 ? input.shape()[1] : 1;
  if (weight.dim() > 1 || (weight.numel() != 1 && weight.numel() != channels))
    fail(ErrorCode::shape, "prelu", "expected a weight of 1 or ", channels,
         " elements for input of shape ", input.shape(), ", got shape ", weight.shape());
  if (weight.dtype() != input.dtype())
    fail(ErrorCode::dtype, "prelu", "expected a weight of ", input.dtype(), " like input, got ",
         weight.dtype());
  Dims along = Dims::filled(input.dim(), 1);
  if (weight.numel() > 1) along[1] = channels;
  return where(gt(input, 0), input, reshape(weight, along) * input);
}
Tensor Glu::decompose(const Tensor& input) const {
  const int64_t n = input.size(dim);
  if (input.dim() == 0 || n % 2)
    fail(ErrorCode::shape, "glu", "halving dimension must be even, but dim ", dim, " is size ", n,
         " in input of shape ", input.shape());
  return slice(input, dim, 0, n / 2) * sigmoid(slice(input, dim, n / 2));
}

template struct Family<ActivationOps>;

}  // namespace tandem
