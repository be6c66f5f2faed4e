// Normalization layers.
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct BatchNormOptions {
  Required<int64_t> num_features;
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  // none: the mean over all batches so far
  bool affine = true;
  bool track_running_stats = true;
  bool bias = true;
};

/// Normalizes each channel (dim 1) over the batch (Ioffe and Szegedy, 2015); in eval() mode by the
/// running statistics. State: weight, bias, running_mean, running_var, num_batches_tracked.
class BatchNorm : public Layer<BatchNormOptions> {
 public:
  static constexpr int version = 2;  // num_batches_tracked came later
  bool may_be_missing(std::string_view name) const override {
    return name == "num_batches_tracked";
  }
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  void reset_parameters();
  void reset_running_stats();

  Tensor& weight;  // undefined without `affine`
  Tensor& bias;
  Tensor& running_mean;  // undefined without `track_running_stats`
  Tensor& running_var;
  Tensor& num_batches_tracked;

 protected:
  explicit BatchNorm(const BatchNormOptions& options);
  virtual void check_input(const Tensor& input) const = 0;
};

/// input: [N, C] or [N, C, L].
class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(const BatchNormOptions& options) : BatchNorm(options) {}
  explicit BatchNorm1d(int64_t num_features, BatchNormOptions rest = {})
      : BatchNorm((rest.num_features = num_features, rest)) {}

 protected:
  void check_input(const Tensor& input) const override;
};

/// input: [N, C, H, W].
class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(const BatchNormOptions& options) : BatchNorm(options) {}
  explicit BatchNorm2d(int64_t num_features, BatchNormOptions rest = {})
      : BatchNorm((rest.num_features = num_features, rest)) {}

 protected:
  void check_input(const Tensor& input) const override;
};

struct LayerNormOptions {
  Required<Dims> normalized_shape;
  double eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
};

/// Normalizes over the last dims, which are `normalized_shape` (Ba et al., 2016).
class LayerNorm : public Layer<LayerNormOptions> {
 public:
  explicit LayerNorm(const LayerNormOptions& options);
  explicit LayerNorm(Dims normalized_shape, LayerNormOptions rest = {})
      : LayerNorm((rest.normalized_shape = normalized_shape, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;
};

struct RMSNormOptions {
  Required<Dims> normalized_shape;
  std::optional<double> eps = {};  // none: the dtype's epsilon
  bool elementwise_affine = true;
};

/// Divides by the root mean square over the last dims (Zhang and Sennrich, 2019).
class RMSNorm : public Layer<RMSNormOptions> {
 public:
  explicit RMSNorm(const RMSNormOptions& options);
  explicit RMSNorm(Dims normalized_shape, RMSNormOptions rest = {})
      : RMSNorm((rest.normalized_shape = normalized_shape, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;
};

struct GroupNormOptions {
  Required<int64_t> num_groups;
  Required<int64_t> num_channels;
  double eps = 1e-5;
  bool affine = true;
  bool bias = true;
};

/// Normalizes groups of channels of each sample (Wu and He, 2018).  input: [N, C, ...].
class GroupNorm : public Layer<GroupNormOptions> {
 public:
  explicit GroupNorm(const GroupNormOptions& options);
  GroupNorm(int64_t num_groups, int64_t num_channels, GroupNormOptions rest = {})
      : GroupNorm((rest.num_groups = num_groups, rest.num_channels = num_channels, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;
};

struct LocalResponseNormOptions {
  Required<int64_t> size;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

/// input / (k + alpha a)^beta, a being the average square over `size` neighbouring channels
/// (Krizhevsky et al., 2012).  input: [N, C, ...].
class LocalResponseNorm : public Layer<LocalResponseNormOptions> {
 public:
  explicit LocalResponseNorm(const LocalResponseNormOptions& options) : Layer(options) {}
  explicit LocalResponseNorm(int64_t size, LocalResponseNormOptions rest = {})
      : Layer((rest.size = size, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct InstanceNormOptions {
  Required<int64_t> num_features;
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;
  bool bias = true;
};

/// Normalizes each channel of each sample (Ulyanov et al., 2016).  input: [N, C, H, W] or
/// [C, H, W].
class InstanceNorm2d : public Layer<InstanceNormOptions> {
 public:
  explicit InstanceNorm2d(const InstanceNormOptions& options);
  explicit InstanceNorm2d(int64_t num_features, InstanceNormOptions rest = {})
      : InstanceNorm2d((rest.num_features = num_features, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;  // undefined without `affine`
  Tensor& bias;
  Tensor& running_mean;  // undefined without `track_running_stats`
  Tensor& running_var;
  Tensor& num_batches_tracked;
};

}  // namespace tandem::nn
