// Python functions as what the tracer takes.
#pragma once
#include "python/binding/callback.h"
#include "python/binding/named_tensors.h"
#include "tandem/trace/trace.h"

namespace tandem::python {

/// A Python callable of tensors that gives a list of (name, tensor).
inline Function traced_function(nb::object f) {
  return Function([f = Callback(std::move(f))](std::span<const Tensor> inputs) {
    nb::list arguments;
    for (const Tensor& t : inputs) arguments.append(t);
    NamedTensors results;
    for (nb::handle pair : f.get()(*arguments))
      results.add(nb::cast<std::string>(nb::object(pair[0])),
                  nb::cast<Tensor>(nb::object(pair[1])));
    return results;
  });
}

}  // namespace tandem::python
