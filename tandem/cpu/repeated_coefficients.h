// Coefficients of polynomials as whole vectors.
#pragma once
#include <array>
#include <cstddef>

namespace tandem::detail {

/// Each of `coefficients` as often as the longest vector of AVX2 has lanes. Not const: whatever a
/// compiler knows to be one number it broadcasts, by an instruction and into a register each time,
/// where a multiply-add reads a vector from memory for nothing.
template <class T, const auto& coefficients>
alignas(32) inline constinit auto repeated = [] {
  std::array<std::array<T, 32 / sizeof(T)>, std::size(coefficients)> vectors;
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i].fill(coefficients[i]);
  return vectors;
}();

}  // namespace tandem::detail
