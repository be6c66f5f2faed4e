// Gradient clipping, as torch.nn.utils names it.
#pragma once
#include <span>

#include "tandem/tensor/tensor.h"

namespace tandem::optim {

/// Scales all gradients by one factor so that their joint norm is at most `max_norm`, and gives the
/// norm before: 0-d. `norm_type` is a power, or infinity for the largest absolute value. Error:
/// code value for a norm that is not finite, if `error_if_nonfinite`.
Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm, double norm_type = 2,
                       bool error_if_nonfinite = false);

/// Clamps every gradient to [-clip_value, clip_value].
void clip_grad_value_(std::span<const Tensor> parameters, double clip_value);

}  // namespace tandem::optim
