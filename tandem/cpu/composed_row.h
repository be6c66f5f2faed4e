// Two elementwise ops as one row: what is between them stays in a register.
#pragma once
#include "tandem/cpu/rows.h"

namespace tandem::cpu {

/// A row of second(…, first(…), …): the first op's result is the second's operand `position`. Its
/// operands are the first op's, then the second's other one. The bits are those of the ops' own f32
/// rows. Null: these two are not composed.
Row composed_row(const OpInfo& first, const OpInfo& second, std::size_t position);

}  // namespace tandem::cpu
