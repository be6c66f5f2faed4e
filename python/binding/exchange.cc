// Tensors handed to and taken from other libraries and processes: DLPack, pickle, copy.
#include <cstring>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "python/binding/define_method.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/dlpack.h"

namespace tandem::python {
namespace {

constexpr const char* old_name = "dltensor";
constexpr const char* new_name = "dltensor_versioned";

/// A capsule that nobody took frees what it holds.
template <class Managed>
nb::object capsule(Managed* managed, const char* name) {
  static const char* const of = name;
  PyObject* o = PyCapsule_New(managed, name, [](PyObject* self) {
    if (!PyCapsule_IsValid(self, of)) return;  // taken: it was renamed
    auto* m = static_cast<Managed*>(PyCapsule_GetPointer(self, of));
    if (m->deleter) m->deleter(m);
  });
  if (!o) {
    managed->deleter(managed);
    nb::raise_python_error();
  }
  return nb::steal(o);
}

nb::object export_dlpack(const Tensor& t, nb::object stream, nb::object max_version,
                         nb::object dl_device, std::optional<bool> copy) {
  if (!stream.is_none() && !nb::isinstance<nb::int_>(stream))
    raise_argument("__dlpack__", "stream", "int or None", stream.ptr());
  if (!dl_device.is_none() && nb::cast<int>(dl_device[0]) != 1) {
    PyErr_SetString(PyExc_BufferError, "__dlpack__: the tensor is on the CPU, device (1, 0)");
    nb::raise_python_error();
  }
  Tensor shared = t;
  if (copy.value_or(false)) shared = copy_of(t.detach());
  const bool versioned = !max_version.is_none() && nb::cast<int>(max_version[0]) >= 1;
  if (versioned) return capsule(to_dlpack(shared), new_name);
  return capsule(to_dlpack_unversioned(shared), old_name);
}

template <class Managed>
Tensor take(PyObject* capsule, const char* name, const char* used, std::optional<bool> copy) {
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  if (!managed) nb::raise_python_error();
  Tensor t = from_dlpack(managed, copy);
  PyCapsule_SetName(capsule, used);
  PyCapsule_SetDestructor(capsule, nullptr);
  return t;
}

Tensor import_dlpack(nb::object from, nb::object, std::optional<bool> copy) {
  nb::object held = from;
  if (!PyCapsule_CheckExact(held.ptr())) {
    if (!nb::hasattr(from, "__dlpack__"))
      raise_argument("from_dlpack", "ext_tensor", "an object with __dlpack__", from.ptr());
    try {
      held = from.attr("__dlpack__")(nb::arg("max_version") = nb::make_tuple(1, 0));
    } catch (nb::python_error& e) {
      if (!e.matches(PyExc_TypeError)) throw;  // the protocol before version 1
      held = from.attr("__dlpack__")();
    }
  }
  if (PyCapsule_IsValid(held.ptr(), new_name))
    return take<dlpack::ManagedVersioned>(held.ptr(), new_name, "used_dltensor_versioned", copy);
  return take<dlpack::Managed>(held.ptr(), old_name, "used_dltensor", copy);
}

nb::bytes bytes_of(const Tensor& t) {
  const Tensor dense = t.is_contiguous() ? t : copy_of(t.detach());
  return nb::bytes(dense.data_ptr(), std::size_t(dense.nbytes()));
}

Tensor from_bytes(const nb::bytes& bytes, DType dtype, const Dims& shape) {
  Tensor t = empty(shape, dtype);
  if (std::size_t(t.nbytes()) != bytes.size())
    throw nb::value_error("a pickled tensor has another number of bytes than its shape says");
  std::memcpy(t.impl()->data, bytes.data(), bytes.size());
  return t;
}

nb::object attributes_of(nb::handle self) {
  nb::object dict = nb::getattr(self, "__dict__", nb::none());
  return !dict.is_none() && PyDict_Size(dict.ptr()) ? dict : nb::none();
}

nb::object as_type_of(nb::handle type, Tensor t, bool requires_grad) {
  if (requires_grad) t.requires_grad_();
  PyObject* o = wrap_as(reinterpret_cast<PyTypeObject*>(type.ptr()), std::move(t));
  if (!o) nb::raise_python_error();
  return nb::steal(o);
}

nb::object rebuild(nb::handle type, const nb::bytes& bytes, DType dtype, const Dims& shape,
                   bool requires_grad) {
  if (!PyType_Check(type.ptr()) ||
      !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()), tensor_type))
    raise_argument("_rebuild_tensor", "type", "Tensor or a subclass", type.ptr());
  return as_type_of(type, from_bytes(bytes, dtype, shape), requires_grad);
}

nb::object deep_copy(nb::handle self, nb::dict memo) {
  const nb::object key = nb::steal(PyLong_FromVoidPtr(self.ptr()));
  if (memo.contains(key)) return memo[key];
  const Tensor& t = tensor_of(self.ptr());
  if (!t.is_leaf())
    fail(ErrorCode::autograd, "deepcopy",
         "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
         "at the moment: detach() it first");
  nb::object copy = as_type_of(self.type(), copy_of(t.detach()), t.requires_grad());
  memo[key] = copy;
  if (const Tensor g = t.grad()) tensor_of(copy.ptr()).set_grad(copy_of(g.detach()));
  if (nb::object dict = attributes_of(self); !dict.is_none())
    copy.attr("__dict__") = nb::module_::import_("copy").attr("deepcopy")(dict, memo);
  return copy;
}

}  // namespace

void bind_exchange(nb::module_& m) {
  define_method("__dlpack__", export_dlpack, nb::kw_only(), nb::arg("stream") = nb::none(),
                nb::arg("max_version") = nb::none(), nb::arg("dl_device") = nb::none(),
                nb::arg("copy") = nb::none());
  define_method("__dlpack_device__", [](const Tensor&) { return nb::make_tuple(1, 0); });
  m.def("from_dlpack", import_dlpack, nb::arg("ext_tensor"), nb::kw_only(),
        nb::arg("device") = nb::none(), nb::arg("copy") = nb::none(),
        "A tensor on the elements of another library's array, which it shares.");

  m.def("_rebuild_tensor", rebuild);
  define_method("__reduce_ex__", [](nb::handle self, int) {
    const Tensor& t = tensor_of(self.ptr());
    if (!t.is_leaf())
      fail(ErrorCode::autograd, "pickle", "a result with history cannot be pickled: detach() it");
    // Python's functions, which pickle can name.
    return nb::make_tuple(nb::module_::import_("tandem._pickle").attr("rebuild_tensor"),
                          nb::make_tuple(self.type(), bytes_of(t), text(t.dtype()),
                                         nb::steal(from_dims(t.shape())), t.requires_grad()),
                          attributes_of(self));
  });
  define_method("__deepcopy__", deep_copy, nb::arg("memo"));
  define_method(
      "__array__",
      [](nb::object self, nb::object dtype, std::optional<bool> copy) {
        nb::object array = self.attr("numpy")();
        if (!dtype.is_none() && !array.attr("dtype").equal(dtype)) {
          if (copy == false) throw nb::value_error("__array__: another dtype needs a copy");
          return nb::object(array.attr("astype")(dtype));
        }
        return copy.value_or(false) ? nb::object(array.attr("copy")()) : array;
      },
      nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none());
  define_method(
      "__array_wrap__",
      [](nb::handle, nb::object array, nb::args) -> nb::object {
        Tensor t;
        if (!to_tensor(array.ptr(), t)) {
          if (PyErr_Occurred()) nb::raise_python_error();
          return array;
        }
        return nb::steal(wrap(std::move(t)));
      },
      nb::arg("array"), nb::arg("context"));
  nb::handle(reinterpret_cast<PyObject*>(tensor_type)).attr("__array_priority__") = 1000;
}

}  // namespace tandem::python
