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

/// result[..., o] = sum over i, j of input1[..., i] weight[o, i, j] input2[..., j] + bias[o].
/// input1: [..., I], input2: [..., J] with the same leading dims, weight: [O, I, J], bias: [O].
struct Bilinear {
  static constexpr Signature signature = "bilinear(input1, input2, weight, bias?)";
  Tensor decompose(const Tensor& input1, const Tensor& input2, const Tensor& weight,
                   const Tensor* bias) const;
};

struct LinearOps : List<Linear, Bilinear> {};

}  // namespace tandem
