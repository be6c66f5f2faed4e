// Kernels that only move elements are one for all dtypes of a size.
#pragma once
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

}  // namespace tandem::cpu
