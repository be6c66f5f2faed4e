// Affine maps of the last dim.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// input @ weight^T + bias.  input: [..., in_features], weight: [out_features, in_features], bias:
/// [out_features]; result: [..., out_features]. A weight of one dim is a single output: the result
/// is then [...].
struct Linear {
  static constexpr Signature signature = "linear(input, weight, bias?)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& weight, const Type* bias) const;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const;
  Grads vjp(const Call& c) const;
};

struct LinearOps : List<Linear> {};

}  // namespace tandem
