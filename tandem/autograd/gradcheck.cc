#include "tandem/autograd/gradcheck.h"

#include <cmath>

#include "tandem/autograd/backward.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

bool is_checked(const Tensor& t) { return t && t.dtype() == DType::f64 && t.requires_grad(); }

/// Numbers without pattern in -1 … 1, the same every time, none near 0.
Tensor weights(const Tensor& like) {
  std::vector<double> w(std::size_t(like.numel()));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double s = std::sin(double(i + 1) * 12.9898) * 43758.5453;
    const double unit = s - std::floor(s);
    w[i] = (i % 2 ? -1 : 1) * (0.25 + 0.75 * unit);
  }
  return from_data(w, like.shape());
}

/// Inputs of our own, which may be written to.
std::vector<Tensor> copies(std::span<const Tensor> inputs) {
  std::vector<Tensor> own;
  for (const Tensor& t : inputs) {
    own.push_back(t);
    if (!is_checked(t)) continue;
    NoGrad off;
    own.back() = from_data(t.to_vector<double>(), t.shape());
    own.back().requires_grad_();
  }
  return own;
}

double weighted_sum(const TensorFunction& f, std::span<const Tensor> inputs) {
  double total = 0;
  for (const Tensor& y : f(inputs)) {
    if (!y || !is_floating(y.dtype())) continue;
    const std::vector<double> value = y.to_vector<double>(),
                              weight = weights(y.detach()).to_vector<double>();
    for (std::size_t i = 0; i < value.size(); ++i) total += value[i] * weight[i];
  }
  return total;
}

std::vector<Tensor> checked(std::span<const Tensor> inputs) {
  std::vector<Tensor> some;
  for (const Tensor& t : inputs)
    if (is_checked(t)) some.push_back(t);
  if (some.empty())
    fail(ErrorCode::value, "gradcheck", "no input is float64 and requires grad: nothing to check");
  return some;
}

/// Results that gradients flow from, and what they are weighted by.
struct Weighted {
  std::vector<Tensor> results, weights;
};
Weighted differentiable(std::vector<Tensor> results) {
  Weighted w;
  for (Tensor& y : results)
    if (y && is_floating(y.dtype()) && y.requires_grad()) {
      w.weights.push_back(weights(y.detach()));
      w.results.push_back(std::move(y));
    }
  return w;
}

}  // namespace

bool gradcheck(const TensorFunction& f, std::span<const Tensor> inputs, double eps, double atol,
               double rtol) {
  const std::vector<Tensor> own = copies(inputs), variables = checked(own);
  std::vector<Tensor> gradients(variables.size());
  {
    EnableGrad on;
    const Weighted y = differentiable(f(own));
    if (!y.results.empty()) gradients = grad(y.results, variables, y.weights);
  }
  NoGrad off;
  for (std::size_t k = 0; k < variables.size(); ++k) {
    const Tensor& x = variables[k];
    const std::vector<double> analytic =
        gradients[k] ? gradients[k].to_vector<double>() : std::vector<double>(x.numel());
    if (gradients[k] && gradients[k].shape() != x.shape())
      fail(ErrorCode::autograd, "gradcheck", "the gradient of input ", k, " has shape ",
           gradients[k].shape(), ", the input ", x.shape());
    for (int64_t i = 0; i < x.numel(); ++i) {
      double& element = x.data<double>()[i];
      const double at = element;
      element = at + eps;
      const double above = weighted_sum(f, own);
      element = at - eps;
      const double below = weighted_sum(f, own);
      element = at;
      const double numeric = (above - below) / (2 * eps), found = analytic[std::size_t(i)];
      if (!(std::abs(found - numeric) <= atol + rtol * std::abs(numeric)))
        fail(ErrorCode::autograd, "gradcheck", "input ", k, ", element ", i, " (", at,
             "): the gradient is ", found, ", differences give ", numeric);
    }
  }
  return true;
}

bool gradgradcheck(const TensorFunction& f, std::span<const Tensor> inputs, double eps, double atol,
                   double rtol) {
  const std::vector<Tensor> own = copies(inputs);
  checked(own);
  std::vector<Tensor> all = own;
  const std::size_t inputs_count = own.size();
  {
    EnableGrad on;
    for (Tensor& w : differentiable(f(own)).weights) all.push_back(w.requires_grad_());
  }
  if (all.size() == inputs_count) return true;  // nothing flows back, so nothing twice
  return gradcheck(
      [&](std::span<const Tensor> x) {
        EnableGrad on;
        const auto first = x.first(inputs_count), incoming = x.subspan(inputs_count);
        std::vector<Tensor> results = differentiable(f(first)).results;
        return grad(results, checked(first), incoming, true, true);
      },
      all, eps, atol, rtol);
}

}  // namespace tandem
