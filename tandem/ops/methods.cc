// The members of Tensor that stand for ops: what a PyTorch user writes behind a dot.
#include <algorithm>

#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem {

// clang-format off
Tensor Tensor::to(DType dtype, Location where) const { return cast({*this, where}, dtype); }
Tensor Tensor::clone(Location where) const { return tandem::clone({*this, where}); }
Tensor Tensor::contiguous(Location where) const { return tandem::contiguous({*this, where}); }
Tensor Tensor::reshape(const Dims& shape, Location where) const { return tandem::reshape({*this, where}, shape); }
Tensor Tensor::expand(const Dims& size, Location where) const { return tandem::expand({*this, where}, size); }
Tensor Tensor::permute(const Dims& dims, Location where) const { return tandem::permute({*this, where}, dims); }
Tensor Tensor::transpose(int64_t dim0, int64_t dim1, Location where) const { return tandem::transpose({*this, where}, dim0, dim1); }
Tensor Tensor::view(const Dims& shape, Location where) const { return tandem::view({*this, where}, shape); }
// clang-format on

Tensor Tensor::T(Location where) const {
  Dims order = Dims::range(dim());
  std::reverse(order.begin(), order.end());
  return permute(order, where);
}

}  // namespace tandem
