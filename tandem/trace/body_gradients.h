// Gradients through one run of a body of control flow.
#pragma once
#include <span>
#include <vector>

#include "tandem/graph/program.h"

namespace tandem::trace_detail {

/// The body's outputs, recorded again: control flow in it stays control flow.
std::vector<Tensor> replay_traced(const Program& body, std::span<const Tensor> inputs);

/// Gradients of sum(seeds * body(inputs)) for the inputs that are wanted, in their order; zeros
/// where nothing reaches. Undefined seeds count as zeros. `sums`, one an input or none: what a
/// gradient is added to, where it is defined; each use of the input adds its part to that, in the
/// order in which the unrolled loop would.
std::vector<Tensor> body_gradients(const Program& body, std::vector<Tensor> inputs,
                                   const std::vector<bool>& wanted, std::span<const Tensor> seeds,
                                   std::span<const Tensor> sums = {});

/// Which operands a gradient is wanted for.
std::vector<bool> wanted_of(std::span<const Tensor> operands);

/// What a sum begins with that has nothing in it yet: -0 + x has the bits of x, where 0 + -0 is 0.
Tensor empty_sum(const Tensor& like);

}  // namespace tandem::trace_detail
