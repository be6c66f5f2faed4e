// The types of control flow: what bodies must take and give.
#pragma once
#include <vector>

#include "tandem/graph/program.h"

namespace tandem::graph {

/// "f32[2, 3]"
std::string short_name(const Type& type);

/// A body at concrete sizes.
struct BodyTypes {
  std::string_view name;
  std::vector<Type> inputs, outputs;
};
BodyTypes types_of(std::string_view name, const Program& bound);

/// The results of an if, while, scan or fused. Error: code format unless its bodies fit its
/// operands and each other, code shape for sequences of different length.
std::vector<Type> results_of_control_flow(const AnyOp& op, std::span<const Type> operands,
                                          std::span<const BodyTypes> bodies);

}  // namespace tandem::graph
