// A program's values numbered anew, in the order in which they are defined.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::graph {

/// The same program, whose values are 0, 1, 2, … in the order of parameters and instructions, in
/// its bodies too: two that differ in nothing but numbers become equal.
Program number_values(Program program);

}  // namespace tandem::graph
