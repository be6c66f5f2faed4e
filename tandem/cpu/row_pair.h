// An activation and its gradient, computed together: they have most of their work in common.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// n elements of an activation and of its gradient from grad and input, all of them dense, with the
/// bits of the two ops' own rows. A result may lie where an operand lies.
using RowPair = void (*)(std::byte* value, std::byte* gradient, const std::byte* grad,
                         const std::byte* input, int64_t n);

/// Null: `gradient` is no gradient of this activation (gradient_from_input), or not computed
/// together with it in this dtype.
RowPair row_pair_of(const OpInfo& activation, const OpInfo& gradient, DType dtype);

/// By activation; filled when kernels are installed.
template <class Activation>
inline constinit RowPair row_pair_f32 = nullptr;
template <class Activation>
inline constinit RowPair row_pair_f64 = nullptr;

}  // namespace tandem::cpu
