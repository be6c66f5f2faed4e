// What a training step reads and writes beside its inputs.
#pragma once
#include "tandem/nn/module.h"
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

/// The module's parameters and buffers and the optimizer's state, by the names that programs give
/// them: the state of a step that is traced or compiled. Aliases, not copies; the optimizer's state
/// is initialized first (Optimizer::named_state).
///
///   Compiled step = compile(f, {.state = optim::training_state(net, optimizer)});
NamedTensors training_state(const nn::Module& net, Optimizer& optimizer);

}  // namespace tandem::optim
