// Splits a strided, broadcasting elementwise operation into dense rows.
#pragma once
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// Computes n elements of `out` from as many of each operand, all of them dense.
using Row = void (*)(const void* op, std::byte* out, const std::byte* const* in, int64_t n);

/// Calls `row` for whole tensors where it can, for rows and packed tiles where it must: one loop
/// body per op and dtype, whatever the strides. Operands may differ in element size. `is_copy`:
/// `row` copies, so that nothing needs packing.
void for_rows(const KernelCall& call, Row row, bool is_copy = false);

}  // namespace tandem::cpu
