// Bits of integers, and of bool as one bit. Floating operands are an error of code dtype.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

struct BitwiseAnd {
  static constexpr Signature signature = "bitwise_and(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return bitwise_and(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseOr {
  static constexpr Signature signature = "bitwise_or(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return bitwise_or(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseXor {
  static constexpr Signature signature = "bitwise_xor(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return bitwise_xor(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseNot {
  static constexpr Signature signature = "bitwise_not(input)";
  static constexpr auto lane = [](auto x) { return bitwise_not(x); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseLeftShift {
  static constexpr Signature signature = "bitwise_left_shift(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return bitwise_left_shift(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseRightShift {
  static constexpr Signature signature = "bitwise_right_shift(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return bitwise_right_shift(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct BitwiseOps
    : List<BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitwiseLeftShift, BitwiseRightShift> {};

}  // namespace tandem
