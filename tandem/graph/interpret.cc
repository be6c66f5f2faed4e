#include "tandem/graph/interpret.h"

#include "tandem/graph/bind_shapes.h"
#include "tandem/graph/replay.h"
#include "tandem/tensor/apply.h"

namespace tandem::graph {
Results interpret(const Program& program, const NamedTensors& inputs, const NamedTensors& state,
                  const Observer& observer) {
  std::vector<Tensor> parameters;
  std::vector<Type> input_types, state_types;
  for (const Parameter& p : program.parameters) {
    parameters.push_back(p.kind == ParameterKind::input   ? inputs[p.name]
                         : p.kind == ParameterKind::state ? state[p.name]
                                                          : p.constant);
    if (p.kind == ParameterKind::input) input_types.push_back(parameters.back().type());
    if (p.kind == ParameterKind::state) state_types.push_back(parameters.back().type());
  }
  const Sizes sizes = bind_shapes(program, input_types, state_types);
  NoGrad off;
  const std::vector<Tensor> all = replay(program, parameters, sizes, run_control_flow, observer);
  Results results;
  std::size_t next = 0;
  for (const Output& o : program.outputs) results.outputs.add(o.name, all[next++]);
  for (const Output& u : program.updates) results.updates.add(u.name, all[next++]);
  return results;
}

}  // namespace tandem::graph
