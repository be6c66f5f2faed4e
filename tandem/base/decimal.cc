#include "tandem/base/decimal.h"

#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>

namespace tandem {
namespace {

/// A natural number of up to 1280 bits; the largest here, of the smallest double, has some 1200.
class Natural {
 public:
  explicit Natural(uint64_t value) {
    for (; value; value >>= 32) word_[size_++] = uint32_t(value);
  }

  Natural& operator*=(uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < size_; ++i, carry >>= 32) {
      carry += uint64_t(word_[i]) * factor;
      word_[i] = uint32_t(carry);
    }
    if (carry) word_[size_++] = uint32_t(carry);
    return *this;
  }
  Natural& operator<<=(int bits) {
    for (; bits >= 31; bits -= 31) *this *= uint32_t(1) << 31;
    return *this *= uint32_t(1) << bits;
  }
  void multiply_by_power_of_ten(int exponent) {
    for (; exponent >= 9; exponent -= 9) *this *= 1'000'000'000;
    for (; exponent > 0; --exponent) *this *= 10;
  }
  /// Not below zero.
  Natural& operator-=(const Natural& b) {
    int64_t borrow = 0;
    for (int i = 0; i < size_; ++i, borrow >>= 32) {
      borrow += int64_t(word_[i]) - b.at(i);
      word_[i] = uint32_t(borrow);
    }
    while (size_ && !word_[size_ - 1]) --size_;
    return *this;
  }
  friend Natural operator+(Natural a, const Natural& b) {
    uint64_t carry = 0;
    const int size = a.size_ > b.size_ ? a.size_ : b.size_;
    for (int i = 0; i < size; ++i, carry >>= 32) {
      carry += uint64_t(a.at(i)) + b.at(i);
      a.word_[i] = uint32_t(carry);
    }
    a.size_ = size;
    if (carry) a.word_[a.size_++] = uint32_t(carry);
    return a;
  }
  friend std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
    if (a.size_ != b.size_) return a.size_ <=> b.size_;
    for (int i = a.size_; i-- > 0;)
      if (a.word_[i] != b.word_[i]) return a.word_[i] <=> b.word_[i];
    return std::strong_ordering::equal;
  }

 private:
  uint32_t at(int i) const { return i < size_ ? word_[i] : 0; }

  uint32_t word_[40] = {};
  int size_ = 0;
};

/// digits * 10^(exponent - number of digits + 1)
struct Decimal {
  std::string digits;
  int exponent;
};

/// Steele and White's digits: one at a time, until what is left is less than half the distance to
/// the next floating number. `value` is positive and finite.
template <class F, class Bits>
Decimal decimal_of(F value) {
  constexpr int fraction_bits = std::numeric_limits<F>::digits - 1;
  constexpr int smallest_exponent = std::numeric_limits<F>::min_exponent - 1 - fraction_bits;
  const Bits bits = std::bit_cast<Bits>(value);
  const Bits fraction = bits & ((Bits(1) << fraction_bits) - 1);
  const int biased = int(bits >> fraction_bits);
  const uint64_t significand = biased ? fraction | Bits(1) << fraction_bits : fraction;
  const int exponent = smallest_exponent + (biased ? biased - 1 : 0);  // value = significand * 2^it
  // Numbers at half the distance are rounded to the even one when they are read.
  const bool even = significand % 2 == 0;
  const bool is_closer_below = fraction == 0 && biased > 1;

  // value = rest / scale; half the distances to the numbers around are above / scale, below /
  // scale.
  Natural rest(significand), scale(1), above(1), below(1);
  rest <<= 1 + is_closer_below + (exponent > 0 ? exponent : 0);
  scale <<= 1 + is_closer_below + (exponent < 0 ? -exponent : 0);
  above <<= int(is_closer_below) + (exponent > 0 ? exponent : 0);
  below <<= exponent > 0 ? exponent : 0;
  // The place before the first digit, or one before that.
  const int bit_length = exponent + int(std::bit_width(significand)) - 1;
  int place = int(std::ceil(bit_length * 0.30102999566398120 - 1e-10));
  scale.multiply_by_power_of_ten(place);
  for (Natural* n : {&rest, &above, &below}) n->multiply_by_power_of_ten(-place);
  const auto reaches = [even](const Natural& a, const Natural& b) { return even ? a >= b : a > b; };
  if (reaches(rest + above, scale))
    ++place;
  else
    for (Natural* n : {&rest, &above, &below}) *n *= 10;

  Decimal decimal{"", place - 1};
  for (;; rest *= 10, above *= 10, below *= 10) {
    char digit = '0';
    for (; rest >= scale; rest -= scale) ++digit;
    const bool low = reaches(below, rest), high = reaches(rest + above, scale);
    if (low || high) {
      const auto half = rest + rest <=> scale;
      digit += high && (!low || half > 0 || (half == 0 && digit % 2));
      decimal.digits += digit;
      return decimal;
    }
    decimal.digits += digit;
  }
}

std::string scientific(const Decimal& d) {
  std::string s = d.digits.substr(0, 1);
  if (d.digits.size() > 1) s += '.';
  s.append(d.digits, 1);
  const int magnitude = std::abs(d.exponent);
  s += d.exponent < 0 ? "e-" : "e+";
  if (magnitude >= 100) s += char('0' + magnitude / 100);
  s += char('0' + magnitude / 10 % 10);
  s += char('0' + magnitude % 10);
  return s;
}

/// All digits of an integer that has more of them than `d`.
std::string whole(unsigned __int128 value) {
  std::string s;
  for (; value; value /= 10) s.insert(s.begin(), char('0' + int(value % 10)));
  return s;
}

template <class F, class Bits>
std::string shortest(F value) {
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isnan(value)) return sign + "nan";
  if (std::isinf(value)) return sign + "inf";
  if (value == 0) return sign + "0";
  value = std::abs(value);
  const Decimal d = decimal_of<F, Bits>(value);
  const std::string with_exponent = scientific(d);
  const int digits = int(d.digits.size()), before_point = d.exponent + 1;
  const int length = before_point <= 0       ? digits + 2 - before_point
                     : digits > before_point ? digits + 1
                                             : before_point;
  if (length > int(with_exponent.size())) return sign + with_exponent;
  if (before_point <= 0) return sign + "0." + std::string(-before_point, '0') + d.digits;
  if (digits > before_point)
    return sign + d.digits.substr(0, before_point) + '.' + d.digits.substr(before_point);
  return sign + whole((unsigned __int128)value);  // below 1e23, or it were longer
}

}  // namespace

std::string shortest_decimal(double value) { return shortest<double, uint64_t>(value); }
std::string shortest_decimal(float value) { return shortest<float, uint32_t>(value); }

}  // namespace tandem
