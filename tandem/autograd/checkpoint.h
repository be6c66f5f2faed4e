// Trading time for memory: recompute in backward instead of keeping.
#pragma once
#include <functional>
#include <vector>

#include "tandem/autograd/functional.h"

namespace tandem {

/// function(inputs), of which backward keeps only what is read from outside: what is computed on
/// the way is computed again there, with the default generator as it stood here (unless
/// `preserve_rng_state` is false), so that a dropout drops the same elements. Gradients of any
/// order reach the inputs and whatever else the function reads, its parameters for instance, by
/// backward() and by grad().
///
///     Tensor y = checkpoint([&](auto in) { return std::vector{block.forward(in[0])}; }, {{x}})[0];
///
/// `function` is called twice and must compute the same: one that changes something else, as batch
/// norm its running statistics, changes it twice. Errors: code autograd, in backward, when a tensor
/// that it reads was written in place since, or when the number of its results has changed.
///
/// Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs,
                               bool preserve_rng_state = true,
                               Location where = Location::current());

}  // namespace tandem
