// A Python object as an operand of an op that takes tensors or numbers.
#pragma once
#include <optional>

#include "python/binding/convert.h"
#include "python/binding/tensor_type.h"

namespace tandem::python {

/// Borrows a tensor; holds a number, or a tensor made from a NumPy array.
class Operand {
 public:
  explicit Operand(PyObject* o) {
    if (PyFloat_CheckExact(o))
      number_ = PyFloat_AS_DOUBLE(o), is_number_ = true;
    else if (is_tensor(o)) [[likely]]
      tensor_ = &tensor_of(o);
    else if (to_scalar(o, number_))
      is_number_ = true;
    else if (!PyErr_Occurred() && to_tensor(o, made_))
      tensor_ = &made_;
  }
  Operand(const Operand&) = delete;

  explicit operator bool() const { return tensor_ || is_number_; }
  const Tensor* tensor() const { return tensor_; }
  int64_t numel() const { return tensor_ && tensor_->defined() ? tensor_->numel() : 0; }
  NumArg argument(Location where) const {
    return tensor_ ? NumArg(*tensor_, where) : NumArg(number_, where);
  }

 private:
  const Tensor* tensor_ = nullptr;
  Scalar number_;
  bool is_number_ = false;
  Tensor made_;
};

}  // namespace tandem::python
