#include "tandem/graph/interpret.h"

#include "tandem/graph/replay.h"
#include "tandem/tensor/apply.h"

namespace tandem::graph {
namespace {

/// Sizes of the symbols from the inputs' dims that are a symbol and nothing else.
Sizes sizes_of(const Program& program, const NamedTensors& inputs) {
  Sizes sizes(program.symbols.size(), -1);
  for (const Parameter* p : program.of_kind(ParameterKind::input)) {
    const auto& shape = program.type(p->value).shape;
    const Tensor& t = inputs[p->name];
    for (std::size_t d = 0; d < shape.size() && int(d) < t.dim(); ++d)
      if (const int symbol = shape[d].as_symbol(); symbol >= 0)
        sizes[std::size_t(symbol)] = t.shape()[int(d)];
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] < 0)
      fail(ErrorCode::shape, program.name, "no input has ", program.symbols[i],
           " as a dim of its own, so its size is unknown");
  return sizes;
}

}  // namespace

Results interpret(const Program& program, const NamedTensors& inputs, const NamedTensors& state,
                  const Observer& observer) {
  const Sizes sizes = sizes_of(program, inputs);
  NoGrad off;
  std::vector<Tensor> parameters;
  for (const Parameter& p : program.parameters)
    parameters.push_back(p.kind == ParameterKind::input   ? inputs[p.name]
                         : p.kind == ParameterKind::state ? state[p.name]
                                                          : p.constant);
  const std::vector<Tensor> all = replay(program, parameters, sizes, run_control_flow, observer);
  Results results;
  std::size_t next = 0;
  for (const Output& o : program.outputs) results.outputs.add(o.name, all[next++]);
  for (const Output& u : program.updates) results.updates.add(u.name, all[next++]);
  return results;
}

}  // namespace tandem::graph
