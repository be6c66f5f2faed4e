#include "python/binding/tensor_new.h"

#include <nanobind/stl/optional.h>

#include "python/binding/define_method.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/numpy.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {
namespace {

Tensor with_grad(Tensor t, bool requires_grad) {
  if (requires_grad) t.requires_grad_();
  return t;
}

/// torch.as_tensor: shares what it can.
Tensor as_tensor(nb::handle data, std::optional<DType> dtype, OnCpu) {
  Tensor t;
  if (!to_tensor(data.ptr(), t)) {
    if (PyErr_Occurred()) nb::raise_python_error();
    return tensor_from_data(data.ptr(), dtype, "as_tensor");
  }
  return dtype && *dtype != t.dtype() ? cast({t, line_for(t)}, *dtype) : t;
}

Tensor tensor_from(PyObject* args) {
  const Py_ssize_t n = PyTuple_GET_SIZE(args);
  if (n == 0) return empty({0});
  PyObject* first = PyTuple_GET_ITEM(args, 0);
  if (n == 1 && is_tensor(first)) return Tensor::adopt(alias(tensor_of(first).impl()));
  Dims shape;
  const bool is_shape =
      PyLong_Check(first) || Py_TYPE(first)->tp_name == std::string_view("tandem.Size");
  if (!is_shape && n == 1) return tensor_from_data(first, DType::f32, "Tensor");
  if (!to_dims(PyLong_Check(first) ? args : first, shape))
    raise_argument("Tensor", "size", "ints", first);
  return empty(shape);
}

}  // namespace

PyObject* new_tensor(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    if (kwargs && PyDict_Size(kwargs) && type == tensor_type)
      raise_type_error("Tensor() takes no keywords: tensor(data, dtype=..., requires_grad=...)");
    return wrap_as(type, tensor_from(args));
  });
}

void bind_tensor_new(nb::module_& m) {
  m.def(
      "tensor",
      [](nb::handle data, std::optional<DType> dtype, OnCpu, bool requires_grad, bool) {
        if (is_tensor(data.ptr()) &&
            PyErr_WarnEx(PyExc_UserWarning,
                         "To copy construct from a tensor, it is recommended to use "
                         "sourceTensor.detach().clone() or "
                         "sourceTensor.detach().clone().requires_grad_(True), rather than "
                         "tensor(sourceTensor).",
                         1))
          nb::raise_python_error();
        return with_grad(tensor_from_data(data.ptr(), dtype, "tensor"), requires_grad);
      },
      nb::arg("data"), nb::kw_only(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("pin_memory") = false,
      "A new tensor of a number, nested lists of numbers, or an array, which is copied.");
  m.def("as_tensor", as_tensor, nb::arg("data"), nb::arg("dtype") = nb::none(),
        nb::arg("device") = nb::none(), "The data as a tensor, shared where that is possible.");
  m.def(
      "asarray",
      [](nb::handle data, std::optional<DType> dtype, OnCpu device, std::optional<bool> copy,
         bool requires_grad) {
        return with_grad(copy.value_or(false) ? tensor_from_data(data.ptr(), dtype, "asarray")
                                              : as_tensor(data, dtype, device),
                         requires_grad);
      },
      nb::arg("obj"), nb::kw_only(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("copy") = nb::none(), nb::arg("requires_grad") = false,
      "As as_tensor(); copy=True copies.");
  m.def("is_tensor", [](nb::handle o) { return is_tensor(o.ptr()); }, nb::arg("obj"));

  // Subclasses: nn.Parameter and the user's own.
  m.def(
      "_make_subclass",
      [](nb::handle type, const Tensor& data, bool requires_grad) {
        if (!PyType_Check(type.ptr()) ||
            !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()), tensor_type))
          raise_argument("_make_subclass", "type", "a subclass of Tensor", type.ptr());
        Tensor t = Tensor::adopt(alias(data.impl()));
        with_grad(t, requires_grad);
        PyObject* o = wrap_as(reinterpret_cast<PyTypeObject*>(type.ptr()), t);
        if (!o) nb::raise_python_error();
        return nb::steal(o);
      },
      nb::arg("type"), nb::arg("data"), nb::arg("requires_grad") = false,
      "A tensor of a subclass on the same elements, without history.");
  define_method(
      "as_subclass",
      [](const Tensor& t, nb::handle type) {
        if (!PyType_Check(type.ptr()) ||
            !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()), tensor_type))
          raise_argument("as_subclass", "cls", "a subclass of Tensor", type.ptr());
        PyObject* o =
            wrap_as(reinterpret_cast<PyTypeObject*>(type.ptr()), view_as({t, python_line()}, t));
        if (!o) nb::raise_python_error();
        return nb::steal(o);
      },
      nb::arg("cls"), "A view of all elements, with its history, of a subclass of Tensor.");
}

}  // namespace tandem::python
