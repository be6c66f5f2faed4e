#include "tandem/autograd/functional.h"

#include "tandem/autograd/backward.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

/// The inputs as tensors of their own, so that gradients stop there; still connected to their
/// history where the result is to be differentiated again.
std::vector<Tensor> own_inputs(std::span<const Tensor> inputs, bool create_graph) {
  std::vector<Tensor> own;
  for (const Tensor& t : inputs) {
    if (create_graph && needs_grad(t.impl()))
      own.push_back(reshape(t, t.shape()));
    else
      own.push_back(t.detach().requires_grad_());
  }
  return own;
}

void check_vectors(std::string_view op, std::string_view what, std::span<const Tensor> of,
                   std::span<const Tensor> v) {
  if (of.size() != v.size())
    fail(ErrorCode::value, op, "expected one vector for each of ", of.size(), " ", what, ", got ",
         v.size());
  for (std::size_t i = 0; i < of.size(); ++i)
    if (v[i].shape() != of[i].shape())
      fail(ErrorCode::shape, op, "vector ", i, " has shape ", v[i].shape(), ", expected ",
           of[i].shape(), " like ", what, "[", i, "]");
}

/// grad() of those outputs that depend on something, with zeros where nothing flows.
std::vector<Tensor> gradients_or_zeros(std::span<const Tensor> outputs,
                                       std::span<const Tensor> inputs, std::span<const Tensor> v,
                                       bool create_graph) {
  std::vector<Tensor> y, seeds;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i] && needs_grad(outputs[i].impl())) {
      y.push_back(outputs[i]);
      seeds.push_back(v[i]);
    }
  std::vector<Tensor> g(inputs.size());
  if (!y.empty()) g = grad(y, inputs, seeds, true, create_graph);
  for (std::size_t i = 0; i < g.size(); ++i)
    if (!g[i]) g[i] = full(inputs[i].shape(), 0, inputs[i].dtype());
  return g;
}

std::vector<Tensor> without_history(std::vector<Tensor> tensors, bool create_graph) {
  if (!create_graph)
    for (Tensor& t : tensors) t = t.detach();
  return tensors;
}

}  // namespace

Derivative vjp(const TensorFunction& function, std::span<const Tensor> inputs,
               std::span<const Tensor> v, bool create_graph) {
  EnableGrad on;
  const std::vector<Tensor> x = own_inputs(inputs, create_graph);
  std::vector<Tensor> y = function(x);
  check_vectors("vjp", "outputs", y, v);
  std::vector<Tensor> g = gradients_or_zeros(y, x, v, create_graph);
  return {without_history(std::move(y), create_graph), std::move(g)};
}

Derivative jvp(const TensorFunction& function, std::span<const Tensor> inputs,
               std::span<const Tensor> v, bool create_graph) {
  check_vectors("jvp", "inputs", inputs, v);
  EnableGrad on;
  const std::vector<Tensor> x = own_inputs(inputs, create_graph);
  std::vector<Tensor> y = function(x), u;
  for (const Tensor& t : y) u.push_back(full(t.shape(), 0, t.dtype()).requires_grad_());
  const std::vector<Tensor> g = gradients_or_zeros(y, x, u, true);
  std::vector<Tensor> jv = gradients_or_zeros(g, u, v, create_graph);
  return {without_history(std::move(y), create_graph), std::move(jv)};
}

Tensor jacobian(const ScalarFunction& function, const Tensor& input, bool create_graph) {
  EnableGrad on;
  const Tensor x = own_inputs({&input, 1}, create_graph)[0];
  const Tensor y = function(x);
  Dims shape = y.shape();
  for (int64_t n : x.shape()) shape.push_back(n);
  Tensor rows = full({y.numel(), x.numel()}, 0, y.dtype());
  for (int64_t i = 0; i < y.numel(); ++i) {
    Tensor one = full({y.numel()}, 0, y.dtype());
    slice(one, 0, i, i + 1).fill_(1);
    const Tensor seed = reshape(one, y.shape());
    const Tensor g = gradients_or_zeros({&y, 1}, {&x, 1}, {&seed, 1}, create_graph)[0];
    slice(rows, 0, i, i + 1).copy_(reshape(g, {1, x.numel()}));
  }
  const Tensor j = reshape(rows, shape);
  return create_graph ? j : j.detach();
}

Tensor hessian(const ScalarFunction& function, const Tensor& input, bool create_graph) {
  auto gradient = [&](const Tensor& x) {
    const Tensor y = function(x);
    if (y.numel() != 1)
      fail(ErrorCode::shape, "hessian", "expected a function with one element, got shape ",
           y.shape());
    const Tensor seed = full(y.shape(), 1, y.dtype());
    return gradients_or_zeros({&y, 1}, {&x, 1}, {&seed, 1}, true)[0];
  };
  return jacobian(gradient, input, create_graph);
}

}  // namespace tandem
