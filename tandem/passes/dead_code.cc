#include "tandem/passes/dead_code.h"

#include <algorithm>

namespace tandem::passes {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

Program remove_dead_code(Program program) {
  std::vector<char> live(program.types.size());
  for (const auto* results : {&program.outputs, &program.updates})
    for (const graph::Output& result : *results) live[std::size_t(result.value)] = 1;

  auto& instructions = program.instructions;
  std::vector<char> kept(instructions.size());
  for (std::size_t i = instructions.size(); i-- > 0;) {
    const Instruction& instruction = instructions[i];
    kept[i] =
        std::ranges::any_of(instruction.results, [&](Value v) { return live[std::size_t(v)]; });
    if (!kept[i]) continue;
    for (Value v : instruction.operands)
      if (v != graph::no_value) live[std::size_t(v)] = 1;
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    if (!kept[i]) continue;
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
