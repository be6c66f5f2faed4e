#include "python/binding/module.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>

#include "python/binding/tensor_caster.h"
#include "tandem/nn/init.h"

namespace tandem::python {

void bind_init(nb::module_& m) {
  namespace init = nn::init;
  using nb::arg;
  nb::module_ i = m.def_submodule("_init", "Initial values of parameters.");
  i.def("uniform_", init::uniform_, arg("tensor"), arg("a") = 0.0, arg("b") = 1.0);
  i.def("normal_", init::normal_, arg("tensor"), arg("mean") = 0.0, arg("std") = 1.0);
  i.def("trunc_normal_", init::trunc_normal_, arg("tensor"), arg("mean") = 0.0, arg("std") = 1.0,
        arg("a") = -2.0, arg("b") = 2.0);
  i.def("constant_", init::constant_, arg("tensor"), arg("val"));
  i.def("ones_", init::ones_, arg("tensor"));
  i.def("zeros_", init::zeros_, arg("tensor"));
  i.def("eye_", init::eye_, arg("tensor"));
  i.def("xavier_uniform_", init::xavier_uniform_, arg("tensor"), arg("gain") = 1.0);
  i.def("xavier_normal_", init::xavier_normal_, arg("tensor"), arg("gain") = 1.0);
  i.def("kaiming_uniform_", init::kaiming_uniform_, arg("tensor"), arg("a") = 0.0,
        arg("mode") = "fan_in", arg("nonlinearity") = "leaky_relu");
  i.def("kaiming_normal_", init::kaiming_normal_, arg("tensor"), arg("a") = 0.0,
        arg("mode") = "fan_in", arg("nonlinearity") = "leaky_relu");
  i.def("orthogonal_", init::orthogonal_, arg("tensor"), arg("gain") = 1.0);
  i.def("calculate_gain", init::calculate_gain, arg("nonlinearity"), arg("param") = nb::none());
  i.def(
      "_calculate_fan_in_and_fan_out",
      [](const Tensor& tensor) {
        const init::Fans fans = init::calculate_fan_in_and_fan_out(tensor);
        return nb::make_tuple(fans.in, fans.out);
      },
      arg("tensor"));
}

}  // namespace tandem::python
