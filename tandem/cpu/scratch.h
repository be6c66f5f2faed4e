// Memory that a kernel needs for the length of a call.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tandem::cpu {

/// A scope on the calling thread's scratch stack. What get() returns belongs to the scope and lives
/// until the scope ends; scopes nest, as kernels that call kernels do. The thread keeps the memory
/// for its next kernel, as much as it once needed, and frees it when it exits.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// `count` elements, uninitialized, 64-byte aligned. Throws std::bad_alloc.
  template <class T>
  T* get(int64_t count) {
    return static_cast<T*>(bytes(size_t(count) * sizeof(T)));
  }

 private:
  void* bytes(size_t size);
  size_t block_, used_;  // the top of the stack when the scope began
};

}  // namespace tandem::cpu
