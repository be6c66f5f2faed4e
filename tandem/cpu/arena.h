// Hands out a kernel's workspace piece by piece. A kernel first takes all its pieces; with an
// arena that only measures it stops there, so size and use come from the same lines.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tandem::cpu {

class Arena {
 public:
  /// Measures: every piece is null.
  Arena() = default;
  /// Hands out `workspace`, whose size a measuring arena has told.
  explicit Arena(std::byte* workspace) : base_(workspace) {}

  /// `count` uninitialized elements on a cache line of their own.
  template <class T>
  T* take(int64_t count) {
    constexpr int64_t line = 64;
    const int64_t at = bytes_;
    bytes_ += (count * int64_t(sizeof(T)) + line - 1) / line * line;
    return base_ ? reinterpret_cast<T*>(base_ + at) : nullptr;
  }

  bool measuring() const { return base_ == nullptr; }
  int64_t bytes() const { return bytes_; }

 private:
  std::byte* base_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace tandem::cpu
