// How Python shows a tensor.
#pragma once
#include "python/binding/python.h"

namespace tandem::python {

PyObject* repr(PyObject* tensor);
void bind_tensor_text(nb::module_& m);

}  // namespace tandem::python
