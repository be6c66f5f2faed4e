#include "python/binding/errors.h"

#include <new>
#include <stdexcept>

#include "tandem/base/error.h"
#include "tandem/ops/linalg.h"

namespace tandem::python {
namespace {

constexpr int codes = int(ErrorCode::memory) + 1;
PyObject* class_of[codes] = {};
PyObject* linalg_error = nullptr;

/// tandem.Error is a RuntimeError, as most errors are in PyTorch; its subclasses are also what
/// Python calls such a mistake.
struct ErrorClass {
  ErrorCode code;
  const char* name;
  PyObject* also;
};

[[gnu::cold]] void set_error(const Error& e) {
  const bool of_linalg = dynamic_cast<const LinAlgError*>(&e);
  PyErr_SetString(of_linalg ? linalg_error : class_of[int(e.code())], e.what());
}

}  // namespace

void set_error_from_current_exception() noexcept {
  try {
    throw;
  } catch (nb::python_error& e) {
    e.restore();
  } catch (const Error& e) {
    set_error(e);
  } catch (const nb::builtin_exception& e) {
    const bool type = e.type() == nb::exception_type::type_error;
    PyErr_SetString(type ? PyExc_TypeError : PyExc_ValueError, e.what());
  } catch (const std::bad_alloc&) {
    PyErr_SetString(PyExc_MemoryError, "out of memory: a result of this call does not fit");
  } catch (const std::length_error&) {
    PyErr_SetString(PyExc_MemoryError, "out of memory: a size given to this call is too large");
  } catch (const nb::cast_error&) {
    PyErr_SetString(PyExc_TypeError, "an argument, or an item of one, is of a wrong type");
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "an unknown C++ exception");
  }
}

void bind_errors(nb::module_& m) {
  PyObject* base = PyErr_NewExceptionWithDoc(
      "tandem.Error", "What every function of tandem raises.", PyExc_RuntimeError, nullptr);
  m.attr("Error") = nb::borrow(base);
  const ErrorClass classes[] = {
      {ErrorCode::shape, "ShapeError", nullptr},
      {ErrorCode::index, "OutOfRangeError", PyExc_IndexError},
      {ErrorCode::dtype, "DTypeError", PyExc_TypeError},
      {ErrorCode::value, "ArgumentError", PyExc_ValueError},
      {ErrorCode::autograd, "AutogradError", nullptr},
      {ErrorCode::io, "FileError", PyExc_OSError},
      {ErrorCode::format, "FormatError", PyExc_ValueError},
      {ErrorCode::unsupported, "UnsupportedError", PyExc_NotImplementedError},
      {ErrorCode::memory, "OutOfMemoryError", PyExc_MemoryError},
  };
  for (const ErrorClass& c : classes) {
    // NotImplementedError is a RuntimeError already, so Error must come first.
    Ref bases = Ref::steal(c.also ? PyTuple_Pack(2, base, c.also) : PyTuple_Pack(1, base));
    const std::string name = text("tandem.", c.name);
    PyObject* type = PyErr_NewException(name.c_str(), bases.get(), nullptr);
    if (!type) nb::raise_python_error();
    m.attr(c.name) = nb::borrow(type);
    class_of[int(c.code)] = type;
  }
  linalg_error = PyErr_NewExceptionWithDoc(
      "tandem.linalg.LinAlgError",
      "A matrix for which there is no result: singular, or not positive definite.",
      class_of[int(ErrorCode::value)], nullptr);
  if (!linalg_error) nb::raise_python_error();
  m.attr("LinAlgError") = nb::borrow(linalg_error);
  nb::register_exception_translator([](const std::exception_ptr& e, void*) {
    try {
      std::rethrow_exception(e);
    } catch (const nb::builtin_exception&) {
      throw;  // nanobind's own, some of which say that another overload is to be tried
    } catch (...) {
      set_error_from_current_exception();
    }
  });
}

}  // namespace tandem::python
