#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Rewrites that keep every bit, signed zeros and infinities included, and of NaN that it is one:
///   x * 1, x / 1, x - 0, x + -0, x + 0 of integers, -(-x), not(not x), where(c, x, x),
///   where(true, x, y)                                             x
///   casts, reshapes, permutes, slices … that change nothing, clone    x
///   a cast back from a dtype that holds all values of the first       x
///   chains of reshapes, of permutes, of exact casts                one of them
///   expand before an elementwise op that broadcasts anyway         without it
/// What is no longer used is left for remove_dead_code().
Program simplify(Program program);

}  // namespace tandem::passes
