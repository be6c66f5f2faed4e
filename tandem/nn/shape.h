// Modules that only re-arrange elements.
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

struct FlattenOptions {
  int64_t start_dim = 1;
  int64_t end_dim = -1;
};

/// Dims start_dim..end_dim as one.
class Flatten : public Layer<FlattenOptions> {
 public:
  explicit Flatten(const FlattenOptions& options) : Layer(options) {}
  explicit Flatten(int64_t start_dim = 1, int64_t end_dim = -1)
      : Layer(FlattenOptions{start_dim, end_dim}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct UnflattenOptions {
  Required<int64_t> dim;
  Required<Dims> unflattened_size;
};

/// Dim `dim` as several; one of them may be -1.
class Unflatten : public Layer<UnflattenOptions> {
 public:
  explicit Unflatten(const UnflattenOptions& options) : Layer(options) {}
  Unflatten(int64_t dim, const Dims& unflattened_size)
      : Layer(UnflattenOptions{dim, unflattened_size}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct UnfoldOptions {
  Required<NumberOrDims> kernel_size;
  NumberOrDims dilation = 1;
  NumberOrDims padding = 0;
  NumberOrDims stride = 1;
};

/// The windows that a convolution sees, as columns.  input: [N, C, H, W]; result: [N, C KH KW, L].
class Unfold : public Layer<UnfoldOptions> {
 public:
  explicit Unfold(const UnfoldOptions& options) : Layer(options) {}
  explicit Unfold(NumberOrDims kernel_size, UnfoldOptions rest = {})
      : Layer((rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct FoldOptions {
  Required<NumberOrDims> output_size;
  Required<NumberOrDims> kernel_size;
  NumberOrDims dilation = 1;
  NumberOrDims padding = 0;
  NumberOrDims stride = 1;
};

/// Columns added up where their windows lie.  input: [N, C KH KW, L]; result: [N, C, *output_size].
class Fold : public Layer<FoldOptions> {
 public:
  explicit Fold(const FoldOptions& options) : Layer(options) {}
  Fold(NumberOrDims output_size, NumberOrDims kernel_size, FoldOptions rest = {})
      : Layer((rest.output_size = output_size, rest.kernel_size = kernel_size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

}  // namespace tandem::nn
