// Which ops there are: all, or, in a build for given programs, those that it selects
// (ops/selection.h).
#pragma once
#include <vector>

#include "tandem/tensor/op_info.h"

namespace tandem {

/// Installs decompositions and gradient rules; a lean runtime never calls it.
void install_all_rules();

/// Every op that is linked, a family after the other.
const std::vector<const OpInfo*>& all_ops();
/// Null when there is no op of this name.
const OpInfo* find_op(std::string_view name);
/// False where the build selects ops: then there are ops that it does not have.
bool has_all_ops();

}  // namespace tandem
