#include "tandem/cpu/argument_reduction.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tandem::detail {
namespace {

/// The binary digits of 2/pi after the point, 64 a word: enough for the largest double.
constexpr uint64_t kTwoOverPi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

/// 64 digits of 2/pi from digit `at` on; the digits before the point are 0.
uint64_t digits(int at) {
  if (at < 0) return at <= -64 ? 0 : kTwoOverPi[0] >> -at;
  const int word = at / 64, shift = at % 64;
  return shift == 0 ? kTwoOverPi[word]
                    : kTwoOverPi[word] << shift | kTwoOverPi[word + 1] >> (64 - shift);
}

}  // namespace

int reduce_angle(double x, double& high, double& low) {
  using Wide = unsigned __int128;
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const int biased = int(bits >> 52 & 0x7ff);
  if (biased == 0x7ff) {
    high = low = std::numeric_limits<double>::quiet_NaN();
    return 0;
  }
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const int exponent = biased - 1075;  // |x| = mantissa * 2^exponent

  // |x| / (2 pi) mod 1 as a 192-bit fraction: digits of 2/pi above weight 2^(2 - exponent) would
  // give whole turns only, digits below the third word less than 2^-137.
  const int at = exponent - 2;
  const Wide p2 = Wide{mantissa} * digits(at + 128);
  const Wide p1 = Wide{mantissa} * digits(at + 64) + uint64_t(p2 >> 64);
  const uint64_t top = mantissa * digits(at) + uint64_t(p1 >> 64);
  const uint64_t middle = uint64_t(p1), bottom = uint64_t(p2);

  // The two top bits are the quadrant, rounded to the nearest; what is left is signed.
  int quadrant = int(top >> 62);
  uint64_t a = top << 2 | middle >> 62, b = middle << 2 | bottom >> 62, c = bottom << 2;
  const bool over = a >> 63;
  if (over) {
    ++quadrant;
    c = ~c + 1;
    b = ~b + (c == 0);
    a = ~a + (b == 0 && c == 0);
  }
  // Normalize, then take two pieces of 53 bits: fraction = first + second exactly enough.
  int zeros = 0;
  while (a == 0 && zeros < 128) a = b, b = c, c = 0, zeros += 64;
  if (const int shift = std::countl_zero(a); shift > 0 && shift < 64) {
    a = a << shift | b >> (64 - shift);
    b = b << shift | c >> (64 - shift);
    zeros += shift;
  }
  const double first = std::ldexp(double(a >> 11), -53 - zeros);
  const double second = std::ldexp(double((a & 0x7ff) << 42 | b >> 22), -106 - zeros);

  const double half_pi = 0x1.921fb54442d18p+0, half_pi_low = 0x1.1a62633145c07p-54;
  const double product = first * half_pi;
  const double rest = std::fma(first, half_pi, -product) + (first * half_pi_low + second * half_pi);
  high = product + rest;
  low = product - high + rest;
  if (over != (x < 0)) high = -high, low = -low;
  return (x < 0 ? -quadrant : quadrant) & 3;
}

}  // namespace tandem::detail
