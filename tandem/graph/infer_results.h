// What an op's shape rule says.
#pragma once
#include <vector>

#include "tandem/tensor/op_info.h"

namespace tandem::graph {

/// The types of the results of an op without bodies. Errors: those of the shape rule.
std::vector<Type> infer_results(const AnyOp& op, Types operands);

}  // namespace tandem::graph
