// Reductions over some dims (all of them when `dim` is empty).
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Integers and bool sum to int64.
struct Sum {
  static constexpr Signature signature = "sum(input, dim, keepdim)";
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

using ReduceOps = List<Sum>;

/// The shape with the reduced dims as 1: what broadcasts against the operand again.
Dims kept_shape(std::string_view op, const Dims& shape, const Dims& dim);
/// The type of a reduction's result in `dtype`.
Type reduced_type(std::string_view op, const Type& input, const Dims& dim, bool keepdim,
                  DType dtype);

}  // namespace tandem
