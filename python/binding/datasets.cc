#include "python/binding/module.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "python/binding/tensor_caster.h"
#include "tandem/data/catalog.h"
#include "tandem/data/image_dataset.h"
#include "tandem/data/locate.h"
#include "tandem/io/tensor_files.h"
#include "tandem/ops/generator.h"

namespace tandem::python {

namespace {

/// with UseGenerator(g): the calling thread draws from g.
class GeneratorScope {
 public:
  explicit GeneratorScope(nb::object generator) : generator_(std::move(generator)) {}
  void enter() { scope_.emplace(nb::cast<Generator&>(generator_)); }
  void exit(nb::args) { scope_.reset(); }

 private:
  nb::object generator_;
  std::optional<UseGenerator> scope_;
};

}  // namespace

void bind_data(nb::module_& m) {
  nb::class_<GeneratorScope>(m, "_UseGenerator", "Inside, the thread draws from this generator.")
      .def(nb::init<nb::object>())
      .def("__enter__", &GeneratorScope::enter)
      .def("__exit__", &GeneratorScope::exit);
  nb::module_ data = m.def_submodule("_data", "Data files and where they are found.");
  data.def("load_idx", load_idx, nb::arg("path"));
  data.def(
      "draw_digits",
      [](int64_t size, uint64_t seed) {
        const auto drawn = draw_digits(size, seed);
        return nb::make_tuple(drawn->data(), drawn->targets());
      },
      nb::arg("size"), nb::arg("seed"), "Images [size, 28, 28] and labels [size].");
  data.def(
      "find",
      [](std::string_view name, bool download) {
        const DataSet& set = data_set(name);
        DataLocation found;
        {
          nb::gil_scoped_release unlocked;
          found = find_data(set, {.download = download});
        }
        return nb::make_tuple(found.paths, found.summary);
      },
      nb::arg("name"), nb::arg("download"),
      "The files of a data set of the catalog, and a line that says where they were found or why "
      "not.");
}

}  // namespace tandem::python
