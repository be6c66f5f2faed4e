// What Python's operators and number protocol do with tensors: a + b, -a, a @ b, int(a), a < b.
#pragma once
#include <vector>

#include "python/binding/python.h"

namespace tandem::python {

void add_number_slots(std::vector<PyType_Slot>& slots);

}  // namespace tandem::python
