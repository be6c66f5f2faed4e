// Tensor(...), tensor(...) and what else makes a tensor from Python's data.
#pragma once
#include "python/binding/python.h"

namespace tandem::python {

/// torch.Tensor(2, 3): uninitialized; torch.Tensor([1, 2]): data; torch.Tensor(x): x again.
PyObject* new_tensor(PyTypeObject* type, PyObject* args, PyObject* kwargs);

void bind_tensor_new(nb::module_& m);

}  // namespace tandem::python
