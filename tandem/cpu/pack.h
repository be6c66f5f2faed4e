// Elements at a stride, side by side and back.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tandem::cpu {

/// Calls f with an unsigned integer of `size` bytes: 1, 2, 4 or 8.
template <class F>
void with_size(int size, F&& f) {
  if (size == 1)
    f(uint8_t{});
  else if (size == 2)
    f(uint16_t{});
  else if (size == 4)
    f(uint32_t{});
  else
    f(uint64_t{});
}

/// n elements of `size` bytes, `stride` of them apart, are put side by side.
inline void pack(std::byte* to, const std::byte* from, int64_t stride, int size, int64_t n) {
  with_size(size, [&]<class T>(T) {
    T* t = reinterpret_cast<T*>(to);
    const T* f = reinterpret_cast<const T*>(from);
    for (int64_t i = 0; i < n; ++i) t[i] = f[i * stride];
  });
}

/// The reverse.
inline void unpack(std::byte* to, const std::byte* from, int64_t stride, int size, int64_t n) {
  with_size(size, [&]<class T>(T) {
    T* t = reinterpret_cast<T*>(to);
    const T* f = reinterpret_cast<const T*>(from);
    for (int64_t i = 0; i < n; ++i) t[i * stride] = f[i];
  });
}

}  // namespace tandem::cpu
