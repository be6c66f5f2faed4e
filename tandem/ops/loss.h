// Losses. `reduction` is "mean", "sum" or "none", as in PyTorch.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// (input - target)².  The operands broadcast.
struct MseLoss {
  static constexpr Signature signature = "mse_loss(input, target, reduction)";
  Name reduction = "mean";
  Type infer(const Type& input, const Type& target) const;
  Tensor decompose(const Tensor& input, const Tensor& target) const;
};

using LossOps = List<MseLoss>;

/// What a loss does with one number an element: "mean", "sum" or "none".
Tensor reduce_loss(std::string_view op, const Tensor& each, const Name& reduction);
/// The type of that.
Type reduced_loss(std::string_view op, const Type& each, const Name& reduction);

}  // namespace tandem
