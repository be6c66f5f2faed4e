// The loss of a linear classifier.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// cross_entropy(input @ weight.mT + bias, target), classes in weight's first dim.
struct LinearCrossEntropy {
  static constexpr Signature signature =
      "linear_cross_entropy(input, linear_weight, target, linear_bias?, ignore_index, reduction, "
      "label_smoothing)";
  int64_t ignore_index = -100;
  Name reduction = "mean";
  double label_smoothing = 0;
  Tensor decompose(const Tensor& input, const Tensor& linear_weight, const Tensor& target,
                   const Tensor* linear_bias) const;
};

struct LinearCrossEntropyOps : List<LinearCrossEntropy> {};

}  // namespace tandem
