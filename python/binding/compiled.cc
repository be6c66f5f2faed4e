// Functions that are traced when they are first called with inputs of a kind.
#include "tandem/compile/compile.h"

#include <nanobind/stl/string.h>

#include "python/binding/module.h"
#include "python/binding/traced_function.h"
#include "tandem/graph/text.h"

namespace tandem::python {

void bind_compiled(nb::module_& m) {
  nb::class_<Compiled>(m, "_Compiled")
      .def("__init__",
           [](Compiled* self, nb::object f, const std::string& name, const nb::dict& state) {
             new (self) Compiled(traced_function(std::move(f)),
                                 {.name = name, .state = named_tensors(state, "compile", "state")});
           })
      // The lock is kept: a call may trace, and short ones cost less with it.
      .def("__call__",
           [](Compiled& self, const nb::args& inputs) -> nb::object {
             const NamedTensors results = self(tensor_list(inputs, "compiled function"));
             if (results.size() == 1) return nb::cast(results.begin()->second);
             nb::list list;
             for (const auto& [name, tensor] : results) list.append(tensor);
             return nb::tuple(list);
           })
      .def("explain", &Compiled::explain)
      .def_prop_ro("traces", &Compiled::traces)
      .def_prop_ro("attempts", &Compiled::attempts)
      .def_prop_ro("last", &Compiled::last)
      .def("text", [](const Compiled& self, const nb::args& inputs) -> std::string {
        std::vector<Type> types;
        for (const Tensor& t : tensor_list(inputs, "text")) types.push_back(t.type());
        const Program* program = self.program(types);
        return program ? graph::print(*program) : "";
      });
}

}  // namespace tandem::python
