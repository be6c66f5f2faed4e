// What concerns the process: threads, the machine, the build.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <string>

#include "python/binding/callback.h"
#include "python/binding/location.h"
#include "python/binding/module.h"
#include "tandem/base/thread_pool.h"
#include "tandem/base/warning.h"
#include "tandem/cpu/target.h"

namespace tandem::python {
namespace {

/// The core's warnings are Python's: filters apply, and one that makes them errors raises.
void warn_in_python(std::string_view message, Location) {
  Locked lock;
  static auto* const registry = new nb::dict();  // which lines were told what
  const Location line = python_line();
  const std::string words(message), file(line.file_name());
  if (PyErr_WarnExplicit(PyExc_UserWarning, words.c_str(), file.c_str(), int(line.line()), nullptr,
                         registry->ptr()))
    throw nb::python_error();
}

}  // namespace

void bind_runtime(nb::module_& m) {
  set_warning_handler(warn_in_python);
  m.attr("_version") = TANDEM_VERSION;
  m.def("get_num_threads", num_threads, "Threads that a parallel kernel may use.");
  m.def("set_num_threads", set_num_threads, nb::arg("num_threads"));
  m.def("_cpu_targets", cpu::targets, "The instruction sets that this machine can run kernels of.");
}

}  // namespace tandem::python
