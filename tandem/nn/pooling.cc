#include "tandem/nn/pooling.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

/// Windows lie side by side unless a stride is given.
template <class Options>
static Options completed(Options o) {
  if (o.stride.empty()) o.stride = o.kernel_size;
  return o;
}

MaxPool2d::MaxPool2d(const MaxPool2dOptions& o) : Layer(completed(o)) {}
Tensor MaxPool2d::forward(const Tensor& input) {
  return max_pool2d(input, options.kernel_size, options.stride, options.padding, options.dilation,
                    options.ceil_mode);
}
static std::string described(const MaxPool2dOptions& options) {
  return text(
      "kernel_size=", python_sizes(options.kernel_size), ", stride=", python_sizes(options.stride),
      ", padding=", python_sizes(options.padding), ", dilation=", python_sizes(options.dilation),
      ", ceil_mode=", python(options.ceil_mode));
}

std::string MaxPool2d::extra_repr() const { return described(options); }

MaxPool1d::MaxPool1d(const MaxPool2dOptions& o) : Layer(completed(o)) {}
Tensor MaxPool1d::forward(const Tensor& input) {
  return max_pool1d(input, options.kernel_size, options.stride, options.padding, options.dilation,
                    options.ceil_mode);
}
std::string MaxPool1d::extra_repr() const { return described(options); }

AvgPool1d::AvgPool1d(const AvgPool1dOptions& o) : Layer(completed(o)) {}
Tensor AvgPool1d::forward(const Tensor& input) {
  return avg_pool1d(input, options.kernel_size, options.stride, options.padding, options.ceil_mode,
                    options.count_include_pad);
}
std::string AvgPool1d::extra_repr() const {
  return text("kernel_size=", python(options.kernel_size.value),
              ", stride=", python(options.stride), ", padding=", python(options.padding));
}

Tensor AdaptiveAvgPool1d::forward(const Tensor& input) {
  return adaptive_avg_pool1d(input, options.output_size);
}
std::string AdaptiveAvgPool1d::extra_repr() const {
  return "output_size=" + python_sizes(options.output_size);
}
Tensor AdaptiveMaxPool1d::forward(const Tensor& input) {
  return adaptive_max_pool1d(input, options.output_size);
}
std::string AdaptiveMaxPool1d::extra_repr() const {
  return "output_size=" + python_sizes(options.output_size);
}

AvgPool2d::AvgPool2d(const AvgPool2dOptions& o) : Layer(completed(o)) {}
Tensor AvgPool2d::forward(const Tensor& input) {
  return avg_pool2d(input, options.kernel_size, options.stride, options.padding, options.ceil_mode,
                    options.count_include_pad, options.divisor_override);
}
std::string AvgPool2d::extra_repr() const {
  return text("kernel_size=", python_sizes(options.kernel_size),
              ", stride=", python_sizes(options.stride),
              ", padding=", python_sizes(options.padding));
}

Tensor AdaptiveAvgPool2d::forward(const Tensor& input) {
  return adaptive_avg_pool2d(input, options.output_size);
}
std::string AdaptiveAvgPool2d::extra_repr() const {
  return "output_size=" + python_sizes(options.output_size);
}

Tensor AdaptiveMaxPool2d::forward(const Tensor& input) {
  return adaptive_max_pool2d(input, options.output_size);
}
std::string AdaptiveMaxPool2d::extra_repr() const {
  return "output_size=" + python_sizes(options.output_size);
}

}  // namespace tandem::nn
