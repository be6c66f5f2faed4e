#include "tandem/base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tandem {
namespace {

/// What a 16-bit format of so many fraction bits and such an exponent range holds.
struct Format {
  int fraction_bits, least_exponent, exponent_bits;

  double value(uint16_t bits) const {
    const int sign = bits >> 15, exponent = (bits & 0x7fff) >> fraction_bits;
    const int fraction = bits & ((1 << fraction_bits) - 1);
    double v = exponent == (1 << exponent_bits) - 1
                   ? (fraction ? std::nan("") : std::numeric_limits<double>::infinity())
               : exponent ? std::ldexp((1 << fraction_bits) + fraction,
                                       least_exponent + exponent - 1 - fraction_bits)
                          : std::ldexp(fraction, least_exponent - fraction_bits);
    return sign ? -v : v;
  }
  /// The nearest number of the format; a tie goes to the even one.
  double rounded(float x) const {
    if (!std::isfinite(x) || x == 0) return x;
    const int exponent = std::max(std::ilogb(x), least_exponent);
    const double unit = std::ldexp(1.0, exponent - fraction_bits);
    const double r = std::nearbyint(double(x) / unit) * unit;
    const int highest = least_exponent + (1 << exponent_bits) - 3;
    return std::abs(r) >= std::ldexp(1.0, highest + 1)
               ? std::copysign(std::numeric_limits<double>::infinity(), r)
               : r;
  }
};

/// Every number of the format, and the floats around each border between two of them.
template <class T>
void check(const Format& format) {
  auto same = [](double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  };
  auto expect_rounded = [&](float x) {
    ASSERT_TRUE(same(float(T(x)), format.rounded(x)))
        << std::hexfloat << x << " became " << float(T(x));
  };
  for (int bits = 0; bits < 65536; ++bits) {
    T t;
    t.bits = uint16_t(bits);
    const double value = format.value(t.bits);
    ASSERT_TRUE(same(float(t), value)) << bits;
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(float(T(float(t)))));
      continue;
    }
    ASSERT_EQ(T(float(t)).bits, t.bits);  // back and forth
    const bool last = std::isinf(value) || std::isinf(format.value(uint16_t(bits + 1)));
    const double next = last ? value : format.value(uint16_t(bits + 1));
    const float middle = float((value + next) / 2);  // exact
    for (float x :
         {float(value), middle, std::nextafter(middle, -INFINITY), std::nextafter(middle, INFINITY),
          std::nextafter(float(value), INFINITY), std::nextafter(float(value), -INFINITY)})
      expect_rounded(x);
  }
  for (float x :
       {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(),
        std::numeric_limits<float>::denorm_min(), 65504.f, 65519.996f, 65520.f, 3.3895e38f})
    expect_rounded(x);
  uint32_t bits = 1;  // and floats from all over
  for (int i = 0; i < 2000000; ++i) {
    bits = bits * 1664525 + 1013904223;
    const float x = std::bit_cast<float>(bits);
    if (!std::isnan(x)) expect_rounded(x);
  }
  // A NaN stays one, whatever bits it has.
  for (uint32_t payload : {1u, 0x1fffu, 0x2000u, 0x400000u, 0x7fffffu})
    for (uint32_t sign : {0u, 0x80000000u})
      ASSERT_TRUE(std::isnan(float(T(std::bit_cast<float>(sign | 0x7f800000u | payload)))));
}

TEST(Half, IsBinary16) { check<Half>({10, -14, 5}); }
TEST(Half, BFloat16IsTheUpperHalfOfAFloat) { check<BFloat16>({7, -126, 8}); }

}  // namespace
}  // namespace tandem
