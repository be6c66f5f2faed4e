// Gradients against differences.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// Results of some inputs. It must give the same for the same inputs.
using TensorFunction = std::function<std::vector<Tensor>(std::span<const Tensor> inputs)>;

/// Compares the gradients of f with central differences of step `eps`, for every element of every
/// float64 input that requires grad. The results are weighted by fixed numbers and summed, so one
/// backward checks them all. Returns true; a difference of more than atol + rtol * |expected| is an
/// error of code autograd that names the input, the element and both numbers.
/// Errors: code value when no input is float64 and requires grad.
bool gradcheck(const TensorFunction& f, std::span<const Tensor> inputs, double eps = 1e-6,
               double atol = 1e-5, double rtol = 1e-3);

/// The same of f's gradients, as functions of the inputs and of the gradients that come in.
bool gradgradcheck(const TensorFunction& f, std::span<const Tensor> inputs, double eps = 1e-6,
                   double atol = 1e-5, double rtol = 1e-3);

}  // namespace tandem
