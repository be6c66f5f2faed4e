// Lets other Python threads run during long kernels.
#pragma once
#include "python/binding/python.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {

/// Releases the interpreter's lock while it lives, if `wanted`. It costs some 15 ns, so only work
/// of about 20 us and more asks for it. A tracer may call back into Python, so it keeps the lock.
class Unlocked {
 public:
  explicit Unlocked(bool wanted) {
    if (wanted && !mode.tracer) state_ = PyEval_SaveThread();
  }
  Unlocked(const Unlocked&) = delete;
  ~Unlocked() {
    if (state_) PyEval_RestoreThread(state_);
  }

 private:
  PyThreadState* state_ = nullptr;
};

/// Elements from which on an op that touches each once takes some 20 us.
inline constexpr int64_t long_elementwise = 1 << 15;
/// Elements of operands from which on any op may take as long: a 48 x 48 matmul.
inline constexpr int64_t long_op = 1 << 12;

}  // namespace tandem::python
