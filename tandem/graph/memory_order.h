// In which order a program's instructions need little memory.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::graph {

/// Moves up each instruction that frees more memory than it takes, as far as what it reads allows:
/// the gradient of a weight comes before that of the input, so that the input is gone when room for
/// the other is needed; an optimizer updates a parameter as soon as its gradient is there and the
/// old value has been read, and the gradient is gone. Results and their bits do not depend on the
/// order. A program with symbolic dims stays as it is.
Program order_for_memory(Program program);

}  // namespace tandem::graph
