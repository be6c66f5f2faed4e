// ResNet-20 for 32 x 32 images (He et al., 2016, section 4.2), with projection shortcuts.
#pragma once
#include "tandem/nn/nn.h"

namespace tandem::models {

/// Two convolutions and a shortcut around them.
struct BasicBlock : nn::Module {
  nn::Conv2d& conv1;
  nn::BatchNorm2d& bn1;
  nn::Conv2d& conv2;
  nn::BatchNorm2d& bn2;
  nn::Sequential& shortcut;

  BasicBlock(int64_t in, int64_t out, int64_t stride)
      : conv1(register_module(
            "conv1", nn::Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = false}))),
        bn1(register_module("bn1", nn::BatchNorm2d(out))),
        conv2(register_module("conv2", nn::Conv2d(out, out, 3, {.padding = 1, .bias = false}))),
        bn2(register_module("bn2", nn::BatchNorm2d(out))),
        shortcut(register_module("shortcut", nn::Sequential())) {
    if (stride == 1 && in == out) return;
    shortcut.append(nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}));
    shortcut.append(nn::BatchNorm2d(out));
  }

  Tensor forward(const Tensor& x) override {
    const Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(y + shortcut(x));
  }
};

/// [N, 3, 32, 32] -> [N, classes]
inline nn::Sequential resnet20(int64_t classes = 10) {
  nn::Sequential net{nn::Conv2d(3, 16, 3, {.padding = 1, .bias = false}), nn::BatchNorm2d(16),
                     nn::ReLU()};
  int64_t in = 16;
  for (int64_t out : {16, 32, 64})
    for (int block = 0; block < 3; ++block) {
      net.append(BasicBlock(in, out, block == 0 && out > 16 ? 2 : 1));
      in = out;
    }
  net.append(nn::AdaptiveAvgPool2d(1));
  net.append(nn::Flatten());
  net.append(nn::Linear(64, classes));
  return net;
}

}  // namespace tandem::models
