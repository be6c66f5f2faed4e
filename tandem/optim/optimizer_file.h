// An optimizer's state in a safetensors file.
#pragma once
#include <string>

#include "tandem/optim/optimizer.h"

namespace tandem::optim {

/// Writes the state atomically: the tensors of to_tensors(), and the optimizer's name in the
/// metadata. Error: code io.
void save_optimizer(const std::string& path, const Optimizer& optimizer);

/// Reads what save_optimizer wrote. Errors: code io; code format for a file that holds no
/// optimizer; code value for one that does not fit (Optimizer::load_state_dict).
void load_optimizer(const std::string& path, Optimizer& optimizer);

}  // namespace tandem::optim
