// One program from several traces of a function at different sizes of its dims.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::trace_detail {

/// The traces at points[k] differ in numbers alone; each number is solved for in the dims. Errors:
/// code value, naming op and line, for traces of different structure and numbers that are no
/// expression in the dims.
Program unify(const std::vector<Program>& traces, const graph::Symbols& symbols,
              const std::vector<graph::Sizes>& points);

}  // namespace tandem::trace_detail
