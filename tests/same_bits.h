// Are two tensors the same, to the bit?
#pragma once
#include <cstring>

#include "tandem/tensor/apply.h"

namespace tandem {

/// Of one type, whatever the strides.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type()) return false;
  const Tensor x = copy_of(a), y = copy_of(b);
  return x.nbytes() == 0 || std::memcmp(x.data_ptr(), y.data_ptr(), std::size_t(x.nbytes())) == 0;
}

}  // namespace tandem
