#pragma once
#include <cstdint>

namespace tandem::graph {

/// a / b, rounded down (toward minus infinity), as sizes are divided. b is not 0.
inline int64_t floor_division(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

}  // namespace tandem::graph
