// tandem.Size: a tuple of ints that knows its product.
#pragma once
#include "python/binding/python.h"
#include "tandem/base/dims.h"

namespace tandem::python {

inline PyTypeObject* size_type = nullptr;

PyObject* new_size(const Dims& shape);
void bind_size(nb::module_& m);

}  // namespace tandem::python
