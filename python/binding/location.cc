#include "python/binding/location.h"

#include <string>

namespace tandem::python {
namespace {

/// Files of the package: calls from them belong to whoever called the package.
std::string package_folder;  // with the last slash; empty: not known

/// A line that was asked for. It keeps the code object, so that its address stays its own.
struct Entry {
  PyObject* code = nullptr;
  int instruction = -1;
  bool inside = false;
  Location line;
};
constexpr std::size_t entries = 1024;

int instruction_of(PyFrameObject* frame) {
#if PY_VERSION_HEX >= 0x030B0000
  return PyFrame_GetLasti(frame);
#else
  return frame->f_lasti;
#endif
}

std::string_view text_of(PyObject* unicode) {
  Py_ssize_t size = 0;
  const char* text = unicode ? PyUnicode_AsUTF8AndSize(unicode, &size) : nullptr;
  if (!text) PyErr_Clear();
  return text ? std::string_view(text, std::size_t(size)) : std::string_view("?");
}

void fill(Entry& e, PyFrameObject* frame, PyObject* code, int instruction) {
  Ref file = Ref::steal(PyObject_GetAttrString(code, "co_filename"));
  Ref function = Ref::steal(PyObject_GetAttrString(code, "co_name"));
  const std::string_view path = text_of(file.get());
  Py_XDECREF(std::exchange(e.code, new_reference(code)));
  e.instruction = instruction;
  e.inside = !package_folder.empty() && path.starts_with(package_folder);
  e.line = make_location(path, unsigned(PyFrame_GetLineNumber(frame)), text_of(function.get()));
}

const Entry& entry_of(PyFrameObject* frame) {
  static Entry table[entries];  // under the interpreter's lock
  Ref code = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  const int instruction = instruction_of(frame);
  const auto hash =
      (reinterpret_cast<std::uintptr_t>(code.get()) >> 5) * 31 + unsigned(instruction);
  Entry& e = table[hash % entries];
  if (e.code != code.get() || e.instruction != instruction) fill(e, frame, code.get(), instruction);
  return e;
}

}  // namespace

Location python_line() {
  PyFrameObject* innermost = PyEval_GetFrame();
  if (!innermost) return {};
  const Entry& e = entry_of(innermost);
  if (!e.inside) [[likely]]
    return e.line;
  const Location within = e.line;
  Ref frame = Ref::borrow(reinterpret_cast<PyObject*>(innermost));
  while (true) {
    PyFrameObject* caller = PyFrame_GetBack(reinterpret_cast<PyFrameObject*>(frame.get()));
    if (!caller) return within;
    frame = Ref::steal(reinterpret_cast<PyObject*>(caller));
    if (const Entry& outer = entry_of(caller); !outer.inside) return outer.line;
  }
}

void bind_location(nb::module_& m) {
  m.def("_set_package_folder", [](const char* folder) { package_folder = folder; });
  m.def(
      "_python_line", [] { return nb::str(text(python_line()).c_str()); },
      "file:line of the caller, as errors and programs name it.");
}

}  // namespace tandem::python
