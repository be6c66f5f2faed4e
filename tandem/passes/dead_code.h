#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Without instructions whose results nothing uses, and without state and constants that nothing
/// reads or updates. Inputs stay: they are the program's signature.
Program remove_dead_code(Program program);

}  // namespace tandem::passes
