#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Moves what is the same in each step of a `scan` or `while` in front of it: operations that read
/// neither carries nor sequences. What costs nothing (numbers, views) is repeated inside instead.
/// Of a loop that may run no step at all, only what cannot fail is moved.
Program hoist_from_loops(Program program);

}  // namespace tandem::passes
