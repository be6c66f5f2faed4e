// tandem.Tensor: a hand-written CPython type, half the cost of a nanobind class.
#pragma once
#include "python/binding/python.h"
#include "tandem/tensor/tensor.h"

namespace tandem::python {

/// The wrapper owns the tensor; TensorImpl::python points back, so that a tensor has one wrapper at
/// a time and `x.grad is x.grad`. Where the impl outlives a wrapper that has attributes or is of a
/// subclass, ownership turns round: bit 0 of TensorImpl::python says that the impl owns it.
struct TensorObject {
  PyObject_HEAD Tensor tensor;  // undefined while the impl owns the wrapper
  TensorImpl* owned_by;         // that impl; null: none does, or it is gone
  PyObject* size;               // x.shape, made on first use
  PyObject* dict;               // attributes, made on first use
  PyObject* weak;               // weak references
};

inline PyTypeObject* tensor_type = nullptr;

inline bool is_tensor(PyObject* o) {
  return Py_TYPE(o) == tensor_type || PyType_IsSubtype(Py_TYPE(o), tensor_type);
}
/// Turns the ownership back, for a wrapper that came to light by a weak reference.
void reclaim(TensorObject* o);
/// Of an object that is_tensor(): borrowed.
inline Tensor& tensor_of_mutable(PyObject* object) {
  auto* o = reinterpret_cast<TensorObject*>(object);
  if (!o->tensor.defined()) [[unlikely]]
    reclaim(o);
  return o->tensor;
}
inline const Tensor& tensor_of(PyObject* o) { return tensor_of_mutable(o); }

/// The tensor's wrapper, a new reference; None for an undefined tensor.
PyObject* wrap(Tensor t);
/// A wrapper of a subclass for a tensor that has none yet.
PyObject* wrap_as(PyTypeObject* type, Tensor t);
/// Its shape changed in place: forgets the cached Size.
void forget_size(PyObject* tensor);
void bind_tensor_type(nb::module_& m);
/// x.__dict__.
PyObject* attributes_of(PyObject* tensor, void*);
int set_attributes_of(PyObject* tensor, PyObject* dict, void*);
/// Its attributes: x.shape, x.grad (tensor_attributes.cc).
extern PyGetSetDef tensor_attributes[];
/// Its methods that take few arguments (tensor_methods.cc).
extern PyMethodDef tensor_methods[];
/// Those with keywords and defaults, and conversions to other dtypes and devices.
void bind_tensor_methods(nb::module_& m);
void bind_conversions(nb::module_& m);

}  // namespace tandem::python
