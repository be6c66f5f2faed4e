// Matrix products.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// input @ other by PyTorch's rules: 1-d operands are vectors, dims before the last two broadcast.
/// input: [..., m, k], other: [..., k, n]; result: [..., m, n].
struct Matmul {
  static constexpr Signature signature = "matmul(input, other)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};

struct MatmulOps : List<Matmul> {};

}  // namespace tandem
