// x[i, 1:3, None, mask], x[...] = y, len(x), iteration and `in`.
#pragma once
#include <vector>

#include "python/binding/python.h"

namespace tandem::python {

void add_indexing_slots(std::vector<PyType_Slot>& slots);

}  // namespace tandem::python
