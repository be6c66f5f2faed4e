// How a result lies in memory: what eager calls and planned programs both follow, so that kernels
// see the same strides in either.
#pragma once
#include <span>

#include "tandem/tensor/op_info.h"

namespace tandem {

/// Is every element at a place of its own, with no gaps, in some order of the dims?
bool is_dense(const Dims& shape, const Dims& strides);

/// Replaces a result's row-major `strides` by those that `layout` asks for; gives whether they are
/// row-major still.
bool follow_layout(Layout layout, std::span<const TensorRef> in, const Type& out, Dims& strides);

}  // namespace tandem
