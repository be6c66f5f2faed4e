// What a training epoch shows of itself.
#pragma once
#include <fmt/format.h>

#include "tandem/cli/progress.h"

namespace tandem::cli {

/// Means over the images of an epoch so far.
struct Averages {
  double loss = 0;
  int64_t right = 0, images = 0;

  void add(double batch_loss, int64_t batch_right, int64_t count) {
    loss += batch_loss * double(count);
    right += batch_right;
    images += count;
  }
  double mean_loss() const { return loss / double(images); }
  double accuracy() const { return double(right) / double(images); }
  std::vector<ProgressValue> values() const {
    return {{"loss", fmt::format("{:.4f}", mean_loss())},
            {"accuracy", fmt::format("{:.2f} %", 100 * accuracy())}};
  }
};

}  // namespace tandem::cli
