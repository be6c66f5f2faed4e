#include "tandem/optim/training_state.h"

namespace tandem::optim {

NamedTensors training_state(const nn::Module& net, Optimizer& optimizer) {
  NamedTensors state = net.named_state();
  for (const auto& [name, tensor] : optimizer.named_state(net.named_parameters()))
    state.add(name, tensor);
  return state;
}

}  // namespace tandem::optim
