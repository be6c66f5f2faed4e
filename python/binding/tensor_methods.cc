// The methods of Tensor that concern the object itself: everything but ops.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "python/binding/define_method.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/numpy.h"
#include "python/binding/operand.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_caster.h"
#include "python/binding/tensor_storage.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/in_place.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/has_value.h"
#include "tandem/tensor/strides.h"

namespace tandem::python {
namespace {

template <auto F>
PyObject* no_arguments(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* { return F(self, tensor_of(self)); });
}
template <auto F>
PyMethodDef method(const char* name, const char* doc) {
  return {name, no_arguments<F>, METH_NOARGS, doc};
}

PyObject* item(PyObject*, const Tensor& t) {
  const Location where = python_line();
  if (t && t.numel() != 1)
    fail(ErrorCode::value, "item", "a Tensor with ", t.numel(),
         " elements cannot be converted to Scalar (shape ", t.shape(), ")");
  switch (category(t.dtype())) {
    case Category::boolean:
      return PyBool_FromLong(t.item<bool>(where));
    case Category::integral:
      return PyLong_FromLongLong(t.item<int64_t>(where));
    default:
      return PyFloat_FromDouble(t.item<double>(where));
  }
}

template <class Make>
PyObject* nested(const Dims& shape, int depth, Make& make) {
  if (depth == shape.size()) return make();
  Ref list = Ref::steal(PyList_New(Py_ssize_t(shape[depth])));
  if (!list) return nullptr;
  for (int64_t i = 0; i < shape[depth]; ++i) {
    PyObject* part = nested(shape, depth + 1, make);
    if (!part) return nullptr;
    PyList_SET_ITEM(list.get(), Py_ssize_t(i), part);
  }
  return list.release();
}

PyObject* to_list(PyObject* self, const Tensor& t) {
  if (t && t.dim() == 0) return item(self, t);
  check_has_value(t, "tolist", python_line());
  if (is_floating(t.dtype())) {
    const std::vector<double> values = t.to_vector<double>();
    auto make = [at = values.data()]() mutable { return PyFloat_FromDouble(*at++); };
    return nested(t.shape(), 0, make);
  }
  const std::vector<int64_t> values = t.to_vector<int64_t>();
  const bool is_flag = t.dtype() == DType::boolean;
  auto make = [at = values.data(), is_flag]() mutable {
    return is_flag ? PyBool_FromLong(long(*at++)) : PyLong_FromLongLong(*at++);
  };
  return nested(t.shape(), 0, make);
}

PyObject* rank(PyObject*, const Tensor& t) { return PyLong_FromLong(t.dim()); }
PyObject* elements(PyObject*, const Tensor& t) { return PyLong_FromLongLong(t.numel()); }
PyObject* element_size(PyObject*, const Tensor& t) { return PyLong_FromLong(t.element_size()); }
PyObject* detach(PyObject*, const Tensor& t) { return wrap(t.detach()); }
PyObject* address(PyObject*, const Tensor& t) {
  return PyLong_FromVoidPtr(const_cast<void*>(t.data_ptr()));
}
PyObject* offset(PyObject*, const Tensor& t) { return PyLong_FromLongLong(t.storage_offset()); }
PyObject* device_number(PyObject*, const Tensor& t) {
  return PyLong_FromLong(t.device().type == DeviceType::cpu ? -1 : t.device().index);
}
PyObject* is_floating_point(PyObject*, const Tensor& t) {
  return PyBool_FromLong(is_floating(t.dtype()));
}
PyObject* is_signed(PyObject*, const Tensor& t) {
  return PyBool_FromLong(t.dtype() != DType::boolean && t.dtype() != DType::u8);
}
PyObject* is_inference(PyObject*, const Tensor& t) {
  return PyBool_FromLong(t.dim() >= 0 && t.impl()->inference);
}
PyObject* no(PyObject*, const Tensor&) { Py_RETURN_FALSE; }
PyObject* itself(PyObject* self, const Tensor&) { return new_reference(self); }

PyObject* zero_in_place(PyObject* self, const Tensor&) {
  tensor_of_mutable(self).zero_(python_line());
  return new_reference(self);
}
PyObject* retain_gradient(PyObject*, const Tensor& t) {
  t.retain_grad();
  Py_RETURN_NONE;
}
PyObject* detach_in_place(PyObject* self, const Tensor& t) {
  if (t.impl()->view)
    fail(ErrorCode::autograd, "detach_", "can't detach views in-place: use detach() instead");
  set_elements(self, t.detach());
  if (Node* n = std::exchange(t.impl()->node, nullptr)) tape->release_node(n);
  t.impl()->requires_grad = false;
  return new_reference(self);
}

/// x.size(), x.size(0)
PyObject* size(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    const Tensor& t = tensor_of(self);
    const Py_ssize_t given = count + (keywords ? PyTuple_GET_SIZE(keywords) : 0);
    if (given == 0) return PyObject_GetAttrString(self, "shape");
    int64_t dim;
    if (given > 1) raise_type_error("size(): takes at most one argument, dim");
    if (args[0] == Py_None) return PyObject_GetAttrString(self, "shape");
    if (!to_integer(args[0], dim)) raise_argument("size", "dim", "int", args[0]);
    if (t && t.dim() == 0)
      fail(ErrorCode::index, "size", "dimension specified as ", dim,
           " but tensor has no dimensions");
    return PyLong_FromLongLong(t.size(dim));
  });
}

bool is_channels_last(const Tensor& t) {
  if (t.dim() != 4) return false;
  const Dims& s = t.shape();
  return is_row_major({s[0], s[2], s[3], s[1]},
                      {t.strides()[0], t.strides()[2], t.strides()[3], t.strides()[1]});
}

}  // namespace

PyMethodDef tensor_methods[] = {
    {"size", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(size)),
     METH_FASTCALL | METH_KEYWORDS, "The shape, or the size of one dim."},
    method<item>("item", "The value of a tensor of one element."),
    method<to_list>("tolist", "The elements as nested lists of Python numbers."),
    method<rank>("dim", "The number of dims."),
    method<rank>("ndimension", "The number of dims."),
    method<elements>("numel", "The number of elements."),
    method<elements>("nelement", "The number of elements."),
    method<element_size>("element_size", "Bytes of an element."),
    method<detach>("detach", "The same elements without history."),
    method<detach_in_place>("detach_", "Drops the history."),
    method<address>("data_ptr", "The address of the first element."),
    method<offset>("storage_offset", "Where the first element lies, in elements."),
    method<device_number>("get_device", "The number of the device; -1: the CPU."),
    method<is_floating_point>("is_floating_point", nullptr),
    method<no>("is_complex", nullptr),
    method<is_signed>("is_signed", nullptr),
    method<is_inference>("is_inference", nullptr),
    method<no>("is_pinned", nullptr),
    method<no>("is_shared", nullptr),
    method<itself>("pin_memory", "The tensor itself: there is no device to copy to."),
    method<itself>("share_memory_", "The tensor itself: threads share all memory."),
    method<itself>("resolve_conj", "The tensor itself: it is real."),
    method<itself>("resolve_neg", "The tensor itself."),
    method<zero_in_place>("zero_", "Fills with zeros."),
    method<retain_gradient>("retain_grad", "Keeps the gradient of a result in .grad."),
    {}};

void bind_tensor_methods(nb::module_&) {
  define_method(
      "numpy",
      [](nb::handle self, bool force) {
        nb::object t = nb::borrow(self);
        if (force && tensor_of(self.ptr())) t = nb::steal(wrap(tensor_of(self.ptr()).detach()));
        return nb::steal(to_numpy(t.ptr()));
      },
      nb::kw_only(), nb::arg("force") = false,
      "A NumPy array on the same elements; force=True: of a tensor that requires grad, too.");
  define_method(
      "stride",
      [](const Tensor& t, std::optional<int64_t> dim) -> nb::object {
        if (dim) return nb::int_(t.stride(*dim));
        return nb::steal(from_dims(t.strides()));
      },
      nb::arg("dim") = nb::none(), "How far apart neighbours of a dim lie, in elements.");
  define_method(
      "is_contiguous",
      [](const Tensor& t, nb::object memory_format) {
        const bool last =
            !memory_format.is_none() &&
            std::string_view(nb::str(memory_format).c_str()).ends_with("channels_last");
        return last ? is_channels_last(t) : t.is_contiguous();
      },
      nb::arg("memory_format") = nb::none(), "Are the elements dense, in row-major order?");
  define_method(
      "requires_grad_",
      [](nb::object self, bool wanted) {
        tensor_of_mutable(self.ptr()).requires_grad_(wanted);
        return self;
      },
      nb::arg("requires_grad") = true, "Asks for a gradient of this leaf.");
  define_method(
      "copy_",
      [](nb::object self, nb::handle source, bool) {
        const Operand from(source.ptr());
        if (!from) raise_argument("copy_", "src", "Tensor", source.ptr());
        const Location where = python_line();
        Tensor& target = tensor_of_mutable(self.ptr());
        target.copy_(from.tensor() ? *from.tensor() : full({}, from.argument(where).number), where);
        return self;
      },
      nb::arg("src"), nb::arg("non_blocking") = false, "Overwrites the elements.");
  define_method(
      "fill_",
      [](nb::object self, nb::handle value) {
        const Operand v(value.ptr());
        if (!v) raise_argument("fill_", "value", "number or 0-d Tensor", value.ptr());
        const Location where = python_line();
        Tensor& target = tensor_of_mutable(self.ptr());
        if (v.tensor() && v.tensor()->dim() != 0)
          fail(ErrorCode::shape, "fill_", "fill_ only supports a 0-dimensional value tensor, got ",
               v.tensor()->type());
        if (v.tensor())
          assign(target, *v.tensor(), "fill_", where);
        else
          target.fill_(v.argument(where).number, where);
        return self;
      },
      nb::arg("value"), "Sets every element to a number.");
  define_method(
      "resize_",
      [](nb::object self, nb::args sizes) {
        Dims shape;
        const bool one = sizes.size() == 1 && PySequence_Check(nb::object(sizes[0]).ptr());
        if (!to_dims(one ? nb::object(sizes[0]).ptr() : sizes.ptr(), shape))
          raise_argument("resize_", "sizes", "ints", sizes.ptr());
        const Tensor old = tensor_of(self.ptr());
        const Tensor fresh = empty(shape, old.dtype());
        const std::size_t kept = std::size_t(std::min(old.nbytes(), fresh.nbytes()));
        if (kept && old.is_contiguous()) std::memcpy(fresh.impl()->data, old.data_ptr(), kept);
        set_elements(self.ptr(), fresh);
        return self;
      },
      "Another shape, keeping the first elements.");
  define_method(
      "set_",
      [](nb::object self, const Tensor& source) {
        set_elements(self.ptr(), source);
        return self;
      },
      nb::arg("source"), "Looks at the elements of another tensor.");
}

}  // namespace tandem::python
