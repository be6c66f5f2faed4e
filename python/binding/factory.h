// What functions that make tensors have in common.
#pragma once
#include "python/binding/convert.h"
#include "python/binding/tensor_type.h"

namespace tandem::python {

/// The size in rand(2, 3) and rand((2, 3)). Raises a TypeError for what is neither.
inline Dims sizes_of(std::string_view function, const nb::args& sizes) {
  Dims shape;
  PyObject* first = sizes.size() ? nb::object(sizes[0]).ptr() : nullptr;
  const bool one = sizes.size() == 1 && PySequence_Check(first) && !is_tensor(first);
  if (!to_dims(one ? first : sizes.ptr(), shape))
    raise_argument(function, "size", "ints or a tuple of ints", one ? first : sizes.ptr());
  return shape;
}

inline Tensor with_grad(Tensor t, bool requires_grad) {
  if (requires_grad) t.requires_grad_();
  return t;
}

}  // namespace tandem::python
