// MobileNetV2. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
#pragma once
#include "tandem/nn/nn.h"

namespace tandem::models {

/// Convolution, batch norm, ReLU6; depthwise when groups = channels.
inline nn::Sequential conv_norm(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1,
                                int64_t groups = 1) {
  nn::Sequential s;
  s.append(
      nn::Conv2d(in, out, kernel,
                 {.stride = stride, .padding = (kernel - 1) / 2, .groups = groups, .bias = false}));
  s.append(nn::BatchNorm2d(out));
  s.append(nn::ReLU6());
  return s;
}

/// Expands by 1x1, filters depthwise, projects back without activation.
struct InvertedResidual : nn::Module {
  bool adds;
  nn::Sequential& conv;

  InvertedResidual(int64_t in, int64_t out, int64_t stride, int64_t expand)
      : adds(stride == 1 && in == out),
        conv(register_module("conv", parts(in, out, stride, expand))) {}

  Tensor forward(const Tensor& input) override { return adds ? input + conv(input) : conv(input); }

 private:
  static nn::Sequential parts(int64_t in, int64_t out, int64_t stride, int64_t expand) {
    const int64_t hidden = in * expand;
    nn::Sequential s;
    if (expand != 1) s.append(conv_norm(in, hidden, 1));
    s.append(conv_norm(hidden, hidden, 3, stride, hidden));
    s.append(nn::Conv2d(hidden, out, 1, {.bias = false}));
    s.append(nn::BatchNorm2d(out));
    return s;
  }
};

/// [N, 3, 224, 224] -> [N, 1000]
struct MobileNetV2 : nn::Module {
  nn::Sequential& features = register_module("features", make_features());
  nn::Dropout& dropout = register_module("dropout", nn::Dropout(0.2));
  nn::Linear& classifier = register_module("classifier", nn::Linear(1280, 1000));

  Tensor forward(const Tensor& images) override {
    return classifier(dropout(flatten(adaptive_avg_pool2d(features(images), 1), 1)));
  }

 private:
  static nn::Sequential make_features() {
    constexpr struct {
      int64_t expand, channels;
      int repeats;
      int64_t stride;
    } stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                  {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    nn::Sequential s;
    s.append(conv_norm(3, 32, 3, 2));
    int64_t in = 32;
    for (const auto& stage : stages)
      for (int i = 0; i < stage.repeats; ++i) {
        s.append(InvertedResidual(in, stage.channels, i ? 1 : stage.stride, stage.expand));
        in = stage.channels;
      }
    s.append(conv_norm(320, 1280, 1));
    return s;
  }
};

}  // namespace tandem::models
