// What changes a tensor as an object: x.data = y, out=, resize_.
#pragma once
#include <string_view>

#include "python/binding/python.h"
#include "tandem/tensor/tensor.h"

namespace tandem::python {

/// The same elements behind a version counter of their own, as x.data gives them: writing to them
/// is not seen by gradients.
Tensor unversioned(const Tensor& t);

/// Lets `target` look at the elements of `source`; it stays the leaf or result that it was.
void set_elements(PyObject* target, const Tensor& source);

/// Makes `value` the contents of an `out=` argument, whose shape follows.
void store_into(PyObject* target, const Tensor& value, std::string_view op);

}  // namespace tandem::python
