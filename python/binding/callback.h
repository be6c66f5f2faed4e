// Python callables inside C++ objects, which are called and dropped on any thread.
#pragma once
#include <memory>

#include "python/binding/python.h"

namespace tandem::python {

/// Holds the interpreter's lock while it lives.
class Locked {
 public:
  Locked() : state_(PyGILState_Ensure()) {}
  Locked(const Locked&) = delete;
  ~Locked() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_;
};

/// A reference that may be dropped without the lock.
class Callback {
 public:
  explicit Callback(nb::object f)
      : function_(new nb::object(std::move(f)), [](nb::object* o) {
          if (!Py_IsInitialized()) return;
          Locked lock;
          delete o;
        }) {}
  /// Under the lock.
  nb::handle get() const { return *function_; }

 private:
  std::shared_ptr<nb::object> function_;
};

}  // namespace tandem::python
