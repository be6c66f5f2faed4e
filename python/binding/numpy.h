// Elements shared with NumPy through Python's buffer protocol, which needs no NumPy here.
#pragma once
#include "python/binding/python.h"
#include "tandem/tensor/tensor.h"

namespace tandem::python {

/// A tensor on the elements of an object with the buffer protocol: an array, a memoryview.
/// Raises TypeError for element types that Tandem lacks, ValueError for negative strides; warns of
/// elements that may not be written, unless they are only `read`.
Tensor tensor_over_buffer(PyObject* exporter, bool read = false);

int get_buffer(PyObject* self, Py_buffer* view, int flags);
void release_buffer(PyObject* self, Py_buffer* view);

/// x.numpy(): an array on the elements of x. Imports NumPy.
PyObject* to_numpy(PyObject* self);

void bind_numpy(nb::module_& m);

}  // namespace tandem::python
