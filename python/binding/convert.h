// Python objects as what C++ takes. Each gives false where the object is no such thing; a Python
// error is then set only when the object's own code raised one.
#pragma once
#include <optional>
#include <string>

#include "python/binding/python.h"
#include "tandem/tensor/op_info.h"

namespace tandem::python {

bool to_bool(PyObject* o, bool& to);
/// An int, or what has __index__ (0-d integer tensors, NumPy's integers).
bool to_integer(PyObject* o, int64_t& to);
/// A number, or what has __float__ and is no sequence.
bool to_number(PyObject* o, double& to);
/// The same, remembering its category.
bool to_scalar(PyObject* o, Scalar& to);
/// An int or a sequence of ints.
bool to_dims(PyObject* o, Dims& to);
/// A dtype, or Python's bool, int or float.
bool to_dtype(PyObject* o, DType& to);
/// A device, "cuda:0", or the number of an accelerator.
bool to_device(PyObject* o, Device& to);
/// A tensor; or a NumPy array, whose elements it shares.
bool to_tensor(PyObject* o, Tensor& to);
/// An attribute of an op, into the op.
bool to_attribute(PyObject* o, const AttributeInfo& a, void* op);

/// An attribute's value as Python has it: a new reference.
PyObject* attribute_value(const AttributeInfo& a, const void* op);

PyObject* from_dtype(DType t);  // a new reference to the one object
PyObject* from_device(Device d);
PyObject* from_scalar(const Scalar& s);
PyObject* from_dims(const Dims& d);  // a tuple

/// "int", "list of float": what messages call an object.
std::string describe(PyObject* o);
/// What an attribute of this kind takes: "int", "tuple of ints".
std::string_view expected(Kind kind);

/// Raises a TypeError that is not caught before Python.
[[noreturn]] void raise_type_error(const std::string& message);
/// Raises what a conversion left, or a TypeError: "name(): argument 'dim' must be int, not str".
[[noreturn]] void raise_argument(std::string_view function, std::string_view argument,
                                 std::string_view expected, PyObject* got);

/// Numbers and lists of them as an array of C++: tensor(data).
Tensor tensor_from_data(PyObject* data, std::optional<DType> dtype, std::string_view function);

void bind_dtype(nb::module_& m);
void bind_device(nb::module_& m);

}  // namespace tandem::python
