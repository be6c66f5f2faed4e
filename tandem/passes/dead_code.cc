#include "tandem/passes/dead_code.h"

#include <algorithm>

#include "tandem/graph/live_values.h"

namespace tandem::passes {

using graph::Parameter;
using graph::ParameterKind;

Program remove_dead_code(Program program) {
  const std::vector<char> live = graph::live_values(program, graph::result_values(program));
  auto& instructions = program.instructions;
  std::size_t count = 0;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    if (!graph::is_live(instructions[i], live)) continue;
    for (Program& body : instructions[i].bodies) body = remove_dead_code(std::move(body));
    if (count != i) instructions[count] = std::move(instructions[i]);
    ++count;
  }
  instructions.resize(count);

  std::erase_if(program.parameters, [&](const Parameter& p) {
    const bool updated = std::ranges::any_of(
        program.updates, [&](const graph::Output& u) { return u.name == p.name; });
    return p.kind != ParameterKind::input && !live[std::size_t(p.value)] &&
           !(p.kind == ParameterKind::state && updated);
  });
  return program;
}

}  // namespace tandem::passes
