// tandem.Op: one callable that serves every op, as a function and as a method of Tensor.
#pragma once
#include "python/binding/python.h"
#include "tandem/ops/public_functions.h"

namespace tandem::python {

inline PyTypeObject* op_type = nullptr;

/// The callable of an op; in place: of its `name_`.
PyObject* new_op(const OpInfo& info, const PublicFunction& function, bool in_place);

/// Puts every op into the module, and those that start with a tensor into Tensor.
void bind_ops(nb::module_& m);

}  // namespace tandem::python
