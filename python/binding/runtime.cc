// What concerns the process: threads, the machine, the build.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "python/binding/module.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/target.h"

namespace tandem::python {

void bind_runtime(nb::module_& m) {
  m.attr("_version") = TANDEM_VERSION;
  m.def("get_num_threads", num_threads, "Threads that a parallel kernel may use.");
  m.def("set_num_threads", set_num_threads, nb::arg("num_threads"));
  m.def("_cpu_targets", cpu::targets, "The instruction sets that this machine can run kernels of.");
}

}  // namespace tandem::python
