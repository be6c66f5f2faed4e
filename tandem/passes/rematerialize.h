#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Computes cheap values a second time instead of keeping them, until the program needs at most
/// `budget` bytes at once (estimate_liveness) or nothing more can be won: elementwise ops, norms,
/// softmax, casts, fills and rows of tables, in chains of at most four, and views of them. The same
/// ops on the same operands, so the same bits. `program` has concrete types.
///
/// `least_gain`: the part of the memory that is spared has to be so many times the part of the time
/// that it takes (estimate_work). 0: whatever it takes.
///
/// An activation is made again where its gradient is made from the same input
/// (gradient_from_input): that has most of its work in common, and the two are fused.
///
/// The last of the passes before fusion: share_common_subexpressions() would undo it.
Program rematerialize(Program program, int64_t budget, double least_gain = 0);

}  // namespace tandem::passes
