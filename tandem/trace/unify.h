// One program from several traces of a function at different sizes of its dims.
#pragma once
#include "tandem/trace/sample_points.h"

namespace tandem::trace_detail {

/// The traces at samples.traced[k] differ in numbers alone; each number is solved for in the dims.
/// Sizes of results are what the op's shape rule gives, so they are known at more points than were
/// traced. Errors: code value, naming op and line, for traces of different structure and numbers
/// that are no expression in the dims.
Program unify(const std::vector<Program>& traces, const SamplePoints& samples);

/// Is the program what was traced at these sizes? `traced` is none of those that it was made of.
bool agrees(const Program& program, const Program& traced, const graph::Sizes& sizes);

/// Do attributes depend on symbolic dims, and in a way that may change from size to size: as more
/// than a product of sizes?
struct AttributeUse {
  bool sizes = false, expressions = false;
};
AttributeUse attribute_use(const Program& program);

}  // namespace tandem::trace_detail
