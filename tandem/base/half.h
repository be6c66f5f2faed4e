// The 16-bit floating types: storage and conversion; arithmetic happens in float.
#pragma once
#include <bit>
#include <cstdint>

namespace tandem {

/// IEEE 754 binary16. Conversion from float rounds to nearest, ties to even.
struct Half {
  uint16_t bits = 0;
  Half() = default;
  constexpr Half(float value) : bits(round(value)) {}
  constexpr operator float() const {
    const uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = bits >> 10 & 31,
                   fraction = bits & 1023;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
    if (exponent) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
    const float magnitude = float(fraction) * 0x1p-24f;  // subnormal, exact in float
    return sign ? -magnitude : magnitude;
  }

 private:
  static constexpr uint16_t round(float value) {
    const uint32_t u = std::bit_cast<uint32_t>(value), sign = u >> 16 & 0x8000;
    const uint32_t magnitude = u & 0x7fffffff;
    if (magnitude > 0x7f800000) return uint16_t(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));  // NaN
    if (magnitude >= 0x477ff000) return uint16_t(sign | 0x7c00);  // rounds to 65536 or more
    if (magnitude < 0x38800000) {
      // Subnormal: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits.
      const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
      return uint16_t(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000));
    }
    const uint32_t odd = magnitude >> 13 & 1;
    return uint16_t(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
  }
};

/// The upper half of a float. Conversion from float rounds to nearest, ties to even.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  constexpr BFloat16(float value) : bits(round(value)) {}
  constexpr operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }

 private:
  static constexpr uint16_t round(float value) {
    const uint32_t u = std::bit_cast<uint32_t>(value);
    if ((u & 0x7fffffff) > 0x7f800000) return uint16_t(u >> 16 | 0x40);  // NaN stays one
    return uint16_t((u + 0x7fff + (u >> 16 & 1)) >> 16);
  }
};

}  // namespace tandem
