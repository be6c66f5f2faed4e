// In which order the steps of a plan are run.
#pragma once
#include "tandem/runtime/lower.h"

namespace tandem::runtime {

/// Moves up each step that frees memory and takes next to none, as far as what it reads allows: an
/// optimizer updates a parameter as soon as its gradient is there and the old value has been read,
/// and the gradient is gone. Results and their bits do not depend on the order.
void order_steps(Draft& draft);

}  // namespace tandem::runtime
