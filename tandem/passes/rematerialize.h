#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Computes cheap values a second time instead of keeping them, until the program needs at most
/// `budget` bytes at once (estimate_liveness) or nothing more can be won: elementwise ops, norms,
/// softmax, casts and fills, in chains of at most four, and views of them. The same ops on the same
/// operands, so the same bits. `program` has concrete types.
///
/// The last of the passes: share_common_subexpressions() would undo it.
Program rematerialize(Program program, int64_t budget);

}  // namespace tandem::passes
