// Finding the op that made the first NaN.
#pragma once
#include "tandem/tensor/apply.h"

namespace tandem {

/// Inside, every op checks its floating results, forward and backward, and the first NaN is an
/// error of code autograd that names the op and its line (a gradient op has the line that it
/// differentiates). Each op then costs a pass over its results: for debugging.
///
///     DetectAnomaly on;
///     loss_of(model, batch).backward();
class DetectAnomaly {
 public:
  explicit DetectAnomaly(bool on = true) : saved_(std::exchange(mode.detect_anomaly, on)) {}
  DetectAnomaly(const DetectAnomaly&) = delete;
  ~DetectAnomaly() { mode.detect_anomaly = saved_; }

 private:
  bool saved_;
};

}  // namespace tandem
