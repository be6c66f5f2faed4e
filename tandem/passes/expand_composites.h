#pragma once
#include "tandem/graph/program.h"
#include "tandem/tensor/device.h"

namespace tandem::passes {

/// Replaces ops that the device has no kernel for, with operands of these types, by what they mean
/// in other ops, until only views, control flow and ops with a kernel are left: what eager calls
/// do, done once. `program` has concrete types (graph::bind). An op with neither stays, for the
/// plan to name. Error: code unsupported where the decompositions are not installed.
Program expand_composites(Program program, Device device = {});

}  // namespace tandem::passes
