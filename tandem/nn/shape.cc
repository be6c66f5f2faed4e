#include "tandem/nn/shape.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

Tensor Flatten::forward(const Tensor& input) {
  return flatten(input, options.start_dim, options.end_dim);
}
std::string Flatten::extra_repr() const {
  return text("start_dim=", options.start_dim, ", end_dim=", options.end_dim);
}

Tensor Unflatten::forward(const Tensor& input) {
  return unflatten(input, options.dim, options.unflattened_size);
}
std::string Unflatten::extra_repr() const {
  return text("dim=", int64_t(options.dim),
              ", unflattened_size=", python(options.unflattened_size));
}

}  // namespace tandem::nn
