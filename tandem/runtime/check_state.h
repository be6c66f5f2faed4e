// Does state fit the programs that name it?
#pragma once
#include <string_view>

#include "tandem/graph/program.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem::runtime {

/// Error, of the given code: a state that a program names is not there, with the nearest name that
/// is, or has another type than the program says. `source`, where not empty, names the file.
void check_state(const graph::ProgramSet& programs, const NamedTensors& state, ErrorCode code,
                 std::string_view op, std::string_view source);

}  // namespace tandem::runtime
