// Who may share memory: the second half of planning.
#pragma once
#include "tandem/runtime/lower.h"

namespace tandem::runtime {

/// Lets buffers share memory where nobody can tell: a state's new value is written over the old one
/// when that has no reader left, results over operands that die, outputs straight to their place.
/// What has no place then is copied at the end.
void share_memory(Draft& draft, bool row_major_outputs);

/// The first and last step of each buffer.
void find_lifetimes(Plan& plan);

}  // namespace tandem::runtime
