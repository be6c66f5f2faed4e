#include "tandem/graph/live_values.h"

#include <algorithm>

namespace tandem::graph {

std::vector<char> live_values(const Program& program, std::span<const Value> roots,
                              std::span<const char> skip) {
  std::vector<char> live(program.types.size());
  for (Value v : roots) live[std::size_t(v)] = 1;
  for (std::size_t i = program.instructions.size(); i-- > 0;) {
    const Instruction& instruction = program.instructions[i];
    if ((!skip.empty() && skip[i]) || !is_live(instruction, live)) continue;
    for (Value v : instruction.operands)
      if (v != no_value) live[std::size_t(v)] = 1;
  }
  return live;
}

bool is_live(const Instruction& instruction, std::span<const char> live) {
  return std::ranges::any_of(instruction.results, [&](Value v) { return live[std::size_t(v)]; });
}

std::vector<Value> result_values(const Program& program) {
  std::vector<Value> values;
  for (const auto* results : {&program.outputs, &program.updates})
    for (const Output& result : *results) values.push_back(result.value);
  return values;
}

}  // namespace tandem::graph
