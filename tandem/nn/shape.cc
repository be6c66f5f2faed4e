#include "tandem/nn/shape.h"

#include "tandem/ops/functions.h"
#include "tandem/ops/variants.h"

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

namespace {

template <class Options>
std::string described_windows(const Options& o) {
  return text("kernel_size=", python_sizes(o.kernel_size), ", dilation=", python_sizes(o.dilation),
              ", padding=", python_sizes(o.padding), ", stride=", python_sizes(o.stride));
}

}  // namespace

Tensor Unfold::forward(const Tensor& input) {
  return unfold(input, options.kernel_size, options.dilation, options.padding, options.stride);
}
std::string Unfold::extra_repr() const { return described_windows(options); }
Tensor Fold::forward(const Tensor& input) {
  return fold(input, options.output_size, options.kernel_size, options.dilation, options.padding,
              options.stride);
}
std::string Fold::extra_repr() const {
  return text("output_size=", python_sizes(options.output_size), ", ", described_windows(options));
}

}  // namespace tandem::nn
