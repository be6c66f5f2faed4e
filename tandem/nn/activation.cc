#include "tandem/nn/activation.h"

#include "tandem/base/warning.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place_functions.h"

namespace tandem::nn {

// clang-format off
Tensor ReLU::forward(const Tensor& input) { return options.inplace ? relu_(input) : relu(input); }
Tensor SiLU::forward(const Tensor& input) { return options.inplace ? silu_(input) : silu(input); }
Tensor SELU::forward(const Tensor& input) { return options.inplace ? selu_(input) : selu(input); }
Tensor Mish::forward(const Tensor& input) { return options.inplace ? mish_(input) : mish(input); }
Tensor ReLU6::forward(const Tensor& input) { return options.inplace ? hardtanh_(input, 0, 6) : relu6(input); }
Tensor Hardswish::forward(const Tensor& input) { return options.inplace ? hardswish_(input) : hardswish(input); }
Tensor Hardsigmoid::forward(const Tensor& input) { return options.inplace ? hardsigmoid_(input) : hardsigmoid(input); }
Tensor Sigmoid::forward(const Tensor& input) { return sigmoid(input); }
Tensor Tanh::forward(const Tensor& input) { return tanh(input); }
Tensor LogSigmoid::forward(const Tensor& input) { return logsigmoid(input); }
Tensor Softsign::forward(const Tensor& input) { return softsign(input); }

Tensor LeakyReLU::forward(const Tensor& input) { return options.inplace ? leaky_relu_(input, options.negative_slope) : leaky_relu(input, options.negative_slope); }
Tensor ELU::forward(const Tensor& input) { return options.inplace ? elu_(input, options.alpha) : elu(input, options.alpha); }
Tensor CELU::forward(const Tensor& input) { return options.inplace ? celu_(input, options.alpha) : celu(input, options.alpha); }
Tensor GELU::forward(const Tensor& input) { return gelu(input, options.approximate); }
Tensor Softplus::forward(const Tensor& input) { return softplus(input, options.beta.to_double(), options.threshold.to_double()); }
Tensor Hardtanh::forward(const Tensor& input) { return options.inplace ? hardtanh_(input, options.min_val, options.max_val) : hardtanh(input, options.min_val, options.max_val); }
Tensor Tanhshrink::forward(const Tensor& input) { return tanhshrink(input); }
Tensor Hardshrink::forward(const Tensor& input) { return hardshrink(input, options.lambd.to_double()); }
Tensor Softshrink::forward(const Tensor& input) { return softshrink(input, options.lambd.to_double()); }
Tensor GLU::forward(const Tensor& input) { return glu(input, options.dim); }
// clang-format on

Tensor Threshold::forward(const Tensor& input) {
  const double least = options.threshold.value.to_double(), value = options.value.value.to_double();
  return options.inplace ? threshold_(input, least, value) : threshold(input, least, value);
}
Tensor Softmax2d::forward(const Tensor& input) {
  if (input.dim() != 3 && input.dim() != 4)
    fail(ErrorCode::shape, "Softmax2d", "expected input to be 3D or 4D, got shape ", input.shape());
  return softmax(input, -3);
}

/// Without a dim PyTorch guesses one by the rank, and warns.
static int64_t dim_of(const DimOptions& options, std::string_view module, const Tensor& input) {
  if (options.dim) return *options.dim;
  const int rank = input.dim();
  const int64_t guess = rank == 0 || rank == 1 || rank == 3 ? 0 : 1;
  warn(text(module, ": no dim was given, so dim ", guess,
            " is taken for an input of this rank: pass the one that is meant, usually -1"),
       mode.where);
  return guess;
}
Tensor Softmax::forward(const Tensor& input) {
  return softmax(input, dim_of(options, "Softmax", input));
}
Tensor LogSoftmax::forward(const Tensor& input) {
  return log_softmax(input, dim_of(options, "LogSoftmax", input));
}

Tensor Softmin::forward(const Tensor& input) {
  return softmin(input, dim_of(options, "Softmin", input));
}

static std::string inplace(bool on) { return on ? ", inplace=True" : ""; }
std::string LeakyReLU::extra_repr() const {
  return "negative_slope=" + python(options.negative_slope) + inplace(options.inplace);
}
std::string ELU::extra_repr() const {
  return "alpha=" + python(options.alpha) + inplace(options.inplace);
}
std::string CELU::extra_repr() const {
  return "alpha=" + python(options.alpha) + inplace(options.inplace);
}
std::string GELU::extra_repr() const { return text("approximate='", options.approximate, "'"); }
std::string Softplus::extra_repr() const {
  return text("beta=", python(options.beta), ", threshold=", python(options.threshold));
}
std::string Hardtanh::extra_repr() const {
  return "min_val=" + python(options.min_val) + ", max_val=" + python(options.max_val) +
         inplace(options.inplace);
}
std::string Softmax::extra_repr() const {
  return options.dim ? text("dim=", *options.dim) : "dim=None";
}
std::string Softmin::extra_repr() const {
  return options.dim ? text("dim=", *options.dim) : "dim=None";
}
std::string Threshold::extra_repr() const {
  return text("threshold=", python(options.threshold.value),
              ", value=", python(options.value.value), inplace(options.inplace));
}
std::string LogSoftmax::extra_repr() const {
  return options.dim ? text("dim=", *options.dim) : "dim=None";
}

PReLU::PReLU(const PReLUOptions& o)
    : Layer(o), weight(register_parameter("weight", full({o.num_parameters}, o.init))) {}
Tensor PReLU::forward(const Tensor& input) { return prelu(input, weight); }
std::string PReLU::extra_repr() const { return text("num_parameters=", options.num_parameters); }

}  // namespace tandem::nn
