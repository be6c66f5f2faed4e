#include "python/binding/tensor_text.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/tensor_caster.h"
#include "tandem/tensor/print.h"

namespace tandem::python {

PyObject* repr(PyObject* self) {
  return guarded([&] {
    const Tensor& t = tensor_of(self);
    const std::string s = t ? to_string(t) : "tensor(<undefined>)";
    return PyUnicode_FromStringAndSize(s.data(), Py_ssize_t(s.size()));
  });
}

namespace {

PyObject* format(PyObject* self, PyObject* spec) {
  return guarded([&]() -> PyObject* {
    if (!PyUnicode_Check(spec)) raise_argument("__format__", "format_spec", "str", spec);
    const Tensor& t = tensor_of(self);
    if (t && t.dim() == 0 && t.impl()->data) {
      Ref number = Ref::steal(PyObject_CallMethod(self, "item", nullptr));
      return number ? PyObject_Format(number.get(), spec) : nullptr;
    }
    // A traced one has no value to format, and a line that logs it is no reason to fail.
    if (PyUnicode_GetLength(spec) == 0 || (t && !t.impl()->data)) return repr(self);
    raise_type_error(text("a tensor of shape ", t.shape(),
                          " takes no format: format its elements, or x.item() of a single one"));
  });
}

PrintOptions named_options(std::string_view profile) {
  PrintOptions o;
  if (profile == "short")
    o.precision = 2, o.edgeitems = 2;
  else if (profile == "full")
    o.threshold = INT64_MAX;
  else if (profile != "default")
    throw nb::value_error("set_printoptions: expected profile 'default', 'short' or 'full'");
  return o;
}

}  // namespace

void bind_tensor_text(nb::module_& m) {
  static PyMethodDef define = {"__format__", format, METH_O, nullptr};
  nb::object type = nb::borrow(reinterpret_cast<PyObject*>(tensor_type));
  type.attr("__format__") = nb::steal(PyDescr_NewMethod(tensor_type, &define));
  m.def(
      "set_printoptions",
      [](std::optional<int> precision, std::optional<double> threshold,
         std::optional<int> edgeitems, std::optional<int> linewidth,
         std::optional<std::string> profile, std::optional<bool> sci_mode) {
        PrintOptions o = profile ? named_options(*profile) : print_options();
        if (precision) o.precision = *precision;
        if (threshold) o.threshold = *threshold < 0x1p62 ? int64_t(*threshold) : INT64_MAX;
        if (edgeitems) o.edgeitems = *edgeitems;
        if (linewidth) o.linewidth = *linewidth;
        o.sci_mode = sci_mode;
        set_print_options(o);
      },
      nb::arg("precision") = nb::none(), nb::arg("threshold") = nb::none(),
      nb::arg("edgeitems") = nb::none(), nb::arg("linewidth") = nb::none(),
      nb::arg("profile") = nb::none(), nb::arg("sci_mode") = nb::none(),
      "How tensors are printed from now on.");
}

}  // namespace tandem::python
