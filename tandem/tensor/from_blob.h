// A tensor over memory that belongs to somebody else: a mapped file, another library's array.
#pragma once
#include <memory>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// A tensor whose elements are at `data`, row-major; nothing is copied. `owner` is kept as long as
/// the tensor or a view of it lives; where it is null the caller sees to that. `data` must be
/// aligned to an element.
Tensor from_blob(void* data, const Dims& shape, DType dtype, std::shared_ptr<void> owner = nullptr);

}  // namespace tandem
