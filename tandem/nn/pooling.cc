#include "tandem/nn/pooling.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {
namespace {

/// One number prints as a number, several as a tuple, -1 ("as the input") as None.
std::string sizes(const Dims& value) {
  const auto one = [](int64_t n) { return n == -1 ? std::string("None") : text(n); };
  if (value.size() == 1) return one(value[0]);
  std::string s;
  for (int64_t n : value) s += (s.empty() ? "" : ", ") + one(n);
  return "(" + s + ")";
}

}  // namespace

Tensor MaxPool2d::forward(const Tensor& input) {
  return max_pool2d(input, options.kernel_size, options.stride, options.padding, options.dilation,
                    options.ceil_mode);
}
std::string MaxPool2d::extra_repr() const {
  return text("kernel_size=", sizes(options.kernel_size), ", stride=",
              sizes(options.stride.empty() ? options.kernel_size.value : options.stride),
              ", padding=", sizes(options.padding), ", dilation=", sizes(options.dilation),
              ", ceil_mode=", python(options.ceil_mode));
}

Tensor AvgPool2d::forward(const Tensor& input) {
  return avg_pool2d(input, options.kernel_size, options.stride, options.padding, options.ceil_mode,
                    options.count_include_pad, options.divisor_override);
}
std::string AvgPool2d::extra_repr() const {
  return text("kernel_size=", sizes(options.kernel_size), ", stride=",
              sizes(options.stride.empty() ? options.kernel_size.value : options.stride),
              ", padding=", sizes(options.padding));
}

Tensor AdaptiveAvgPool2d::forward(const Tensor& input) {
  return adaptive_avg_pool2d(input, options.output_size);
}
std::string AdaptiveAvgPool2d::extra_repr() const {
  return "output_size=" + sizes(options.output_size);
}

Tensor AdaptiveMaxPool2d::forward(const Tensor& input) {
  return adaptive_max_pool2d(input, options.output_size);
}
std::string AdaptiveMaxPool2d::extra_repr() const {
  return "output_size=" + sizes(options.output_size);
}

}  // namespace tandem::nn
