// Trading time for memory: recompute in backward instead of keeping.
#pragma once
#include <functional>
#include <vector>

#include "tandem/autograd/functional.h"

namespace tandem {

/// function(inputs), of which only the inputs are kept: what backward needs is computed again
/// there, so `function` must compute the same again. Parameters that it reads besides its inputs
/// get their gradients from backward(); grad() reaches the inputs alone.
///
///     Tensor y = checkpoint([&](auto in) { return std::vector{block.forward(in[0])}; }, {{x}})[0];
///
/// Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs,
                               Location where = Location::current());

}  // namespace tandem
