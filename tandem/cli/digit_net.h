// The convnet of `tandem train digits`.
#pragma once
#include <memory>

#include "tandem/data/dataset.h"
#include "tandem/nn/conv.h"
#include "tandem/nn/linear.h"

namespace tandem::cli {

/// Three convolutions, halved twice, and two linear layers. Takes pixels in 0..1,
/// float32[n, 1, 28, 28], and gives a score for each digit, float32[n, 10].
struct DigitNet : nn::Module {
  Tensor forward(const Tensor& pixels) override;

  nn::Conv2d& conv1 = register_module("conv1", nn::Conv2d(1, 16, 3, {.padding = 1}));
  nn::Conv2d& conv2 = register_module("conv2", nn::Conv2d(16, 32, 3, {.padding = 1}));
  nn::Conv2d& conv3 = register_module("conv3", nn::Conv2d(32, 64, 3, {.padding = 1}));
  nn::Linear& fc1 = register_module("fc1", nn::Linear(64 * 7 * 7, 64));
  nn::Linear& fc2 = register_module("fc2", nn::Linear(64, 10));
};

/// In how many rows of float32[n, classes] the highest score is at the label, int64[n].
int64_t count_right(const Tensor& scores, const Tensor& labels);

/// The part of `data` whose highest score is for the right digit.
double accuracy_of(DigitNet& net, std::shared_ptr<const Dataset> data);

}  // namespace tandem::cli
