// Who may share memory: the second half of planning.
#pragma once
#include "tandem/runtime/lower.h"

namespace tandem::runtime {

/// Lets buffers share memory where nobody can tell: the new value of a state, or of what a loop
/// carries, is written over the old one when that has no reader left, results over operands that
/// die, outputs straight to their place. What has no place then is copied at the end.
void share_memory(Draft& draft, const PlanOptions& options);

/// The first and last step of each buffer.
void find_lifetimes(Plan& plan);

}  // namespace tandem::runtime
