// One program from several traces of a function at different sizes of its dims.
#pragma once
#include "tandem/trace/sample_points.h"

namespace tandem::trace_detail {

/// The traces at samples.traced[k] differ in numbers alone; each number is solved for in the dims.
/// Sizes of results are what the op's shape rule gives, so they are known at more points than were
/// traced. Errors: code value, naming op and line, for traces of different structure and numbers
/// that are no expression in the dims.
Program unify(const std::vector<Program>& traces, const SamplePoints& samples);

}  // namespace tandem::trace_detail
