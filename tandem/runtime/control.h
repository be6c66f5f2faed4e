// How the memory of a control flow step is divided.
#pragma once
#include "tandem/runtime/plan.h"

namespace tandem::runtime {

/// Offsets in the step's workspace.
struct ControlMemory {
  int64_t condition = 0;        // of `while`: what its first body says
  std::vector<int64_t> spares;  // of loops: a second place for each carried value; -1: needs none
  int64_t arena = 0;            // of the bodies, one at a time
  int64_t bytes = 0;
};
ControlMemory divide(const Plan& plan, const Step& step);

/// Carried values and sequences, which stand first among the operands.
struct Loop {
  std::size_t carries = 0, sequences = 0;
  bool reverse = false;
};
Loop loop_of(const Step& step);

bool is_control(const OpInfo& info);

}  // namespace tandem::runtime
