// The passes, for programs that the CPU runs.
#pragma once
#include "tandem/passes/pipeline.h"

namespace tandem {

/// With what the CPU's kernels can fuse.
passes::OptimizeOptions cpu_options();

/// What compile() plans: passes::optimize() with these options.
Program optimized(Program program);

}  // namespace tandem
