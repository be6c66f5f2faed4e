#include "tandem/runtime/program_values.h"

#include "tandem/graph/interpret.h"
#include "tandem/graph/names.h"
#include "tandem/tensor/apply.h"

namespace tandem {

using graph::Instruction;
using graph::Value;

void ProgramValues::add_results(const NamedTensors& outputs, const NamedTensors& updates) {
  for (const auto& [name, t] : outputs) entries.push_back({"result " + name, {}, {}, t});
  for (const auto& [name, t] : updates) entries.push_back({"update @" + name, {}, {}, t});
}

ProgramValues named_values(const Program& program) {
  const std::vector<std::string> names = graph::value_names(program);
  ProgramValues values;
  for (const Instruction& i : program.instructions) {
    if (graph::is_number(i)) continue;
    std::string operands;
    for (const Value v : i.operands) {
      if (v == graph::no_value || names[std::size_t(v)].empty()) continue;
      operands += text(operands.empty() ? "" : ", ", names[std::size_t(v)], ": ",
                       graph::to_string(program.type(v), program.symbols));
    }
    for (const Value v : i.results)
      values.entries.push_back(
          {text(names[std::size_t(v)], " = ", i.info().name()), operands, i.where, {}});
  }
  return values;
}

ProgramValues eager_values(const Program& program, const NamedTensors& inputs,
                           const NamedTensors& state) {
  ProgramValues values = named_values(program);
  std::size_t next = 0;
  const graph::Results results = graph::interpret(
      program, inputs, state, [&](const Instruction& i, std::span<const Tensor> out) {
        if (graph::is_number(i)) return;
        for (const Tensor& t : out) values.entries[next++].value = copy_of(t);
      });
  values.add_results(results.outputs, results.updates);
  return values;
}

}  // namespace tandem
