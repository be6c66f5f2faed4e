// An optimizer's state as tensors by name, as files hold it.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

/// "state.0.exp_avg", … and, a group, its options "param_groups.0.lr" (bool[], float64[] or, of a
/// pair, float64[2]) and the numbers of its parameters "param_groups.0.params" (int64[n]). The
/// tensors of "state" are aliases.
NamedTensors to_tensors(const OptimizerState& state);

/// Of untrusted tensors. Error: code format, naming what is not as to_tensors() makes it.
OptimizerState optimizer_state(const NamedTensors& tensors);

}  // namespace tandem::optim
