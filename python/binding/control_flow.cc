// Control flow that programs can hold: cond, while_loop and scan of Python functions.
#include "tandem/trace/control_flow.h"

#include <nanobind/stl/vector.h>

#include "python/binding/callback.h"
#include "python/binding/location.h"
#include "python/binding/module.h"
#include "python/binding/named_tensors.h"

namespace tandem::python {
namespace {

std::vector<Tensor> call(const Callback& f, std::span<const Tensor> inputs) {
  nb::list arguments;
  for (const Tensor& t : inputs) arguments.append(t);
  return tensor_list(f.get()(*arguments), "control flow");
}

nb::list list_of(const std::vector<Tensor>& tensors) {
  nb::list list;
  for (const Tensor& t : tensors) list.append(t);
  return list;
}

}  // namespace

// Python's side (tandem/control_flow.py) takes structures apart: here all is lists of tensors.
void bind_control_flow(nb::module_& m) {
  m.def("_cond", [](const Tensor& condition, nb::object then, nb::object otherwise) {
    const Callback t(std::move(then)), o(std::move(otherwise));
    return list_of(if_(condition, Branch([&] { return call(t, {}); }),
                       Branch([&] { return call(o, {}); }), python_line()));
  });
  m.def("_while", [](nb::object condition, nb::object body, const nb::list& carries) {
    const Callback c(std::move(condition)), b(std::move(body));
    return list_of(while_([&](std::span<const Tensor> in) { return call(c, in).at(0); },
                          [&](std::span<const Tensor> in) { return call(b, in); },
                          tensor_list(carries, "while_loop"), python_line()));
  });
  m.def("_scan",
        [](nb::object body, const nb::list& carries, const nb::list& sequences, bool reverse) {
          const Callback b(std::move(body));
          const ScanResult r = scan([&](std::span<const Tensor> in) { return call(b, in); },
                                    tensor_list(carries, "scan"), tensor_list(sequences, "scan"),
                                    reverse, python_line());
          return nb::make_tuple(list_of(r.carries), list_of(r.collected));
        });
}

}  // namespace tandem::python
