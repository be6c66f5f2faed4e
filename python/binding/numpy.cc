#include "python/binding/numpy.h"

#include <memory>

#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/has_value.h"
#include "tandem/tensor/strides.h"

namespace tandem::python {
namespace {

/// The buffer protocol's letter for a dtype; null: it has none.
const char* format_of(DType t) {
  constexpr const char* letters[] = {"?", "B", "b", "h", "i", "q", "e", nullptr, "f", "d"};
  return letters[int(t)];
}

DType dtype_of_format(const Py_buffer& view, PyObject* exporter) {
  std::string_view format = view.format ? view.format : "B";
  if (format.size() == 2 && (format[0] == '@' || format[0] == '=' || format[0] == '<'))
    format.remove_prefix(1);
  if (format.size() == 1) {
    const char letter = format[0] == 'l' && view.itemsize == 8   ? 'q'
                        : format[0] == 'l' && view.itemsize == 4 ? 'i'
                                                                 : format[0];
    for (int i = 0; i < dtype_count; ++i)
      if (const char* f = format_of(DType(i)); f && *f == letter) return DType(i);
  }
  Ref dtype = Ref::steal(PyObject_GetAttrString(exporter, "dtype"));
  Ref name = Ref::steal(dtype ? PyObject_Str(dtype.get()) : nullptr);
  PyErr_Clear();
  const char* spelled = name ? PyUnicode_AsUTF8(name.get()) : nullptr;
  raise_type_error(text("can't convert ", describe(exporter), " of ",
                        spelled ? std::string_view(spelled) : format,
                        " to a tensor. The supported types are: float64, float32, float16, int64, "
                        "int32, int16, int8, uint8, and bool"));
}

struct Exported {
  Py_buffer view;
};

/// The last tensor on a buffer is gone, on whichever thread.
void release_exported(void* owner) {
  auto* e = static_cast<Exported*>(owner);
  if (Py_IsInitialized()) {
    const PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(&e->view);
    PyGILState_Release(state);
  }
  delete e;
}

struct Releaser {
  void operator()(Exported* e) const { release_exported(e); }
};

/// What the strides of one request live in.
struct ViewShape {
  Py_ssize_t shape[Dims::max_rank], strides[Dims::max_rank];
};

[[noreturn]] void raise_no_grad() {
  PyErr_SetString(PyExc_RuntimeError,
                  "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                  "instead.");
  nb::raise_python_error();
}

}  // namespace

Tensor tensor_over_buffer(PyObject* exporter, bool read) {
  auto fresh = std::make_unique<Exported>();
  if (PyObject_GetBuffer(exporter, &fresh->view, PyBUF_STRIDES | PyBUF_FORMAT | PyBUF_WRITABLE)) {
    PyErr_Clear();
    if (PyObject_GetBuffer(exporter, &fresh->view, PyBUF_STRIDES | PyBUF_FORMAT)) {
      PyErr_Clear();
      raise_type_error(text("can't convert ", describe(exporter),
                            " to a tensor: its elements are "
                            "no numbers. The supported types are: float64, float32, float16, "
                            "int64, int32, int16, int8, uint8, and bool"));
    }
    if (!read &&
        PyErr_WarnEx(PyExc_UserWarning,
                     "The given array is not writable, but the tensor on it is: writing to it is "
                     "undefined. Copy the array first, or use tensor()",
                     1)) {
      PyBuffer_Release(&fresh->view);
      nb::raise_python_error();
    }
  }
  std::unique_ptr<Exported, Releaser> owner(fresh.release());
  const Py_buffer& view = owner->view;
  Type type{dtype_of_format(view, exporter), {}};
  const int size = size_of(type.dtype);
  if (view.ndim > Dims::max_rank)
    fail(ErrorCode::shape, "from_numpy", "expected at most ", Dims::max_rank, " dims, got ",
         view.ndim);
  Dims strides;
  int64_t last = 0;
  for (int d = 0; d < view.ndim; ++d) {
    type.shape.push_back(view.shape[d]);
    if (view.strides[d] < 0 && view.shape[d] > 1) {
      PyErr_SetString(PyExc_ValueError,
                      "At least one stride in the given numpy array is negative, and tensors with "
                      "negative strides are not supported. Copy the array first: array.copy()");
      nb::raise_python_error();
    }
    if (view.strides[d] % size)
      fail(ErrorCode::value, "from_numpy", "the strides of the array are no multiples of its ",
           size, "-byte elements: copy it first");
    strides.push_back(view.shape[d] > 1 ? view.strides[d] / size : 1);
    last += (type.shape[d] - 1) * strides[d];
  }
  if (reinterpret_cast<std::uintptr_t>(view.buf) % std::uintptr_t(size))
    fail(ErrorCode::value, "from_numpy",
         "the elements of the array are not aligned: copy it first");
  Tensor t = type_only(type);
  TensorImpl* impl = t.impl();
  const int64_t count = type.shape.product();
  if (count == 0) set_contiguous_strides(type.shape, strides);
  impl->strides = strides;
  impl->contiguous = is_row_major(type.shape, strides);
  impl->storage = Storage::external(view.buf, count ? std::size_t(last + 1) * std::size_t(size) : 0,
                                    release_exported, owner.get());
  owner.release();
  impl->data = impl->storage->data;
  return t;
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  return guarded(
      [&] {
        const Tensor& t = tensor_of(self);
        if (t && t.requires_grad()) raise_no_grad();
        const char* format = format_of(t.dtype());
        check_has_value(t, "numpy", python_line());
        if (!format || !t.impl()->data) {
          PyErr_Format(PyExc_BufferError, "a tensor of %s has no buffer", text(t.dtype()).c_str());
          nb::raise_python_error();
        }
        const bool strided = (flags & PyBUF_STRIDES) == PyBUF_STRIDES;
        if (!t.is_contiguous() &&
            (!strided || (flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS)) {
          PyErr_SetString(PyExc_BufferError,
                          "the tensor is not contiguous: call x.contiguous() first");
          nb::raise_python_error();
        }
        auto of = std::make_unique<ViewShape>();
        for (int d = 0; d < t.dim(); ++d) {
          of->shape[d] = Py_ssize_t(t.shape()[d]);
          of->strides[d] = Py_ssize_t(t.strides()[d] * t.element_size());
        }
        view->buf = t.impl()->data;
        view->itemsize = t.element_size();
        view->len = Py_ssize_t(t.nbytes());
        view->readonly = 0;
        view->ndim = t.dim();
        view->format = flags & PyBUF_FORMAT ? const_cast<char*>(format) : nullptr;
        view->shape = flags & PyBUF_ND ? of->shape : nullptr;
        view->strides = strided ? of->strides : nullptr;
        view->suboffsets = nullptr;
        view->internal = of.release();
        view->obj = new_reference(self);
        return 0;
      },
      -1);
}
void release_buffer(PyObject*, Py_buffer* view) { delete static_cast<ViewShape*>(view->internal); }

PyObject* to_numpy(PyObject* self) {
  Tensor t = tensor_of(self);
  if (t && t.requires_grad()) raise_no_grad();
  nb::module_ numpy = nb::module_::import_("numpy");
  if (t.dtype() != DType::bf16)
    return numpy.attr("asarray")(nb::steal(PyMemoryView_FromObject(self))).release().ptr();
  nb::object bfloat16;
  try {
    bfloat16 = nb::module_::import_("ml_dtypes").attr("bfloat16");
  } catch (nb::python_error&) {
    raise_type_error("NumPy has no bfloat16: install ml_dtypes, or call x.float().numpy()");
  }
  Tensor bits = Tensor::adopt(alias(t.impl()));
  bits.impl()->type.dtype = DType::i16;
  nb::object words = nb::steal(wrap(bits));
  return numpy.attr("asarray")(nb::steal(PyMemoryView_FromObject(words.ptr())))
      .attr("view")(bfloat16)
      .release()
      .ptr();
}

void bind_numpy(nb::module_& m) {
  m.def(
      "from_numpy",
      [](nb::handle array) {
        Tensor t;
        if (!to_tensor(array.ptr(), t) || is_tensor(array.ptr()))
          raise_type_error(text("expected np.ndarray (got ", describe(array.ptr()), ")"));
        return t;
      },
      nb::arg("array"), "A tensor on the elements of a NumPy array, which it shares.");
  m.def(
      "frombuffer",
      [](nb::handle buffer, DType dtype, int64_t count, int64_t offset) {
        const Tensor bytes = tensor_over_buffer(buffer.ptr());
        const int64_t size = size_of(dtype), all = bytes.nbytes();
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.data_ptr()) + offset;
        if (!bytes.is_contiguous() || offset < 0 || offset > all || address % size)
          throw nb::value_error(
              "frombuffer: the elements must lie aligned within a contiguous buffer");
        if (count < 0) count = (all - offset) / size;
        if (count > (all - offset) / size)
          throw nb::value_error("frombuffer: the buffer is smaller than count elements");
        Tensor t = Tensor::adopt(alias(bytes.impl()));
        t.impl()->type = {dtype, {count}};
        t.impl()->strides = {1};
        t.impl()->contiguous = true;
        t.impl()->data += offset;
        return t;
      },
      nb::arg("buffer"), nb::kw_only(), nb::arg("dtype"), nb::arg("count") = -1,
      nb::arg("offset") = 0, "A tensor on the bytes of a buffer, which it shares.");
}

}  // namespace tandem::python
