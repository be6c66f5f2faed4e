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

Bilinear::Bilinear(const BilinearOptions& o)
    : Layer(o),
      weight(register_parameter("weight", empty({o.out_features, o.in1_features, o.in2_features}))),
      bias(register_parameter("bias", o.bias ? empty({o.out_features}) : Tensor())) {
  if (o.in1_features <= 0)
    fail(ErrorCode::value, "Bilinear", "in1_features must be > 0, got ", o.in1_features.value);
  reset_parameters();
}
Bilinear::Bilinear(int64_t in1_features, int64_t in2_features, int64_t out_features,
                   BilinearOptions rest)
    : Bilinear((rest.in1_features = in1_features, rest.in2_features = in2_features,
                rest.out_features = out_features, rest)) {}
void Bilinear::reset_parameters() {
  const double bound = 1 / std::sqrt(double(options.in1_features));
  init::uniform_(weight, -bound, bound);
  if (bias) init::uniform_(bias, -bound, bound);
}
Tensor Bilinear::forward(const Tensor& input1, const Tensor& input2) {
  return bilinear(input1, input2, weight, bias);
}
std::string Bilinear::extra_repr() const {
  return text("in1_features=", int64_t(options.in1_features),
              ", in2_features=", int64_t(options.in2_features),
              ", out_features=", int64_t(options.out_features), ", bias=", python(bool(bias)));
}

}  // namespace tandem::nn
