// How much memory a plan needs, before anything runs.
#pragma once
#include "tandem/runtime/plan.h"

namespace tandem::runtime {

struct Forecast {
  /// A tensor, or the workspace of an op.
  struct Entry {
    std::string name;  // "conv2d", "workspace of index", "@fc.weight"
    std::string type;  // "float32[64, 10]"; empty for a workspace
    Home home;
    Location where;  // line 0 of what comes from outside
    int64_t bytes;
  };
  /// All tensors that one source line makes.
  struct Line {
    Location where;
    int64_t bytes;
  };

  std::string program;
  int64_t arena = 0, packed = 0, state = 0, constants = 0, inputs = 0, outputs = 0;
  int64_t arena_lower_bound = 0;  // of any arena for the same steps
  std::string fullest_op;         // what runs when most of the arena is in use
  Location fullest_where;
  /// What is held then, the largest first: all that is outside, and what is alive in the arena.
  std::vector<Entry> tensors;
  std::vector<Line> lines;  // of the arena's, the largest first

  int64_t total() const { return arena + packed + state + constants + inputs + outputs; }
};

/// Counts every byte: the arena is exactly as large as the executable's. What kernels keep on their
/// threads' scratch stacks is not in it.
Forecast forecast(const Plan& plan);

/// A table, with the `most` largest tensors and lines.
std::string to_text(const Forecast& forecast, std::size_t most = 10);

/// Error: code value, naming what needs most, when everything together is above `budget` bytes.
void check_budget(const Plan& plan, int64_t budget);

/// "12.3 MB", of 10^6 bytes.
std::string readable_bytes(int64_t bytes);

}  // namespace tandem::runtime
