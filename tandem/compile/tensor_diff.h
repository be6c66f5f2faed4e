// How far two tensors are apart.
#pragma once
#include <cstdint>

#include "tandem/tensor/tensor.h"

namespace tandem {

struct TensorDiff {
  int64_t elements = 0;  // that differ; NaNs are equal to each other, 0 and -0 are not
  double largest = 0;    // |a - b|; inf where one of two is NaN
  uint64_t ulps = 0;     // the most floating numbers of this dtype that lie between; of integers 0
  int64_t at = -1;       // where `largest` is, in row-major order
  uint64_t ulps_at = 0;  // there
};

/// Of tensors of one type.
TensorDiff diff_tensors(const Tensor& a, const Tensor& b);

}  // namespace tandem
