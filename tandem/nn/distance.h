// Distances of two tensors as modules.
#pragma once
#include "tandem/nn/loss.h"

namespace tandem::nn {

struct PairwiseDistanceOptions {
  double p = 2;
  double eps = 1e-6;
  bool keepdim = false;
};

/// The p-norm of x1 - x2 + eps along the last dim.
class PairwiseDistance : public Loss<PairwiseDistanceOptions> {
 public:
  static constexpr Signature called = "forward(x1, x2)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& x1, const Tensor& x2) override;
};

struct CosineSimilarityOptions {
  int64_t dim = 1;
  double eps = 1e-8;
};

/// The cosine of the angle between x1 and x2 along dim.
class CosineSimilarity : public Loss<CosineSimilarityOptions> {
 public:
  static constexpr Signature called = "forward(x1, x2)";
  using Loss::forward;
  using Loss::Loss;
  Tensor forward(const Tensor& x1, const Tensor& x2) override;
};

}  // namespace tandem::nn
