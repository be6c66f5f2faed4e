// Linear maps.
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

struct LinearOptions {
  Required<int64_t> in_features;
  Required<int64_t> out_features;
  bool bias = true;
};

/// y = x weightᵀ + bias.  x: [..., in_features]; result: [..., out_features].
/// weight: [out_features, in_features], uniform in ±1/√in_features at first, and so is bias.
class Linear : public Layer<LinearOptions> {
 public:
  explicit Linear(const LinearOptions& options);
  Linear(int64_t in_features, int64_t out_features, LinearOptions rest = {});
  Tensor forward(const Tensor& input) override;
  void reset_parameters();
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;  // undefined without `bias`
};

/// What PyTorch calls the last layer of attention; a Linear in all.
class NonDynamicallyQuantizableLinear : public Linear {
 public:
  using Base = Linear;
  using Linear::Linear;
};

struct BilinearOptions {
  Required<int64_t> in1_features;
  Required<int64_t> in2_features;
  Required<int64_t> out_features;
  bool bias = true;
};

/// y[..., o] = x1ᵀ weight[o] x2 + bias[o].  x1: [..., in1_features], x2: [..., in2_features];
/// result: [..., out_features]. weight: [out_features, in1_features, in2_features], uniform in
/// ±1/√in1_features at first, and so is bias.
class Bilinear : public Layer<BilinearOptions> {
 public:
  static constexpr Signature called = "forward(input1, input2)";
  explicit Bilinear(const BilinearOptions& options);
  Bilinear(int64_t in1_features, int64_t in2_features, int64_t out_features,
           BilinearOptions rest = {});
  Tensor operator()(Arg input1, const Tensor& input2) {
    return call([this](const Tensor& a, const Tensor& b) { return forward(a, b); }, input1.where,
                *input1.tensor, input2);
  }
  using Module::forward;
  Tensor forward(const Tensor& input1, const Tensor& input2);
  void reset_parameters();
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;  // undefined without `bias`
};

/// Gives back its input.
class Identity : public Layer<NoOptions> {
 public:
  Identity() : Layer(NoOptions{}) {}
  explicit Identity(const NoOptions& options) : Layer(options) {}
  Tensor forward(const Tensor& input) override { return input; }
};

}  // namespace tandem::nn
