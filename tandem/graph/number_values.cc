#include "tandem/graph/number_values.h"

namespace tandem::graph {

Program number_values(Program program) {
  std::vector<Value> numbers(program.types.size(), no_value);
  std::vector<SymbolicType> types;
  const auto define = [&](Value& v) {
    types.push_back(std::move(program.types[std::size_t(v)]));
    v = numbers[std::size_t(v)] = Value(types.size()) - 1;
  };
  const auto use = [&](Value& v) {
    if (v != no_value) v = numbers[std::size_t(v)];
  };
  for (Parameter& p : program.parameters) define(p.value);
  for (Instruction& i : program.instructions) {
    for (Value& v : i.operands) use(v);
    for (Value& v : i.results) define(v);
    for (Program& body : i.bodies) body = number_values(std::move(body));
  }
  for (auto* results : {&program.outputs, &program.updates})
    for (Output& o : *results) use(o.value);
  program.types = std::move(types);
  return program;
}

}  // namespace tandem::graph
