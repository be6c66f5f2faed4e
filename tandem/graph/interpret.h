// Runs a program op by op on the eager kernels: what every other way of running it must equal.
#pragma once
#include "tandem/graph/replay.h"

namespace tandem::graph {

/// Results of one call.
struct Results {
  NamedTensors outputs;
  NamedTensors updates;  // new values of state, under its names
};

/// `inputs` and `state` by name; sizes of symbolic dims follow from them. Errors: code index for a
/// name that is missing; those of bind_shapes(); what an op throws carries its own message.
Results interpret(const Program& program, const NamedTensors& inputs, const NamedTensors& state,
                  const Observer& observer = {});

}  // namespace tandem::graph
