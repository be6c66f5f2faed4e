// Pooling over images [N, C, H, W].
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct MaxPool2dOptions {
  Required<Dims> kernel_size;
  Dims stride = {};  // empty: kernel_size
  Dims padding = 0;
  Dims dilation = 1;
  bool ceil_mode = false;
};

/// The largest element under each window.
class MaxPool2d : public Layer<MaxPool2dOptions> {
 public:
  explicit MaxPool2d(const MaxPool2dOptions& options) : Layer(options) {}
  explicit MaxPool2d(Dims kernel_size, MaxPool2dOptions rest = {})
      : Layer((rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct AvgPool2dOptions {
  Required<Dims> kernel_size;
  Dims stride = {};  // empty: kernel_size
  Dims padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override = {};
};

/// The mean of each window.
class AvgPool2d : public Layer<AvgPool2dOptions> {
 public:
  explicit AvgPool2d(const AvgPool2dOptions& options) : Layer(options) {}
  explicit AvgPool2d(Dims kernel_size, AvgPool2dOptions rest = {})
      : Layer((rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct OutputSizeOptions {
  Required<Dims> output_size;
};

/// The means of as many windows as make output_size.
class AdaptiveAvgPool2d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveAvgPool2d(const OutputSizeOptions& options) : Layer(options) {}
  explicit AdaptiveAvgPool2d(Dims output_size) : Layer(OutputSizeOptions{output_size}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// The largest elements of as many windows as make output_size.
class AdaptiveMaxPool2d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveMaxPool2d(const OutputSizeOptions& options) : Layer(options) {}
  explicit AdaptiveMaxPool2d(Dims output_size) : Layer(OutputSizeOptions{output_size}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

}  // namespace tandem::nn
