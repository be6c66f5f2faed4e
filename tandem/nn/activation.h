// Activation functions as modules.
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct InplaceOptions {
  bool inplace = false;
};

/// What activations share that PyTorch can also run in place: with "inplace" the result is written
/// over the input, which is given back.
class Activation : public Layer<InplaceOptions> {
 public:
  explicit Activation(const InplaceOptions& options = {}) : Layer(options) {}
  std::string extra_repr() const override { return options.inplace ? "inplace=True" : ""; }
};

/// The same without any option.
class PlainActivation : public Layer<NoOptions> {
 public:
  explicit PlainActivation(const NoOptions& options = {}) : Layer(options) {}
};

/// max(x, 0).
class ReLU : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// x * sigmoid(x).
class SiLU : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// Klambauer et al. (2017).
class SELU : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// x * tanh(softplus(x)).
class Mish : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// min(max(x, 0), 6).
class ReLU6 : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// x * relu6(x + 3) / 6.
class Hardswish : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// relu6(x + 3) / 6.
class Hardsigmoid : public Activation {
 public:
  using Activation::Activation;
  Tensor forward(const Tensor& input) override;
};

/// 1 / (1 + exp(-x)).
class Sigmoid : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

class Tanh : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

/// log(sigmoid(x)).
class LogSigmoid : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

/// x / (1 + |x|).
class Softsign : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

struct LeakyReLUOptions {
  double negative_slope = 0.01;
  bool inplace = false;
};

/// x where it is positive, else negative_slope * x.
class LeakyReLU : public Layer<LeakyReLUOptions> {
 public:
  explicit LeakyReLU(const LeakyReLUOptions& options) : Layer(options) {}
  explicit LeakyReLU(double negative_slope = 0.01, bool inplace = false)
      : Layer(LeakyReLUOptions{negative_slope, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct AlphaOptions {
  double alpha = 1;
  bool inplace = false;
};

/// x where it is positive, else alpha * (exp(x) - 1).
class ELU : public Layer<AlphaOptions> {
 public:
  explicit ELU(const AlphaOptions& options) : Layer(options) {}
  explicit ELU(double alpha = 1, bool inplace = false) : Layer(AlphaOptions{alpha, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// x where it is positive, else alpha * (exp(x / alpha) - 1).
class CELU : public Layer<AlphaOptions> {
 public:
  explicit CELU(const AlphaOptions& options) : Layer(options) {}
  explicit CELU(double alpha = 1, bool inplace = false) : Layer(AlphaOptions{alpha, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct GELUOptions {
  Name approximate = "none";
};

/// x times the normal distribution function of x; approximate is "none" or "tanh".
class GELU : public Layer<GELUOptions> {
 public:
  explicit GELU(const GELUOptions& options) : Layer(options) {}
  explicit GELU(Name approximate = "none") : Layer(GELUOptions{approximate}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct SoftplusOptions {
  Scalar beta = 1.0;
  Scalar threshold = 20.0;
};

/// log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.
class Softplus : public Layer<SoftplusOptions> {
 public:
  explicit Softplus(const SoftplusOptions& options) : Layer(options) {}
  explicit Softplus(double beta = 1, double threshold = 20)
      : Layer(SoftplusOptions{beta, threshold}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct HardtanhOptions {
  double min_val = -1;
  double max_val = 1;
  bool inplace = false;
};

/// x clamped to [min_val, max_val].
class Hardtanh : public Layer<HardtanhOptions> {
 public:
  explicit Hardtanh(const HardtanhOptions& options) : Layer(options) {}
  explicit Hardtanh(double min_val = -1, double max_val = 1, bool inplace = false)
      : Layer(HardtanhOptions{min_val, max_val, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct ShrinkOptions {
  Scalar lambd = 0.5;
};

/// x where |x| > lambd, else 0.
class Hardshrink : public Layer<ShrinkOptions> {
 public:
  explicit Hardshrink(const ShrinkOptions& options = {}) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override { return python(options.lambd); }
};

/// x moved towards 0 by lambd, and 0 where it would pass it.
class Softshrink : public Layer<ShrinkOptions> {
 public:
  explicit Softshrink(const ShrinkOptions& options = {}) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override { return python(options.lambd); }
};

/// x - tanh(x).
class Tanhshrink : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

struct ThresholdOptions {
  Required<Scalar> threshold;
  Required<Scalar> value;
  bool inplace = false;
};

/// x where it is above threshold, else value.
class Threshold : public Layer<ThresholdOptions> {
 public:
  explicit Threshold(const ThresholdOptions& options) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct GLUOptions {
  int64_t dim = -1;
};

/// One half of x along dim, times the sigmoid of the other.
class GLU : public Layer<GLUOptions> {
 public:
  explicit GLU(const GLUOptions& options = {}) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override { return text("dim=", options.dim); }
};

struct DimOptions {
  std::optional<int64_t> dim = {};
};

/// exp(x) / sum(exp(x)) along dim. Without one: 0 for inputs of rank 0, 1 and 3, else 1, with a
/// warning, as PyTorch has it.
class Softmax : public Layer<DimOptions> {
 public:
  explicit Softmax(const DimOptions& options) : Layer(options) {}
  explicit Softmax(int64_t dim) : Layer(DimOptions{dim}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// log(softmax(x)) along dim.
class LogSoftmax : public Layer<DimOptions> {
 public:
  explicit LogSoftmax(const DimOptions& options) : Layer(options) {}
  explicit LogSoftmax(int64_t dim) : Layer(DimOptions{dim}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// softmax(-x).
class Softmin : public Layer<DimOptions> {
 public:
  explicit Softmin(const DimOptions& options) : Layer(options) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// Softmax over the channels of [N, C, H, W] or [C, H, W].
class Softmax2d : public PlainActivation {
 public:
  using PlainActivation::PlainActivation;
  Tensor forward(const Tensor& input) override;
};

struct PReLUOptions {
  int64_t num_parameters = 1;
  double init = 0.25;
};

/// x where it is positive, else weight * x, with one weight for all or one a channel (dim 1).
class PReLU : public Layer<PReLUOptions> {
 public:
  explicit PReLU(const PReLUOptions& options = {});
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;
};

}  // namespace tandem::nn
