#include "tandem/nn/linear.h"

#include <cmath>

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {

Linear::Linear(const LinearOptions& o)
    : Layer(o),
      weight(register_parameter("weight", empty({o.out_features, o.in_features}))),
      bias(register_parameter("bias", o.bias ? empty({o.out_features}) : Tensor())) {
  reset_parameters();
}
Linear::Linear(int64_t in_features, int64_t out_features, LinearOptions rest)
    : Linear((rest.in_features = in_features, rest.out_features = out_features, rest)) {}

void Linear::reset_parameters() {
  if (weight.numel() == 0) return;
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (bias) {
    const double bound = 1 / std::sqrt(double(options.in_features));
    init::uniform_(bias, -bound, bound);
  }
}

Tensor Linear::forward(const Tensor& input) { return linear(input, weight, bias); }

std::string Linear::extra_repr() const {
  return text("in_features=", int64_t(options.in_features),
              ", out_features=", int64_t(options.out_features), ", bias=", python(bool(bias)));
}

}  // namespace tandem::nn
