#include "python/binding/convert.h"

#include "python/binding/numpy.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_type.h"
#include "tandem/tensor/attribute_value.h"

namespace tandem::python {
namespace {

/// A NumPy array, or one of a subclass (memmap).
bool is_numpy_array(PyObject* o) {
  for (const PyTypeObject* type = Py_TYPE(o); type; type = type->tp_base)
    if (std::string_view(type->tp_name) == "numpy.ndarray") return true;
  return false;
}
/// A NumPy scalar, whose type is not Python's own: "numpy.int64".
bool is_numpy_scalar(PyObject* o) {
  return std::string_view(Py_TYPE(o)->tp_name).starts_with("numpy.") && !is_numpy_array(o);
}
bool is_numpy_bool(PyObject* o) {
  const std::string_view type = Py_TYPE(o)->tp_name;
  return type == "numpy.bool" || type == "numpy.bool_";
}

/// The value of a tensor of one element; false with a Python error where it has none.
template <class F>
bool with_element(const Tensor& t, F&& f) {
  try {
    f();
    return true;
  } catch (const Error& e) {
    PyErr_SetString(t.defined() && t.numel() != 1 ? PyExc_TypeError : PyExc_RuntimeError, e.what());
    return false;
  }
}

}  // namespace

bool to_bool(PyObject* o, bool& to) {
  if (o == Py_True || o == Py_False) {
    to = o == Py_True;
    return true;
  }
  if (!is_numpy_bool(o)) return false;
  const int truth = PyObject_IsTrue(o);
  to = truth > 0;
  return truth >= 0;
}

bool to_integer(PyObject* o, int64_t& to) {
  if (PyBool_Check(o)) return false;  // a flag in the wrong place
  if (!PyLong_Check(o)) {
    if (is_tensor(o)) {
      const Tensor& t = tensor_of(o);
      if (!t || t.dim() != 0 || is_floating(t.dtype())) return false;
    } else if (!PyIndex_Check(o)) {
      return false;
    }
    Ref whole = Ref::steal(PyNumber_Index(o));
    return whole && to_integer(whole.get(), to);
  }
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (overflow) {
    PyErr_Format(PyExc_OverflowError, "the number %R does not fit into 64 bits", o);
    return false;
  }
  to = value;
  return true;
}

bool to_number(PyObject* o, double& to) {
  if (PyFloat_Check(o)) {
    to = PyFloat_AsDouble(o);
    return true;
  }
  if (PyLong_Check(o)) {
    to = PyLong_AsDouble(o);
    return !(to == -1 && PyErr_Occurred());
  }
  Scalar s;
  if (!to_scalar(o, s)) return false;
  to = s.to_double();
  return true;
}

bool to_scalar(PyObject* o, Scalar& to) {
  if (PyFloat_Check(o)) {
    to = PyFloat_AsDouble(o);
    return true;
  }
  bool flag;
  if (to_bool(o, flag)) {
    to = flag;
    return true;
  }
  if (is_tensor(o)) {
    const Tensor& t = tensor_of(o);
    if (!t || t.dim() != 0) return false;
    return with_element(t, [&] {
      switch (category(t.dtype())) {
        case Category::boolean:
          to = t.item<bool>();
          break;
        case Category::integral:
          to = t.item<int64_t>();
          break;
        case Category::floating:
          to = t.item<double>();
      }
    });
  }
  int64_t whole;
  if (PyLong_Check(o) || (is_numpy_scalar(o) && PyIndex_Check(o))) {
    if (!to_integer(o, whole)) return false;
    to = whole;
    return true;
  }
  const bool is_float =
      is_numpy_scalar(o) || (Py_TYPE(o)->tp_as_number && Py_TYPE(o)->tp_as_number->nb_float &&
                             !PySequence_Check(o) && !PyObject_HasAttrString(o, "__array__"));
  if (!is_float) return false;
  Ref number = Ref::steal(PyNumber_Float(o));
  if (!number) {
    PyErr_Clear();
    return false;
  }
  to = PyFloat_AsDouble(number.get());
  return true;
}

bool to_dims(PyObject* o, Dims& to) {
  to.resize(0);
  const bool is_tuple = PyTuple_Check(o);
  if (!is_tuple && !PyList_Check(o)) {
    int64_t one;
    if (to_integer(o, one)) {
      to.push_back(one);
      return true;
    }
    if (PyErr_Occurred() || PyUnicode_Check(o) || !PySequence_Check(o)) return false;
    Ref tuple = Ref::steal(PySequence_Tuple(o));
    return tuple && to_dims(tuple.get(), to);
  }
  const Py_ssize_t n = is_tuple ? PyTuple_GET_SIZE(o) : PyList_GET_SIZE(o);
  if (n > Dims::max_rank) {
    PyErr_Format(PyExc_RuntimeError, "a tensor has at most %d dims in Tandem, got %zd",
                 Dims::max_rank, n);
    return false;
  }
  for (Py_ssize_t i = 0; i < n; ++i) {
    int64_t value;
    PyObject* item = is_tuple ? PyTuple_GET_ITEM(o, i) : PyList_GET_ITEM(o, i);
    if (!to_integer(item, value)) return false;
    to.push_back(value);
  }
  return true;
}

bool to_tensor(PyObject* o, Tensor& to) {
  if (is_tensor(o)) {
    to = tensor_of(o);
    return to.defined();
  }
  if (!is_numpy_array(o)) return false;
  to = tensor_over_buffer(o);
  return true;
}

bool to_attribute(PyObject* o, const AttributeInfo& a, void* op) {
  return visit_attribute(a, op, [o]<class T>(T& to) -> bool {
    if constexpr (std::is_same_v<T, bool>) {
      return to_bool(o, to);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      return to_integer(o, to);
    } else if constexpr (std::is_same_v<T, double>) {
      return to_number(o, to);
    } else if constexpr (std::is_same_v<T, Scalar>) {
      return to_scalar(o, to);
    } else if constexpr (std::is_same_v<T, Dims>) {
      Dims dims;
      if (o == Py_None) return true;  // the default: all dims, or none of one's own
      if (!to_dims(o, dims)) return false;
      to = dims;
      return true;
    } else if constexpr (std::is_same_v<T, DType>) {
      return o == Py_None || to_dtype(o, to);
    } else if constexpr (std::is_same_v<T, Name>) {
      Py_ssize_t size = 0;
      const char* text = PyUnicode_Check(o) ? PyUnicode_AsUTF8AndSize(o, &size) : nullptr;
      if (!text) return false;
      to = Name(std::string_view(text, std::size_t(size)));
      return true;
    } else {
      to.reset();
      if (o == Py_None) return true;
      typename T::value_type value{};
      bool good;
      if constexpr (std::is_same_v<T, std::optional<int64_t>>)
        good = to_integer(o, value);
      else if constexpr (std::is_same_v<T, std::optional<double>>)
        good = to_number(o, value);
      else
        good = to_dtype(o, value);
      if (good) to = value;
      return good;
    }
  });
}

PyObject* from_scalar(const Scalar& s) {
  switch (s.category()) {
    case Category::boolean:
      return PyBool_FromLong(s.to_bool());
    case Category::integral:
      return PyLong_FromLongLong(s.to_int64());
    default:
      return PyFloat_FromDouble(s.to_double());
  }
}

PyObject* from_dims(const Dims& d) {
  PyObject* tuple = PyTuple_New(d.size());
  for (int i = 0; tuple && i < d.size(); ++i) PyTuple_SET_ITEM(tuple, i, PyLong_FromLongLong(d[i]));
  return tuple;
}

PyObject* attribute_value(const AttributeInfo& a, const void* op) {
  return visit_attribute(a, op, []<class T>(const T& value) -> PyObject* {
    if constexpr (std::is_same_v<T, bool>)
      return PyBool_FromLong(value);
    else if constexpr (std::is_same_v<T, int64_t>)
      return PyLong_FromLongLong(value);
    else if constexpr (std::is_same_v<T, double>)
      return PyFloat_FromDouble(value);
    else if constexpr (std::is_same_v<T, Scalar>)
      return from_scalar(value);
    else if constexpr (std::is_same_v<T, Dims>)
      return from_dims(value);
    else if constexpr (std::is_same_v<T, DType>)
      return from_dtype(value);
    else if constexpr (std::is_same_v<T, Name>)
      return PyUnicode_FromStringAndSize(value.view().data(), Py_ssize_t(value.view().size()));
    else if (!value)
      Py_RETURN_NONE;
    else if constexpr (std::is_same_v<T, std::optional<int64_t>>)
      return PyLong_FromLongLong(*value);
    else if constexpr (std::is_same_v<T, std::optional<double>>)
      return PyFloat_FromDouble(*value);
    else
      return from_dtype(*value);
  });
}

std::string describe(PyObject* o) {
  std::string name = Py_TYPE(o)->tp_name;
  if (name == "NoneType") return "None";
  if (name.starts_with("tandem.")) name.erase(0, 7);
  if ((PyTuple_Check(o) || PyList_Check(o)) && PySequence_Size(o) > 0) {
    Ref first = Ref::steal(PySequence_GetItem(o, 0));
    if (first) return text(name, " of ", Py_TYPE(first.get())->tp_name);
  }
  return name;
}

std::string_view expected(Kind kind) {
  switch (kind) {
    case Kind::integer:
      return "int";
    case Kind::number:
      return "float";
    case Kind::scalar:
      return "number";
    case Kind::flag:
      return "bool";
    case Kind::dims:
      return "int or tuple of ints";
    case Kind::dtype:
      return "dtype";
    case Kind::string:
      return "str";
    case Kind::optional_integer:
      return "int or None";
    case Kind::optional_number:
      return "float or None";
    case Kind::optional_dtype:
      return "dtype or None";
  }
  return "";
}

void raise_type_error(const std::string& message) {
  PyErr_SetString(PyExc_TypeError, message.c_str());
  nb::raise_python_error();
}

void raise_argument(std::string_view function, std::string_view argument, std::string_view expected,
                    PyObject* got) {
  if (PyErr_Occurred()) nb::raise_python_error();
  raise_type_error(
      text(function, "(): argument '", argument, "' must be ", expected, ", not ", describe(got)));
}

}  // namespace tandem::python
