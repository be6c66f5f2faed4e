// Copies for kernels that begin or end with one.
#pragma once
#include "tandem/cpu/rows.h"

namespace tandem::cpu {

/// `out` = `in`, broadcast to its shape and converted to its dtype. They must not overlap.
void copy_into(const TensorRef& out, const TensorRef& in);

/// What cast and where run on dense elements.
Row cast_row(DType from, DType to);
Row where_row(DType dtype);

}  // namespace tandem::cpu
