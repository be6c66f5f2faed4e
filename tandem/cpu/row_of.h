// The row functions by op: what a chain of elementwise ops is made of.
#pragma once
#include "tandem/cpu/rows.h"

namespace tandem::cpu {

/// The row function that the op's own kernel runs for operands of these dtypes and a result of that
/// one. Null: the op is not elementwise, is not defined for them, or may fail on some elements, as
/// an integer division does.
Row row_of(const OpInfo& info, Types in, DType result);

}  // namespace tandem::cpu
