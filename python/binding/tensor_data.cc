// Python numbers and nested sequences as a tensor.
#include <algorithm>
#include <limits>
#include <vector>

#include "python/binding/convert.h"
#include "python/binding/numpy.h"
#include "python/binding/tensor_type.h"
#include "tandem/base/promote.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {
namespace {

class Collector {
 public:
  explicit Collector(std::string_view function) : function_(function) {}

  void collect(PyObject* data) {
    measure(data, 0);
    take(data, 0);
  }
  const Dims& shape() const { return shape_; }
  const std::vector<Scalar>& values() const { return values_; }
  DType dtype() const {
    if (values_.empty()) return default_dtype;
    // NumPy's float64 and tensors know their dtype; Python's numbers do not.
    if (typed_ && category(*typed_) >= category_) return *typed_;
    return dtype_of_number(category_);
  }

 private:
  static bool is_sequence(PyObject* o) {
    return PyList_Check(o) || PyTuple_Check(o) ||
           (PySequence_Check(o) && !PyUnicode_Check(o) && !PyBytes_Check(o) && !is_tensor(o) &&
            PySequence_Size(o) >= 0);
  }
  /// Tensors of no dims and arrays inside a list count as the numbers they hold.
  static bool as_tensor(PyObject* o, Tensor& t) {
    const bool is = to_tensor(o, t);
    if (PyErr_Occurred()) nb::raise_python_error();
    return is;
  }

  /// The shape, by the first of each list.
  void measure(PyObject* o, int depth) {
    if (depth > Dims::max_rank)
      fail(ErrorCode::shape, function_, "the lists are nested deeper than ", Dims::max_rank);
    Tensor t;
    if (as_tensor(o, t)) {
      for (int64_t n : t.shape()) shape_.push_back(n);
    } else if (is_sequence(o)) {
      const Py_ssize_t n = PySequence_Size(o);
      shape_.push_back(n);
      if (n == 0) return;
      Ref first = Ref::steal(PySequence_GetItem(o, 0));
      if (!first) nb::raise_python_error();
      measure(first.get(), depth + 1);
    }
    PyErr_Clear();
  }

  [[noreturn]] void fail_ragged(int depth, int64_t got) {
    PyErr_SetString(PyExc_ValueError, text(function_, ": expected sequence of length ",
                                           shape_[depth], " at dim ", depth, " (got ", got, ")")
                                          .c_str());
    nb::raise_python_error();
  }

  void take(PyObject* o, int depth) {
    if (depth < shape_.size() && (PyList_Check(o) || PyTuple_Check(o))) {
      const Py_ssize_t n = PySequence_Fast_GET_SIZE(o);
      if (n != shape_[depth]) fail_ragged(depth, n);
      for (Py_ssize_t i = 0; i < n; ++i) take(PySequence_Fast_GET_ITEM(o, i), depth + 1);
      return;
    }
    Tensor t;
    if (!PyFloat_CheckExact(o) && !PyLong_CheckExact(o) && as_tensor(o, t))
      return take_tensor(t, depth);
    if (depth < shape_.size()) {
      if (!is_sequence(o)) fail_ragged(depth, 0);
      Ref fast = Ref::steal(PySequence_Fast(o, "expected a sequence"));
      if (!fast) nb::raise_python_error();
      return take(fast.get(), depth);
    }
    take_number(o);
  }

  void take_number(PyObject* o) {
    Scalar s;
    if (!to_scalar(o, s)) {
      if (PyErr_Occurred()) nb::raise_python_error();
      if (is_sequence(o))
        raise_type_error(text(function_,
                              "(): not a sequence: parts of the data are lists where "
                              "others are numbers"));
      raise_type_error(text(function_, "(): could not infer dtype of ", describe(o)));
    }
    if (std::string_view(Py_TYPE(o)->tp_name) == "numpy.float64") note(DType::f64);
    category_ = std::max(category_, s.category());
    values_.push_back(s);
  }

  void take_tensor(const Tensor& t, int depth) {
    for (int d = 0; d < t.dim(); ++d)
      if (depth + d >= shape_.size() || shape_[depth + d] != t.shape()[d])
        fail(ErrorCode::shape, function_, "a part of shape ", t.shape(),
             " does not fit the shape so far, ", shape_);
    if (depth + t.dim() != shape_.size()) fail_ragged(depth, 0);
    note(t.dtype());
    category_ = std::max(category_, category(t.dtype()));
    for (double v : t.to_vector<double>()) {
      if (is_floating(t.dtype()))
        values_.push_back(v);
      else
        values_.push_back(int64_t(v));
    }
  }
  void note(DType t) { typed_ = typed_ ? promote(*typed_, t) : t; }

  std::string_view function_;
  Dims shape_;
  std::vector<Scalar> values_;
  Category category_ = Category::boolean;
  std::optional<DType> typed_;
};

template <class T>
T element(const Scalar& s, std::string_view function) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const int64_t i = s.to_int64();
    if (i < int64_t(std::numeric_limits<T>::min()) || i > int64_t(std::numeric_limits<T>::max()))
      fail(ErrorCode::value, function, "value cannot be converted to type ", dtype_of<T>,
           " without overflow: ", s);
    return T(i);
  } else {
    return s.to<T>();
  }
}

}  // namespace

Tensor tensor_from_data(PyObject* data, std::optional<DType> dtype, std::string_view function) {
  if (PyUnicode_Check(data))
    raise_type_error(text(function, "(): the data is a str; expected numbers or lists of them"));
  if (is_tensor(data) || (PyObject_CheckBuffer(data) && !PyBytes_Check(data))) {
    NoGrad no_history;
    const Tensor whole = is_tensor(data) ? tensor_of(data) : tensor_over_buffer(data, true);
    const DType to = dtype.value_or(whole.dtype());
    return whole.dtype() == to ? copy_of(whole.detach()) : cast(whole.detach(), to);
  }
  Collector c(function);
  c.collect(data);
  Tensor t = empty(c.shape(), dtype.value_or(c.dtype()));
  with_dtype(t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::ranges::transform(c.values(), t.data<T>(),
                           [&](const Scalar& s) { return element<T>(s, function); });
  });
  return t;
}

}  // namespace tandem::python
