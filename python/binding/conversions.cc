// x.to(...), x.float(), x.type(...), x.cpu(), x.new_zeros(...): the same elements elsewhere or in
// another dtype, and new ones of the same.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "python/binding/define_method.h"
#include "python/binding/errors.h"
#include "python/binding/factory.h"
#include "python/binding/location.h"
#include "python/binding/tensor_caster.h"
#include "python/binding/unlocked.h"
#include "tandem/ops/functions.h"

namespace tandem::python {
namespace {

/// The tensor itself where nothing changes.
nb::object converted(nb::handle self, DType dtype, bool copy = false) {
  const Tensor& t = tensor_of(self.ptr());
  if (t.dtype() == dtype && !copy) return nb::borrow(self);
  const Location where = line_for(t);
  Tensor result;
  {
    Unlocked threads(t.numel() >= long_elementwise);
    result = t.dtype() == dtype ? clone({t, where}) : cast({t, where}, dtype);
  }
  return nb::steal(wrap(std::move(result)));
}

template <DType T>
PyObject* as_dtype(PyObject* self, PyObject*) {
  return guarded([&] { return converted(self, T).release().ptr(); });
}

/// What x.to() is given, in any of its forms.
struct Target {
  std::optional<DType> dtype;
  bool copy = false;

  /// False: no dtype, device or tensor.
  bool take(nb::handle o) {
    DType t;
    Device d;
    if (o.is_none()) return true;
    if (to_dtype(o.ptr(), t)) {
      dtype = t;
    } else if (is_tensor(o.ptr())) {
      dtype = tensor_of(o.ptr()).dtype();
    } else if (!to_device(o.ptr(), d)) {
      if (PyErr_Occurred()) nb::raise_python_error();
      return false;
    }
    return true;
  }
};

nb::object to(nb::handle self, nb::args args, nb::kwargs keywords) {
  Target target;
  int flags = 0;  // non_blocking and copy come last, by position too
  for (nb::handle a : args) {
    bool flag;
    if (to_bool(a.ptr(), flag)) {
      if (flags++ == 1) target.copy = flag;
    } else if (!target.take(a)) {
      raise_argument("to", "other", "dtype, device or Tensor", a.ptr());
    }
  }
  for (auto [key, value] : keywords) {
    const std::string name = nb::cast<std::string>(key);
    if (name == "copy") {
      if (!to_bool(value.ptr(), target.copy)) raise_argument("to", "copy", "bool", value.ptr());
    } else if (name == "dtype" || name == "device" || name == "other") {
      if (!target.take(value))
        raise_argument("to", name, name == "other" ? "Tensor" : name, value.ptr());
    } else if (name != "non_blocking" && name != "memory_format") {
      raise_type_error(text("to(): no keyword '", name,
                            "'\nIt takes to(dtype or device or other, *, dtype=None, device=None, "
                            "non_blocking=False, copy=False, memory_format=None)"));
    }
  }
  return converted(self, target.dtype.value_or(tensor_of(self.ptr()).dtype()), target.copy);
}

constexpr std::string_view type_names[] = {
    "torch.BoolTensor",  "torch.ByteTensor",  "torch.CharTensor", "torch.ShortTensor",
    "torch.IntTensor",   "torch.LongTensor",  "torch.HalfTensor", "torch.BFloat16Tensor",
    "torch.FloatTensor", "torch.DoubleTensor"};

/// x.type(): "torch.FloatTensor"; x.type(dtype or name): converted.
nb::object type(nb::handle self, nb::object dtype, bool) {
  const Tensor& t = tensor_of(self.ptr());
  if (dtype.is_none()) return nb::str(std::string(type_names[int(t.dtype())]).c_str());
  DType wanted;
  if (to_dtype(dtype.ptr(), wanted)) return converted(self, wanted);
  // A name, or one of the legacy classes, which say their dtype.
  if (nb::isinstance<nb::str>(dtype)) {
    std::string name = nb::cast<std::string>(dtype);
    if (name.starts_with("tandem.")) name = "torch." + name.substr(7);
    for (int i = 0; i < dtype_count; ++i)
      if (name == type_names[i]) return converted(self, DType(i));
  } else if (nb::hasattr(dtype, "dtype") &&
             to_dtype(nb::object(dtype.attr("dtype")).ptr(), wanted)) {
    return converted(self, wanted);
  }
  raise_argument("type", "dtype", "dtype or a name such as \"torch.FloatTensor\"", dtype.ptr());
}

[[noreturn]] void raise_no_cuda() {
  PyErr_SetString(
      PyExc_RuntimeError,
      "cuda() is not available: this build of tandem runs on the CPU. Choose the device "
      "by tandem.cuda.is_available()");
  nb::raise_python_error();
}

/// x.new_zeros and its kind, which differ in what they fill with.
template <class Make>
void define_new(const char* name, Make make, const char* doc) {
  define_method(
      name,
      [name, make](const Tensor& t, nb::args sizes, std::optional<DType> dtype, OnCpu,
                   bool requires_grad, nb::object, bool) {
        return with_grad(make(sizes_of(name, sizes), dtype.value_or(t.dtype())), requires_grad);
      },
      nb::arg("size"), nb::kw_only(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, nb::arg("layout") = nb::none(),
      nb::arg("pin_memory") = false, doc);
}

}  // namespace

void bind_conversions(nb::module_&) {
  static PyMethodDef as[] = {
      {"float", as_dtype<DType::f32>, METH_NOARGS, "As float32."},
      {"double", as_dtype<DType::f64>, METH_NOARGS, "As float64."},
      {"half", as_dtype<DType::f16>, METH_NOARGS, "As float16."},
      {"bfloat16", as_dtype<DType::bf16>, METH_NOARGS, "As bfloat16."},
      {"long", as_dtype<DType::i64>, METH_NOARGS, "As int64."},
      {"int", as_dtype<DType::i32>, METH_NOARGS, "As int32."},
      {"short", as_dtype<DType::i16>, METH_NOARGS, "As int16."},
      {"char", as_dtype<DType::i8>, METH_NOARGS, "As int8."},
      {"byte", as_dtype<DType::u8>, METH_NOARGS, "As uint8."},
      {"bool", as_dtype<DType::boolean>, METH_NOARGS, "As bool: is the element not 0?"},
  };
  nb::object tensor = nb::borrow(reinterpret_cast<PyObject*>(tensor_type));
  for (PyMethodDef& d : as) tensor.attr(d.ml_name) = nb::steal(PyDescr_NewMethod(tensor_type, &d));

  define_method("to", to, "In another dtype or on another device; itself where nothing changes.");
  define_method("type", type, nb::arg("dtype") = nb::none(), nb::arg("non_blocking") = false,
                "The name of its type; with a dtype or such a name: converted.");
  define_method(
      "type_as",
      [](nb::handle self, const Tensor& other) { return converted(self, other.dtype()); },
      nb::arg("other"), "In another tensor's dtype.");
  define_method(
      "cpu", [](nb::object self, nb::args, nb::kwargs) { return self; },
      "On the CPU: the tensor itself where it is there.");
  define_method(
      "cuda", [](nb::handle, nb::args, nb::kwargs) -> nb::object { raise_no_cuda(); },
      "On a CUDA device.");

  define_new(
      "new_zeros", [](const Dims& s, DType t) { return zeros(s, t); }, "Zeros of its dtype.");
  define_new("new_ones", [](const Dims& s, DType t) { return ones(s, t); }, "Ones of its dtype.");
  define_new(
      "new_empty", [](const Dims& s, DType t) { return empty(s, t); },
      "An uninitialized tensor of its dtype.");
  define_method(
      "new_full",
      [](const Tensor& t, Dims size, Scalar value, std::optional<DType> dtype, OnCpu,
         bool requires_grad, nb::object,
         bool) { return with_grad(full(size, value, dtype.value_or(t.dtype())), requires_grad); },
      nb::arg("size"), nb::arg("fill_value"), nb::kw_only(), nb::arg("dtype") = nb::none(),
      nb::arg("device") = nb::none(), nb::arg("requires_grad") = false,
      nb::arg("layout") = nb::none(), nb::arg("pin_memory") = false,
      "Its dtype, every element the same.");
  define_method(
      "new_tensor",
      [](const Tensor& t, nb::handle data, std::optional<DType> dtype, OnCpu, bool requires_grad) {
        return with_grad(tensor_from_data(data.ptr(), dtype.value_or(t.dtype()), "new_tensor"),
                         requires_grad);
      },
      nb::arg("data"), nb::kw_only(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
      nb::arg("requires_grad") = false, "Data in its dtype.");
}

}  // namespace tandem::python
