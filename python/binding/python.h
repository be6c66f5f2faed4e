// Python.h as every file of the binding sees it, and owned references.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <nanobind/nanobind.h>

#include <utility>

namespace tandem::python {

namespace nb = nanobind;

/// An owned reference; null: none.
class Ref {
 public:
  Ref() = default;
  static Ref steal(PyObject* owned) {
    Ref r;
    r.object_ = owned;
    return r;
  }
  static Ref borrow(PyObject* object) {
    Py_XINCREF(object);
    return steal(object);
  }
  Ref(const Ref&) = delete;
  Ref(Ref&& o) noexcept : object_(std::exchange(o.object_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(object_, o.object_);
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_; }

 private:
  PyObject* object_ = nullptr;
};

inline PyObject* new_reference(PyObject* object) {
  Py_INCREF(object);
  return object;
}

}  // namespace tandem::python
