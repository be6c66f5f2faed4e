// An optimizer's state in a safetensors file.
#pragma once
#include <string>

#include "tandem/optim/optimizer.h"

namespace tandem::optim {

/// Writes the state atomically: tensors "state.0.exp_avg", …, and the groups' options as JSON in
/// the metadata "param_groups", in PyTorch's layout. Error: code io.
void save_optimizer(const std::string& path, const Optimizer& optimizer);

/// Reads what save_optimizer wrote. Errors: code io; code format for a file that holds no
/// optimizer; code value for one that does not fit (Optimizer::load_state_dict).
void load_optimizer(const std::string& path, Optimizer& optimizer);

}  // namespace tandem::optim
