#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Computes equal instructions once: the same op, attributes and operands. Random ops are pure
/// functions of the generator's state, so they count. `full` of a shape is made anew each time:
/// that costs less than keeping it. Bodies are looked at each by itself.
Program share_common_subexpressions(Program program);

}  // namespace tandem::passes
