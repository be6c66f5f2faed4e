#include "tandem/cpu/lane_integers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace tandem::cpu {
namespace {

constexpr lane::Symbol<0> a;
constexpr lane::Symbol<1> b;

template <class T, class E>
T eval(E e, T x, T y = 0) {
  return T(walk_integers<T>(e, x, y));
}

TEST(LaneIntegers, DivisionFloorsAndRemaindersTakeTheirSign) {
  for (int64_t x : {-7, -6, -1, 0, 1, 6, 7})
    for (int64_t y : {-3, -1, 1, 3}) {
      const int64_t q = eval<int64_t>(lane::floor_divide(a, b), x, y);
      const int64_t r = eval<int64_t>(lane::remainder(a, b), x, y);
      EXPECT_EQ(q * y + r, x);
      EXPECT_TRUE(r == 0 || (r < 0) == (y < 0)) << x << " " << y;
      EXPECT_EQ(eval<int64_t>(lane::fmod(a, b), x, y), x % y);
    }
  EXPECT_EQ(eval<int8_t>(lane::floor_divide(a, b), int8_t(-128), int8_t(-1)), -128);
  EXPECT_EQ(eval<int64_t>(lane::floor_divide(a, b), INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(eval<uint8_t>(lane::remainder(a, b), uint8_t(250), uint8_t(7)), 5);
  EXPECT_THROW(eval<int32_t>(lane::remainder(a, b), 1, 0), Error);
}

TEST(LaneIntegers, PowersWrapAndNegativeOnesVanish) {
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), -3, 5), -243);
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), 2, 64), 0);
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), 0, 0), 1);
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), -1, -3), -1);
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), 1, -3), 1);
  EXPECT_EQ(eval<int64_t>(lane::pow(a, b), 5, -1), 0);
  EXPECT_EQ(eval<uint8_t>(lane::pow(a, b), 3, 6), uint8_t(729));
}

TEST(LaneIntegers, ShiftsOutOfRange) {
  EXPECT_EQ(eval<int64_t>(lane::bitwise_left_shift(a, b), 1, 3), 8);
  EXPECT_EQ(eval<int64_t>(lane::bitwise_left_shift(a, b), 5, 64), 0);
  EXPECT_EQ(eval<int64_t>(lane::bitwise_left_shift(a, b), 5, -1), 0);
  EXPECT_EQ(eval<int64_t>(lane::bitwise_right_shift(a, b), -5, 64), -1);
  EXPECT_EQ(eval<int64_t>(lane::bitwise_right_shift(a, b), -5, 1), -3);
  EXPECT_EQ(eval<int8_t>(lane::bitwise_right_shift(a, b), int8_t(-5), int8_t(9)), -1);
  EXPECT_EQ(eval<uint8_t>(lane::bitwise_right_shift(a, b), 250, 9), 0);
  EXPECT_EQ(eval<uint8_t>(lane::bitwise_right_shift(a, b), 250, 1), 125);
}

TEST(LaneIntegers, TheRest) {
  EXPECT_EQ(eval<int32_t>(lane::abs(a), INT32_MIN), INT32_MIN);
  EXPECT_EQ(eval<int16_t>(lane::sign(a), -300), -1);
  EXPECT_EQ(eval<int32_t>(lane::square(a), 1 << 20), 0);
  EXPECT_EQ(eval<int32_t>(lane::maximum(a, b), -1, 1), 1);
  EXPECT_EQ(eval<uint8_t>(lane::bitwise_not(a), 1), 254);
  EXPECT_EQ(eval<bool>(lane::bitwise_not(a), true), false);
  EXPECT_EQ(eval<int64_t>(lane::where(a < b, a * 2, b), 3, 4), 6);
  EXPECT_EQ(eval<int64_t>(lane::fma(a, b, 1), 3, 4), 13);
  EXPECT_EQ(eval<int64_t>(lane::logical_xor(a, b), 3, 4), 0);
  EXPECT_EQ(eval<int64_t>(lane::isfinite(a), 3), 1);
}

TEST(LaneIntegers, WhatIntegersDoNotTake) {
  EXPECT_TRUE(takes_tree<int64_t>(a + 1));
  EXPECT_FALSE(takes_tree<int64_t>(a + 0.5));
  EXPECT_FALSE(takes_tree<int64_t>(lane::exp(a)));
  EXPECT_FALSE(takes_tree<int64_t>(a / b));
  EXPECT_FALSE(takes_tree<bool>(a - b));
  EXPECT_TRUE(takes_tree<bool>(lane::logical_and(a, b)));
  EXPECT_FALSE(takes_tree<int64_t>(lane::let(a + 1, [](auto t) { return lane::sqrt(t); })));
}

}  // namespace
}  // namespace tandem::cpu
