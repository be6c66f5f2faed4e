#include "python/binding/size_type.h"

#include <string>

#include "tandem/base/text.h"

namespace tandem::python {
namespace {

PyObject* repr(PyObject* self) {
  Ref list = Ref::steal(PySequence_List(self));
  if (!list) return nullptr;
  return PyUnicode_FromFormat("torch.Size(%R)", list.get());
}

PyObject* numel(PyObject* self, PyObject*) {
  int64_t n = 1;
  for (Py_ssize_t i = 0; i < PyTuple_Size(self); ++i) {
    const int64_t size = PyLong_AsLongLong(PyTuple_GetItem(self, i));
    if (size == -1 && PyErr_Occurred()) return nullptr;
    n *= size;
  }
  return PyLong_FromLongLong(n);
}

PyObject* as_size(Ref tuple) {
  if (!tuple || !PyTuple_CheckExact(tuple.get())) return tuple.release();
  return PyObject_CallOneArg(reinterpret_cast<PyObject*>(size_type), tuple.get());
}

/// A slice of a Size is a Size.
PyObject* subscript(PyObject* self, PyObject* key) {
  static const auto of_tuple =
      reinterpret_cast<binaryfunc>(PyType_GetSlot(&PyTuple_Type, Py_mp_subscript));
  return as_size(Ref::steal(of_tuple(self, key)));
}
PyObject* concat(PyObject* self, PyObject* other) {
  static const auto of_tuple =
      reinterpret_cast<binaryfunc>(PyType_GetSlot(&PyTuple_Type, Py_sq_concat));
  return as_size(Ref::steal(of_tuple(self, other)));
}

PyObject* reduce(PyObject* self, PyObject*) {
  Ref tuple = Ref::steal(PySequence_Tuple(self));
  Ref list = Ref::steal(PySequence_List(self));
  return list ? Py_BuildValue("(O(O))", size_type, list.get()) : nullptr;
}

PyObject* new_of(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  PyObject* self = PyTuple_Type.tp_new(type, args, kwargs);
  if (!self) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_Size(self); ++i) {
    PyObject* item = PyTuple_GetItem(self, i);
    if (PyLong_CheckExact(item)) continue;
    PyObject* whole = PyNumber_Index(item);
    if (!whole) {
      PyErr_Format(PyExc_TypeError, "Size() takes ints, got %.100s at index %zd",
                   Py_TYPE(item)->tp_name, i);
      Py_DECREF(self);
      return nullptr;
    }
    PyTuple_SET_ITEM(self, i, whole);
    Py_DECREF(item);
  }
  return self;
}

}  // namespace

PyObject* new_size(const Dims& shape) {
  PyObject* size = size_type->tp_alloc(size_type, shape.size());
  if (!size) return nullptr;
  for (int i = 0; i < shape.size(); ++i) PyTuple_SET_ITEM(size, i, PyLong_FromLongLong(shape[i]));
  return size;
}

void bind_size(nb::module_& m) {
  static PyMethodDef methods[] = {
      {"numel", numel, METH_NOARGS, "The number of elements of a tensor of this shape."},
      {"__reduce__", reduce, METH_NOARGS, nullptr},
      {}};
  static PyType_Slot slots[] = {
      {Py_tp_new, reinterpret_cast<void*>(new_of)},
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
      {Py_sq_concat, reinterpret_cast<void*>(concat)},
      {Py_tp_methods, methods},
      {Py_tp_doc, const_cast<char*>("The shape of a tensor: a tuple of ints.")},
      {0, nullptr}};
  static PyType_Spec spec{"tandem.Size", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  Ref bases = Ref::steal(PyTuple_Pack(1, &PyTuple_Type));
  size_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpecWithBases(&spec, bases.get()));
  if (!size_type) nb::raise_python_error();
  m.attr("Size") = nb::borrow(reinterpret_cast<PyObject*>(size_type));
}

}  // namespace tandem::python
