#include "tandem/optim/clip_grad.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem::optim {

static std::vector<Tensor> gradients(std::span<const Tensor> parameters) {
  std::vector<Tensor> found;
  for (const Tensor& p : parameters)
    if (const Tensor g = p.grad()) found.push_back(g.detach());
  return found;
}

Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  if (!(norm_type > 0))
    fail(ErrorCode::value, "clip_grad_norm_", "expected a norm_type above 0, got ", norm_type);
  NoGrad off;
  const std::vector<Tensor> grads = gradients(parameters);
  if (grads.empty()) return full({}, 0.0);

  // Of each gradient what its norm is made of: the largest value, or a sum of powers.
  const bool largest = std::isinf(norm_type);
  Tensor total;
  for (const Tensor& g : grads) {
    const Tensor part = largest          ? amax(abs(g))
                        : norm_type == 2 ? sum(g * g)
                        : norm_type == 1 ? sum(abs(g))
                                         : sum(pow(abs(g), norm_type));
    total = !total ? part : largest ? maximum(total, part) : total + part;
  }
  if (!largest && norm_type != 1) total = norm_type == 2 ? sqrt(total) : pow(total, 1 / norm_type);
  if (error_if_nonfinite && !std::isfinite(total.item()))
    fail(ErrorCode::value, "clip_grad_norm_", "The total norm of order ", norm_type,
         " for gradients from `parameters` is non-finite, so it cannot be clipped");

  // One factor for all, without asking for the norm's value: a traced step clips too.
  const Tensor factor = minimum(max_norm / (total + 1e-6), 1.0);
  for (Tensor g : grads) g.mul_(cast(factor, g.dtype()));
  return total;
}

void clip_grad_value_(std::span<const Tensor> parameters, double clip_value) {
  NoGrad off;
  for (Tensor g : gradients(parameters)) g.copy_(clamp(g, -clip_value, clip_value));
}

}  // namespace tandem::optim
