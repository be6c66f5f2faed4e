#include "python/binding/number_slots.h"

#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/operand.h"
#include "python/binding/unlocked.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place_functions.h"

namespace tandem::python {
namespace {

using Binary = Tensor (*)(const NumArg&, const NumArg&);
using InPlace = Tensor (*)(Arg, const NumArg&);
using Unary = Tensor (*)(const NumArg&);

PyObject* not_implemented() {
  if (PyErr_Occurred()) return nullptr;
  return new_reference(Py_NotImplemented);
}

Location line_of(const Operand& a, const Operand& b) {
  if (!mode.grad && !mode.tracer) return {};
  if (a.tensor() && a.tensor()->defined())
    if (const Location where = line_for(*a.tensor()); where.line()) return where;
  return b.tensor() && b.tensor()->defined() ? line_for(*b.tensor()) : Location{};
}

template <Binary F>
PyObject* binary(PyObject* a, PyObject* b) {
  return guarded([&] {
    const Operand x(a), y(b);
    if (!x || !y) return not_implemented();
    const Location where = line_of(x, y);
    const NumArg p = x.argument(where), q = y.argument(where);
    const int64_t n = std::max(x.numel(), y.numel());
    if (n < long_elementwise) [[likely]]
      return wrap(F(p, q));
    Tensor result;
    {
      Unlocked threads(true);
      result = F(p, q);
    }
    return wrap(std::move(result));
  });
}

PyObject* power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) return not_implemented();
  return binary<pow>(a, b);
}

template <InPlace F>
PyObject* in_place(PyObject* a, PyObject* b) {
  return guarded([&] {
    const Operand other(b);
    if (!other) return not_implemented();
    const Tensor& target = tensor_of(a);
    const Location where = python_line();
    Unlocked threads(target.defined() && target.numel() >= long_elementwise);
    F({target, where}, other.argument(where));
    return new_reference(a);
  });
}
PyObject* in_place_power(PyObject* a, PyObject* b, PyObject*) { return in_place<pow_>(a, b); }

template <Unary F>
PyObject* unary(PyObject* a) {
  return guarded([&] {
    const Tensor& t = tensor_of(a);
    const Location where = line_for(t);
    Tensor result;
    {
      Unlocked threads(t.defined() && t.numel() >= long_elementwise);
      result = F({t, where});
    }
    return wrap(std::move(result));
  });
}
PyObject* positive(PyObject* a) { return new_reference(a); }

PyObject* matrix_multiply(PyObject* a, PyObject* b) {
  return guarded([&] {
    const Operand x(a), y(b);
    if (!x.tensor() || !y.tensor()) return not_implemented();
    const Location where = line_of(x, y);
    Tensor result;
    {
      Unlocked threads(x.numel() + y.numel() >= long_op);
      result = matmul({*x.tensor(), where}, {*y.tensor(), where});
    }
    return wrap(std::move(result));
  });
}

PyObject* compare(PyObject* a, PyObject* b, int how) {
  switch (how) {
    case Py_EQ:
      return binary<eq>(a, b);
    case Py_NE:
      return binary<ne>(a, b);
    case Py_LT:
      return binary<lt>(a, b);
    case Py_LE:
      return binary<le>(a, b);
    case Py_GT:
      return binary<gt>(a, b);
    default:
      return binary<ge>(a, b);
  }
}

int truth(PyObject* a) {
  return guarded(
      [&]() -> int {
        const Tensor& t = tensor_of(a);
        if (t && t.numel() != 1)
          fail(ErrorCode::value, "bool", "Boolean value of Tensor with ",
               t.numel() ? "more than one value" : "no values", " is ambiguous (shape ", t.shape(),
               "): use x.any() or x.all()");
        return t.item<bool>(python_line());
      },
      -1);
}

/// The element of a tensor that has one. Error: ValueError, as float([1, 2]) is no number.
template <class T>
T element(PyObject* a, std::string_view what) {
  const Tensor& t = tensor_of(a);
  if (t && t.numel() != 1)
    fail(ErrorCode::value, what,
         "only one element tensors can be converted to Python scalars, got ", t.type());
  return t.item<T>(python_line());
}

PyObject* as_float(PyObject* a) {
  return guarded([&] { return PyFloat_FromDouble(element<double>(a, "float")); });
}
PyObject* as_int(PyObject* a) {
  return guarded([&] {
    const Tensor& t = tensor_of(a);
    if (!t || !is_floating(t.dtype())) return PyLong_FromLongLong(element<int64_t>(a, "int"));
    return PyLong_FromDouble(element<double>(a, "int"));  // of any size, and raises for nan
  });
}
PyObject* as_index(PyObject* a) {
  return guarded([&] {
    const Tensor& t = tensor_of(a);
    if (t && (t.numel() != 1 || is_floating(t.dtype())))
      raise_type_error(
          text("only integer tensors of a single element can be converted to an "
               "index, got ",
               t.type()));
    return PyLong_FromLongLong(element<int64_t>(a, "index"));
  });
}

template <class F>
PyType_Slot slot(int id, F* f) {
  return {id, reinterpret_cast<void*>(f)};
}

}  // namespace

void add_number_slots(std::vector<PyType_Slot>& slots) {
  slots.insert(slots.end(), {
                                slot(Py_nb_add, binary<add>),
                                slot(Py_nb_subtract, binary<sub>),
                                slot(Py_nb_multiply, binary<mul>),
                                slot(Py_nb_true_divide, binary<div>),
                                slot(Py_nb_floor_divide, binary<floor_divide>),
                                slot(Py_nb_remainder, binary<remainder>),
                                slot(Py_nb_power, power),
                                slot(Py_nb_matrix_multiply, matrix_multiply),
                                slot(Py_nb_and, binary<bitwise_and>),
                                slot(Py_nb_or, binary<bitwise_or>),
                                slot(Py_nb_xor, binary<bitwise_xor>),
                                slot(Py_nb_lshift, binary<bitwise_left_shift>),
                                slot(Py_nb_rshift, binary<bitwise_right_shift>),
                                slot(Py_nb_inplace_add, in_place<add_>),
                                slot(Py_nb_inplace_subtract, in_place<sub_>),
                                slot(Py_nb_inplace_multiply, in_place<mul_>),
                                slot(Py_nb_inplace_true_divide, in_place<div_>),
                                slot(Py_nb_inplace_floor_divide, in_place<floor_divide_>),
                                slot(Py_nb_inplace_remainder, in_place<remainder_>),
                                slot(Py_nb_inplace_power, in_place_power),
                                slot(Py_nb_inplace_and, in_place<bitwise_and_>),
                                slot(Py_nb_inplace_or, in_place<bitwise_or_>),
                                slot(Py_nb_inplace_xor, in_place<bitwise_xor_>),
                                slot(Py_nb_inplace_lshift, in_place<bitwise_left_shift_>),
                                slot(Py_nb_inplace_rshift, in_place<bitwise_right_shift_>),
                                slot(Py_nb_negative, unary<neg>),
                                slot(Py_nb_positive, positive),
                                slot(Py_nb_absolute, unary<abs>),
                                slot(Py_nb_invert, unary<bitwise_not>),
                                slot(Py_nb_bool, truth),
                                slot(Py_nb_float, as_float),
                                slot(Py_nb_int, as_int),
                                slot(Py_nb_index, as_index),
                                slot(Py_tp_richcompare, compare),
                            });
}

}  // namespace tandem::python
