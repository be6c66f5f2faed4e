// C++ exceptions as Python's.
#pragma once
#include <exception>

#include "python/binding/python.h"

namespace tandem::python {

/// Sets the Python error for the C++ exception being handled.
void set_error_from_current_exception() noexcept;

/// Runs f at the border to Python: what it throws becomes a Python error and `failed` the result.
template <class F, class R = PyObject*>
R guarded(F&& f, R failed = R{}) noexcept {
  try {
    return f();
  } catch (...) {
    set_error_from_current_exception();
    return failed;
  }
}

void bind_errors(nb::module_& m);

}  // namespace tandem::python
