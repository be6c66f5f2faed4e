// Methods of Tensor made by nanobind, which knows keywords and defaults.
#pragma once
#include "python/binding/python.h"
#include "python/binding/tensor_type.h"

namespace tandem::python {

template <class F, class... Extra>
void define_method(const char* name, F&& f, const Extra&... extra) {
  nb::cpp_function_def(std::forward<F>(f),
                       nb::scope(nb::handle(reinterpret_cast<PyObject*>(tensor_type))),
                       nb::name(name), nb::is_method(), extra...);
}

}  // namespace tandem::python
