// Which values a program's results are computed from.
#pragma once
#include <span>
#include <vector>

#include "tandem/graph/program.h"

namespace tandem::graph {

/// By value: 1 for the roots and for everything that they are computed from. Instructions that
/// `skip` marks count as gone.
std::vector<char> live_values(const Program& program, std::span<const Value> roots,
                              std::span<const char> skip = {});

/// Does anything use what the instruction makes?
bool is_live(const Instruction& instruction, std::span<const char> live);

/// The values of outputs and updates.
std::vector<Value> result_values(const Program& program);

}  // namespace tandem::graph
