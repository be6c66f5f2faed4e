// How much memory a program's values need at once, told before it is planned.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Values that share memory: a view lies in its operand, a result is written over an operand that
/// dies where its op may.
struct LiveBuffer {
  int64_t bytes = 0;
  int first = 0, last = 0;  // instructions: the one that makes it, the last that reads it
  bool counts = false;      // inputs, state, constants and outputs have memory of their own
};

struct Liveness {
  std::vector<LiveBuffer> buffers;
  std::vector<int> buffer_of;     // by value; -1: unused
  std::vector<int64_t> bytes_at;  // by instruction: what is alive while it runs
  int64_t peak = 0;
  int peak_at = 0;
};

/// Of a program with concrete types. An estimate from below of the arena that a plan needs: without
/// the workspace of kernels, and as if buffers could be placed without gaps.
Liveness estimate_liveness(const Program& program);

}  // namespace tandem::passes
