// A multilayer perceptron of any widths.
#pragma once
#include <vector>

#include "tandem/nn/nn.h"

namespace tandem::models {

/// widths {784, 512, 10}: Linear, ReLU, Linear. No activation after the last.
inline nn::Sequential mlp(const std::vector<int64_t>& widths) {
  nn::Sequential net;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    if (i) net.append(nn::ReLU());
    net.append(nn::Linear(widths[i], widths[i + 1]));
  }
  return net;
}

}  // namespace tandem::models
