// Which op of a program makes the first NaN or infinity.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tandem/graph/program.h"
#include "tandem/runtime/non_finite.h"

namespace tandem::runtime {

struct FirstNonFinite {
  /// A tensor that the op read or made.
  struct Operand {
    std::string name;  // "%7", "@fc.weight"
    Tensor value;
  };
  std::string instruction;  // "%8 = log(%7) : float32[64, 10]"
  Location where;
  std::vector<Operand> operands;
  Operand result;
  int64_t at;  // of the result: the first element that is NaN, else infinite, in row-major order
};

/// Runs `program` op by op until a result has a NaN that no operand has, or an infinity where all
/// operands are finite; ops that make tensors of numbers given (full, as of a mask's -inf) count as
/// operands. Absent when there is none. Errors: those of graph::interpret().
std::optional<FirstNonFinite> find_first_non_finite(const Program& program,
                                                    const NamedTensors& inputs,
                                                    const NamedTensors& state);

/// What it was, for people: the op and its line, what it read, and the elements around the first.
std::string to_text(const FirstNonFinite& found);

}  // namespace tandem::runtime
