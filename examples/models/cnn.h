// A small convnet for images of handwritten digits, as in PyTorch's MNIST example.
#pragma once
#include "tandem/nn/nn.h"

namespace tandem::models {

/// [N, 1, 28, 28] -> [N, 10]
struct Cnn : nn::Module {
  nn::Conv2d& conv1 = register_module("conv1", nn::Conv2d(1, 32, 3));
  nn::Conv2d& conv2 = register_module("conv2", nn::Conv2d(32, 64, 3));
  nn::Linear& fc1 = register_module("fc1", nn::Linear(9216, 128));
  nn::Linear& fc2 = register_module("fc2", nn::Linear(128, 10));

  Tensor forward(const Tensor& images) override {
    Tensor x = relu(conv1(images));
    x = relu(conv2(x));
    x = flatten(max_pool2d(x, 2), 1);
    return fc2(relu(fc1(x)));
  }
};

}  // namespace tandem::models
