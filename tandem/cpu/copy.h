// Copies for kernels that begin or end with one.
#pragma once
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// `out` = `in`, broadcast to its shape and converted to its dtype. They must not overlap.
void copy_into(const TensorRef& out, const TensorRef& in);

}  // namespace tandem::cpu
