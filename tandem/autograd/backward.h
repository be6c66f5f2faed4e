// Gradients of what the tape recorded.
#pragma once
#include <span>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// Accumulates into the leaves the gradients of sum(outputs[i] * seeds[i]); see Tensor::backward.
void backward(std::span<const Tensor> outputs, std::span<const Tensor> seeds = {},
              bool retain_graph = false, bool create_graph = false,
              Location where = Location::current());

/// The gradients of sum(outputs[i] * seeds[i]) with respect to `inputs`, in their order; undefined
/// where nothing flows. An output of one element needs no seed. With `create_graph` the gradients
/// can be differentiated again. The graph is freed unless `retain_graph` (or `create_graph`).
/// Errors: code autograd: outputs without history, freed graphs, tensors changed in place.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         std::span<const Tensor> seeds = {}, bool retain_graph = false,
                         bool create_graph = false, Location where = Location::current());
/// The same for one output.
std::vector<Tensor> grad(const Tensor& output, std::span<const Tensor> inputs,
                         bool create_graph = false, Location where = Location::current());

}  // namespace tandem
