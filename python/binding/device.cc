// tandem.device: the name of a place for tensors.
#include <charconv>
#include <optional>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "python/binding/convert.h"

namespace tandem::python {
namespace {

/// A name need not be one that this build can use: programs compare and print them.
struct DeviceObject {
  std::string type;
  std::optional<int> index;
  bool operator==(const DeviceObject&) const = default;
  std::string text() const { return index ? tandem::text(type, ':', *index) : type; }
};

constexpr std::string_view known[] = {"cpu", "cuda", "mps", "xpu", "meta"};

PyObject* cpu = nullptr;  // the one object of every tensor there

/// "cuda:0". Error: RuntimeError, as PyTorch raises it.
DeviceObject parsed(std::string_view name) {
  const std::size_t colon = name.find(':');
  DeviceObject d{std::string(name.substr(0, colon)), {}};
  bool good = std::find(std::begin(known), std::end(known), d.type) != std::end(known);
  if (good && colon != name.npos) {
    int index = 0;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + colon + 1, end, index);
    good = error == std::errc() && stop == end && index >= 0;
    d.index = index;
  }
  if (!good) {
    PyErr_SetString(PyExc_RuntimeError,
                    tandem::text("Invalid device string: '", name,
                                 "'; expected one of cpu, cuda, mps, xpu, meta, with an index "
                                 "behind a colon if there are several: \"cuda:0\"")
                        .c_str());
    nb::raise_python_error();
  }
  return d;
}

Device usable(const DeviceObject& d) {
  if (d.type == "cpu") return {};
  PyErr_SetString(PyExc_RuntimeError,
                  tandem::text("device \"", d.text(),
                               "\" is not available: this build of tandem runs on the CPU. "
                               "Choose the device by tandem.cuda.is_available()")
                      .c_str());
  nb::raise_python_error();
}

}  // namespace

bool to_device(PyObject* o, Device& to) {
  if (o == cpu) {
    to = {};
    return true;
  }
  try {
    if (PyUnicode_Check(o)) {
      to = usable(parsed(nb::cast<std::string>(nb::handle(o))));
    } else if (PyLong_CheckExact(o)) {
      to = usable({"cuda", int(PyLong_AsLong(o))});
    } else {
      DeviceObject* d = nullptr;
      if (!nb::try_cast(nb::handle(o), d) || !d) return false;
      to = usable(*d);
    }
    return true;
  } catch (nb::python_error& e) {
    e.restore();
    return false;
  }
}

PyObject* from_device(Device d) {
  if (d.type == DeviceType::cpu) return new_reference(cpu);
  return nb::cast(DeviceObject{"cuda", d.index}).release().ptr();
}

void bind_device(nb::module_& m) {
  nb::class_<DeviceObject>(m, "device", "Where tensors live: device(\"cpu\").")
      .def(
          "__init__",
          [](DeviceObject* self, nb::handle type, std::optional<int> index) {
            DeviceObject* other = nullptr;
            DeviceObject d;
            if (nb::isinstance<nb::str>(type))
              d = parsed(nb::cast<std::string>(type));
            else if (PyLong_CheckExact(type.ptr()))
              d = {"cuda", nb::cast<int>(type)};
            else if (nb::try_cast(type, other) && other)
              d = *other;
            else
              raise_argument("device", "type", "str, int or device", type.ptr());
            if (index) d.index = index;
            new (self) DeviceObject(std::move(d));
          },
          nb::arg("type"), nb::arg("index") = nb::none())
      .def_ro("type", &DeviceObject::type)
      .def_ro("index", &DeviceObject::index)
      .def("__eq__",
           [](const DeviceObject& a, nb::handle b) {
             DeviceObject* other = nullptr;
             return nb::try_cast(b, other) && other && a == *other;
           })
      .def("__hash__", [](const DeviceObject& d) { return nb::hash(nb::str(d.text().c_str())); })
      .def("__str__", &DeviceObject::text)
      .def("__repr__",
           [](const DeviceObject& d) {
             return d.index ? tandem::text("device(type='", d.type, "', index=", *d.index, ")")
                            : tandem::text("device(type='", d.type, "')");
           })
      .def("__reduce__",
           [](nb::handle self) {
             const auto& d = nb::cast<const DeviceObject&>(self);
             return nb::make_tuple(self.type(), nb::make_tuple(d.type, d.index));
           })
      // `with device("cpu"):` — there is one place to be.
      .def("__enter__",
           [](nb::object self) {
             usable(nb::cast<const DeviceObject&>(self));
             return self;
           })
      .def("__exit__", [](nb::handle, nb::args) {});
  cpu = nb::cast(DeviceObject{"cpu", {}}, nb::rv_policy::move).release().ptr();
}

}  // namespace tandem::python
