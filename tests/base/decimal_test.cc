#include "tandem/base/decimal.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace tandem {
namespace {

/// The standard library's answer.
template <class F>
std::string expected(F value) {
  char digits[64];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}
template <class F>
void check(F value) {
  ASSERT_EQ(shortest_decimal(value), expected(value)) << std::hexfloat << value;
  ASSERT_EQ(shortest_decimal(-value), expected(-value));
}

template <class F>
void check_range() {
  using Limits = std::numeric_limits<F>;
  for (const F v : {F(0), F(1), F(0.1), F(100), F(123456), F(1e5), F(1e-5), F(1e22), F(1e23),
                    Limits::max(), Limits::min(), Limits::denorm_min(), Limits::epsilon(),
                    Limits::infinity(), Limits::quiet_NaN()})
    check(v);
  // Powers of two: the number below is closer than the one above.
  for (int e = Limits::min_exponent - Limits::digits; e < Limits::max_exponent; ++e) {
    const F power = std::ldexp(F(1), e);
    for (const F v : {power, std::nextafter(power, F(0)), std::nextafter(power, power * 2)})
      check(v);
  }
  for (int e = Limits::min_exponent10; e <= Limits::max_exponent10; ++e)
    for (const F v : {F(std::pow(10.0L, e)), F(3 * std::pow(10.0L, e - 1))}) check(v);
}

TEST(Decimal, SaysWhatTheStandardLibrarySays) {
  check_range<double>();
  check_range<float>();
}

TEST(Decimal, AnyBits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t bits = random();
    const auto d = std::bit_cast<double>(bits);
    const auto f = std::bit_cast<float>(uint32_t(bits));
    if (!std::isnan(d)) check(d);
    if (!std::isnan(f)) check(f);
  }
}

TEST(Decimal, NumbersOfEverydaySize) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 50'000; ++i) {
    const double wide = double(int64_t(random())) * std::pow(10.0, -int(random() % 24));
    check(wide);
    check(float(wide));
    check(double(int64_t(random()) >> random() % 64));  // whole ones
  }
}

}  // namespace
}  // namespace tandem
