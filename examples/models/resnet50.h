// ResNet-50. He et al., "Deep Residual Learning for Image Recognition", 2015.
#pragma once
#include "tandem/nn/nn.h"

namespace tandem::models {

/// 1x1, 3x3 (with the stride) and 1x1 convolutions around a residual.
struct Bottleneck : nn::Module {
  nn::Conv2d& conv1;
  nn::BatchNorm2d& bn1;
  nn::Conv2d& conv2;
  nn::BatchNorm2d& bn2;
  nn::Conv2d& conv3;
  nn::BatchNorm2d& bn3;
  nn::Sequential& downsample;
  bool projects;

  Bottleneck(int64_t in, int64_t width, int64_t stride)
      : conv1(register_module("conv1", nn::Conv2d(in, width, 1, {.bias = false}))),
        bn1(register_module("bn1", nn::BatchNorm2d(width))),
        conv2(register_module(
            "conv2", nn::Conv2d(width, width, 3, {.stride = stride, .padding = 1, .bias = false}))),
        bn2(register_module("bn2", nn::BatchNorm2d(width))),
        conv3(register_module("conv3", nn::Conv2d(width, 4 * width, 1, {.bias = false}))),
        bn3(register_module("bn3", nn::BatchNorm2d(4 * width))),
        downsample(register_module("downsample", shortcut(in, 4 * width, stride))),
        projects(stride != 1 || in != 4 * width) {}

  Tensor forward(const Tensor& input) override {
    Tensor x = relu(bn1(conv1(input)));
    x = relu(bn2(conv2(x)));
    return relu(bn3(conv3(x)) + (projects ? downsample(input) : input));
  }

 private:
  static nn::Sequential shortcut(int64_t in, int64_t out, int64_t stride) {
    nn::Sequential s;
    if (stride == 1 && in == out) return s;
    s.append(nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}));
    s.append(nn::BatchNorm2d(out));
    return s;
  }
};

/// [N, 3, 224, 224] -> [N, 1000]
struct ResNet50 : nn::Module {
  nn::Conv2d& conv1 =
      register_module("conv1", nn::Conv2d(3, 64, 7, {.stride = 2, .padding = 3, .bias = false}));
  nn::BatchNorm2d& bn1 = register_module("bn1", nn::BatchNorm2d(64));
  nn::Sequential& layer1 = register_module("layer1", stage(64, 64, 3, 1));
  nn::Sequential& layer2 = register_module("layer2", stage(256, 128, 4, 2));
  nn::Sequential& layer3 = register_module("layer3", stage(512, 256, 6, 2));
  nn::Sequential& layer4 = register_module("layer4", stage(1024, 512, 3, 2));
  nn::Linear& fc = register_module("fc", nn::Linear(2048, 1000));

  Tensor forward(const Tensor& images) override {
    Tensor x = max_pool2d(relu(bn1(conv1(images))), 3, 2, 1);
    x = layer4(layer3(layer2(layer1(x))));
    return fc(flatten(adaptive_avg_pool2d(x, 1), 1));
  }

 private:
  static nn::Sequential stage(int64_t in, int64_t width, int blocks, int64_t stride) {
    nn::Sequential s;
    for (int i = 0; i < blocks; ++i)
      s.append(Bottleneck(i ? 4 * width : in, width, i ? 1 : stride));
    return s;
  }
};

}  // namespace tandem::models
