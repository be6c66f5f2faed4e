// Every value that a program computes, op by op: what any other way of running it must equal.
#pragma once
#include <string>
#include <vector>

#include "tandem/graph/program.h"

namespace tandem {

/// In the program's order; the same order for the same program, wherever it is run.
struct ProgramValues {
  struct Entry {
    std::string name;      // "%7 = conv2d"; "result probs", "update @fc.weight"
    std::string operands;  // "%6: f32[b, 3, 8, 8], @conv1.weight: f32[16, 3, 3, 3]"
    Location where;
    Tensor value;
  };
  std::vector<Entry> entries;

  void add_results(const NamedTensors& outputs, const NamedTensors& updates);
};

/// The entries of each op's results without their values; numbers have none.
ProgramValues named_values(const Program& program);

/// What a program's ops give one by one, on the kernels of this process.
ProgramValues eager_values(const Program& program, const NamedTensors& inputs,
                           const NamedTensors& state);

}  // namespace tandem
