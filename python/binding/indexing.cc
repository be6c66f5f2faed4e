#include "python/binding/indexing.h"

#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/numpy.h"
#include "python/binding/operand.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/indexing.h"
#include "tandem/ops/variants.h"

namespace tandem::python {
namespace {

using indexing::Slice;
using indexing::TensorIndex;

[[noreturn]] void raise_index_error(const std::string& message) {
  PyErr_SetString(PyExc_IndexError, message.c_str());
  nb::raise_python_error();
}

/// A bound of a slice: None, or what can be an index. Bounds are clamped, however large.
std::optional<int64_t> bound(PyObject* o) {
  if (o == Py_None) return {};
  Ref whole = Ref::steal(PyNumber_Index(o));
  if (!whole) nb::raise_python_error();
  int overflow = 0;
  const long long n = PyLong_AsLongLongAndOverflow(whole.get(), &overflow);
  if (overflow) return overflow > 0 ? INT64_MAX : INT64_MIN + 1;
  return n;
}

TensorIndex slice_index(PyObject* o, Location where) {
  PySliceObject* s = reinterpret_cast<PySliceObject*>(o);
  const int64_t step = bound(s->step).value_or(1);
  if (step <= 0) {
    PyErr_SetString(PyExc_ValueError,
                    "step must be greater than zero: reverse a dim with x.flip(dim)");
    nb::raise_python_error();
  }
  return {Slice(bound(s->start), bound(s->stop), step), where};
}

TensorIndex one_index(PyObject* o, Location where) {
  if (PyLong_CheckExact(o)) {
    int64_t i;
    if (!to_integer(o, i)) nb::raise_python_error();
    return {i, where};
  }
  if (o == Py_None) return {std::nullopt, where};
  if (o == Py_Ellipsis) return {indexing::Ellipsis, where};
  if (PySlice_Check(o)) return slice_index(o, where);
  if (is_tensor(o)) return {tensor_of(o), where};
  bool flag;
  if (to_bool(o, flag)) return {flag, where};
  if (PyUnicode_Check(o) || PyBytes_Check(o))
    raise_type_error(
        "tensors are indexed by ints, slices, None, ..., tensors and lists of ints, "
        "not by str");
  Tensor t;
  if (to_tensor(o, t)) return {t, where};
  if (PyErr_Occurred()) nb::raise_python_error();
  int64_t i;
  if (to_integer(o, i)) return {i, where};
  if (PyErr_Occurred()) nb::raise_python_error();
  if (PySequence_Check(o)) {
    Tensor list = tensor_from_data(o, {}, "index");
    if (list.numel() == 0) list = cast(list, DType::i64);
    return {list, where};
  }
  raise_index_error(
      text("tensors are indexed by ints, slices, None, ..., tensors and lists of "
           "ints, not by ",
           describe(o)));
}

std::vector<TensorIndex> indices_of(PyObject* key, Location where) {
  std::vector<TensorIndex> indices;
  if (PyTuple_Check(key)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i)
      indices.push_back(one_index(PyTuple_GET_ITEM(key, i), where));
  } else {
    indices.push_back(one_index(key, where));
  }
  return indices;
}

PyObject* subscript(PyObject* self, PyObject* key) {
  return guarded([&] {
    const Tensor& t = tensor_of(self);
    const Location where = line_for(t);
    if (PyLong_CheckExact(key)) {
      int64_t i;
      if (!to_integer(key, i)) nb::raise_python_error();
      if (t && t.dim() == 0)
        raise_index_error(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python to "
            "convert a 0-dim tensor to a number");
      return wrap(select({t, where}, 0, i));
    }
    return wrap(tandem::index({t, where}, indices_of(key, where)));
  });
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
  return guarded(
      [&] {
        if (!value) raise_type_error("the elements of a tensor cannot be deleted");
        const Location where = python_line();
        const std::vector<TensorIndex> indices = indices_of(key, where);
        Tensor& target = tensor_of_mutable(self);
        const Operand source(value);
        if (source) {
          index_put_(target, indices, source.argument(where));
        } else {
          if (PyErr_Occurred()) nb::raise_python_error();
          if (!PySequence_Check(value) || PyUnicode_Check(value))
            raise_type_error(
                text("can't assign a ", describe(value), " to a tensor of ", target.dtype()));
          const Tensor data = tensor_from_data(value, target.dtype(), "tensor");
          index_put_(target, indices, NumArg(data, where));
        }
        return 0;
      },
      -1);
}

Py_ssize_t length(PyObject* self) {
  return guarded(
      [&]() -> Py_ssize_t {
        const Tensor& t = tensor_of(self);
        if (t && t.dim() == 0) raise_type_error("len() of a 0-d tensor");
        return Py_ssize_t(t.shape()[0]);
      },
      Py_ssize_t(-1));
}

PyObject* iterate(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Tensor& t = tensor_of(self);
    if (t && t.dim() == 0) raise_type_error("iteration over a 0-d tensor");
    const std::vector<Tensor> parts = unbind({t, line_for(t)}, 0);
    Ref list = Ref::steal(PyList_New(Py_ssize_t(parts.size())));
    if (!list) return nullptr;
    for (std::size_t i = 0; i < parts.size(); ++i)
      PyList_SET_ITEM(list.get(), Py_ssize_t(i), wrap(parts[i]));
    return PyObject_GetIter(list.get());
  });
}

int contains(PyObject* self, PyObject* element) {
  return guarded(
      [&]() -> int {
        const Operand e(element);
        if (!e) {
          if (PyErr_Occurred()) nb::raise_python_error();
          raise_type_error(
              text("`in` a tensor takes a number or a tensor, not ", describe(element)));
        }
        const Location where = python_line();
        NoGrad no_history;
        return any(eq({tensor_of(self), where}, e.argument(where))).item<bool>(where);
      },
      -1);
}

}  // namespace

void add_indexing_slots(std::vector<PyType_Slot>& slots) {
  slots.insert(slots.end(), {
                                {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
                                {Py_mp_ass_subscript, reinterpret_cast<void*>(assign_subscript)},
                                {Py_mp_length, reinterpret_cast<void*>(length)},
                                {Py_sq_length, reinterpret_cast<void*>(length)},
                                {Py_sq_contains, reinterpret_cast<void*>(contains)},
                                {Py_tp_iter, reinterpret_cast<void*>(iterate)},
                                {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                                {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)},
                            });
}

}  // namespace tandem::python
