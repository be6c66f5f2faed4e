// NaNs and infinities in a tensor.
#pragma once
#include <cstdint>

#include "tandem/tensor/tensor.h"

namespace tandem::runtime {

struct NonFinite {
  int64_t nans = 0, infinities = 0;
  int64_t first_nan = -1, first_infinity = -1;  // in row-major order; -1: there is none

  explicit operator bool() const { return nans || infinities; }
};
/// Of a tensor of any strides; one that is not floating has none.
NonFinite count_non_finite(const Tensor& t);

/// The same question at the speed of memory.
bool is_finite(const Tensor& t);

}  // namespace tandem::runtime
