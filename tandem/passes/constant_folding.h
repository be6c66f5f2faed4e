#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Computes, by apply() and so with the bits of eager calls, what depends on constants and numbers
/// alone, where the result has at most 64 KiB: it becomes a number or a constant. What an op
/// refuses stays, for whoever runs it. `expand` and `full` stay: they are smaller than what they
/// stand for.
Program fold_constants(Program program);

}  // namespace tandem::passes
