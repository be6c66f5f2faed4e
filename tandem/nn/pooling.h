// Pooling over images [N, C, H, W].
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct MaxPool2dOptions {
  Required<NumberOrDims> kernel_size;
  NumberOrDims stride = {};  // empty: kernel_size
  NumberOrDims padding = 0;
  NumberOrDims dilation = 1;
  bool ceil_mode = false;
};

/// The largest element under each window.
class MaxPool2d : public Layer<MaxPool2dOptions> {
 public:
  explicit MaxPool2d(const MaxPool2dOptions& options);
  explicit MaxPool2d(NumberOrDims kernel_size, MaxPool2dOptions rest = {})
      : MaxPool2d((rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct AvgPool2dOptions {
  Required<NumberOrDims> kernel_size;
  NumberOrDims stride = {};  // empty: kernel_size
  NumberOrDims padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override = {};
};

/// The mean of each window.
class AvgPool2d : public Layer<AvgPool2dOptions> {
 public:
  explicit AvgPool2d(const AvgPool2dOptions& options);
  explicit AvgPool2d(NumberOrDims kernel_size, AvgPool2dOptions rest = {})
      : AvgPool2d((rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct OutputSizeOptions {
  Required<NumberOrDims> output_size;
};

/// The means of as many windows as make output_size.
class AdaptiveAvgPool2d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveAvgPool2d(const OutputSizeOptions& options) : Layer(options) {}
  explicit AdaptiveAvgPool2d(NumberOrDims output_size) : Layer(OutputSizeOptions{output_size}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// The largest elements of as many windows as make output_size.
class AdaptiveMaxPool2d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveMaxPool2d(const OutputSizeOptions& options) : Layer(options) {}
  explicit AdaptiveMaxPool2d(NumberOrDims output_size) : Layer(OutputSizeOptions{output_size}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// Over sequences [N, C, L] or [C, L].
class MaxPool1d : public Layer<MaxPool2dOptions> {
 public:
  explicit MaxPool1d(const MaxPool2dOptions& options);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct AvgPool1dOptions {
  Required<Dims> kernel_size;
  Dims stride = {};  // empty: kernel_size
  Dims padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
};

class AvgPool1d : public Layer<AvgPool1dOptions> {
 public:
  explicit AvgPool1d(const AvgPool1dOptions& options);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

class AdaptiveAvgPool1d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveAvgPool1d(const OutputSizeOptions& options) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

class AdaptiveMaxPool1d : public Layer<OutputSizeOptions> {
 public:
  explicit AdaptiveMaxPool1d(const OutputSizeOptions& options) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

}  // namespace tandem::nn
