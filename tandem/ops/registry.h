// Which ops there are. An edge build names only the families it wants.
#pragma once
#include <vector>

#include "tandem/tensor/op_info.h"

namespace tandem {

/// Installs decompositions and gradient rules; a lean runtime never calls it.
void install_all_rules();

/// Every op, a family after the other.
const std::vector<const OpInfo*>& all_ops();
/// Null when there is no op of this name.
const OpInfo* find_op(std::string_view name);

}  // namespace tandem
