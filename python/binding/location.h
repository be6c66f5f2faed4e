// The Python line that is running, as the location of an op.
#pragma once
#include "python/binding/python.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {

/// The innermost line outside of the package's own files. Some 20 ns where it was asked for before.
Location python_line();

/// The same for a call with these operands, if somebody will ask for it: a tape or a tracer.
inline Location line_for(std::span<const Tensor> in) {
  if (mode.tracer || mode.detect_anomaly) [[unlikely]]
    return python_line();
  if (!mode.grad) return {};
  for (const Tensor& t : in)
    if (t && needs_grad(t.impl())) return python_line();
  return {};
}
inline Location line_for(const Tensor& t) { return line_for(std::span(&t, 1)); }

void bind_location(nb::module_& m);

}  // namespace tandem::python
