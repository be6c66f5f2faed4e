// Elementwise functions made of others.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// -1, 0 or 1: sign() by the name that complex numbers would have it by.
struct Sgn {
  static constexpr Signature signature = "sgn(input)";
  Tensor decompose(const Tensor& input) const;
};
struct Deg2rad {
  static constexpr Signature signature = "deg2rad(input)";
  Tensor decompose(const Tensor& input) const;
};
struct Rad2deg {
  static constexpr Signature signature = "rad2deg(input)";
  Tensor decompose(const Tensor& input) const;
};
/// The magnitude of input with the sign of other, also of zeros.
struct Copysign {
  static constexpr Signature signature = "copysign(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::floating;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// 0 below zero, 1 above it, `values` at it.
struct Heaviside {
  static constexpr Signature signature = "heaviside(input, values)";
  Tensor decompose(const Tensor& input, const Tensor& values) const;
};
/// sin(pi x) / (pi x), 1 at 0.
struct Sinc {
  static constexpr Signature signature = "sinc(input)";
  Tensor decompose(const Tensor& input) const;
};
/// The larger one; a number where only one of the two is NaN.
struct Fmax {
  static constexpr Signature signature = "fmax(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::common;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// The smaller one; a number where only one of the two is NaN.
struct Fmin {
  static constexpr Signature signature = "fmin(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::common;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// input * 2^other
struct Ldexp {
  static constexpr Signature signature = "ldexp(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// log2(2^input + 2^other)
struct Logaddexp2 {
  static constexpr Signature signature = "logaddexp2(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::floating;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// pow() in float64.
struct FloatPower {
  static constexpr Signature signature = "float_power(input, exponent)";
  static constexpr uint16_t numbers = 0b11;
  Tensor decompose(const Tensor& input, const Tensor& exponent) const;
};
/// The greatest common divisor of integers, 0 or more.
struct Gcd {
  static constexpr Signature signature = "gcd(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::common;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call&) const { return {}; }
};
/// The least common multiple of integers, 0 or more.
struct Lcm {
  static constexpr Signature signature = "lcm(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::common;
  Type infer(const Type& input, const Type& other) const;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
  Grads vjp(const Call&) const { return {}; }
};

struct ArithmeticOps : List<Sgn, Deg2rad, Rad2deg, Copysign, Heaviside, Sinc, Fmax, Fmin, Ldexp,
                            Logaddexp2, FloatPower, Gcd, Lcm> {};

}  // namespace tandem
