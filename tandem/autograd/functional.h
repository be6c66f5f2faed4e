// Derivatives of functions, as functions.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

using TensorFunction = std::function<std::vector<Tensor>(std::span<const Tensor> inputs)>;
using ScalarFunction = std::function<Tensor(const Tensor& input)>;

/// Values and gradients together.
struct Derivative {
  std::vector<Tensor> outputs;
  std::vector<Tensor> gradients;
};

/// function(inputs) and, for cotangents v (one an output, of its shape), v^T J: one gradient an
/// input, zeros where an output does not depend on it.
Derivative vjp(const TensorFunction& function, std::span<const Tensor> inputs,
               std::span<const Tensor> v, bool create_graph = false);

/// function(inputs) and, for tangents v (one an input, of its shape), J v: one an output. Computed
/// by two reverse passes, the second through the first: J v is the gradient of u^T J v in u.
Derivative jvp(const TensorFunction& function, std::span<const Tensor> inputs,
               std::span<const Tensor> v, bool create_graph = false);

/// d function(input) / d input, of shape output.shape + input.shape.
Tensor jacobian(const ScalarFunction& function, const Tensor& input, bool create_graph = false);

/// The second derivatives of a function with one element, of shape input.shape + input.shape.
/// Error: code shape when the output has more elements.
Tensor hessian(const ScalarFunction& function, const Tensor& input, bool create_graph = false);

}  // namespace tandem
