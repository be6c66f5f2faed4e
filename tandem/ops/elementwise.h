// Arithmetic, bounds and rounding: one lane expression each.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

struct Add {
  static constexpr Signature signature = "add(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a + b; };
  Grads vjp(const Call& c) const { return {c.dy(), c.dy()}; }
};

/// Not defined for bool: bitwise_xor() is what is meant.
struct Sub {
  static constexpr Signature signature = "sub(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a - b; };
  Grads vjp(const Call& c) const { return {c.dy(), c.needs(1) ? -c.dy() : Tensor()}; }
};

struct Mul {
  static constexpr Signature signature = "mul(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a * b; };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {c.needs(0) ? c.dy() * c.operand(1) : Tensor(),
            c.needs(1) ? c.dy() * c.operand(0) : Tensor()};
  }
};

/// True division: integers give the default floating dtype.
struct Div {
  static constexpr Signature signature = "div(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a / b; };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  Grads vjp(const Call& c) const {
    const Tensor da = c.dy() / c.operand(1);
    return {da, c.needs(1) ? -(da * c.result()) : Tensor()};
  }
};

/// floor(input / other), for integers and floating numbers alike. It has no gradient.
/// Errors: code value when an integer is divided by zero.
struct FloorDivide {
  static constexpr Signature signature = "floor_divide(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return floor_divide(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

/// input - other * floor(input / other): it has the sign of `other`.
struct Remainder {
  static constexpr Signature signature = "remainder(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return remainder(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {c.dy(), c.needs(1) ? -(c.dy() * floor_divide(c.operand(0), c.operand(1))) : Tensor()};
  }
};

/// input - other * trunc(input / other): it has the sign of `input`.
struct Fmod {
  static constexpr Signature signature = "fmod(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return fmod(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {c.dy(), c.needs(1) ? -(c.dy() * trunc(c.operand(0) / c.operand(1))) : Tensor()};
  }
};

/// Errors: code value for an integer to a negative whole number.
struct Pow {
  static constexpr Signature signature = "pow(input, exponent)";
  static constexpr auto lane = [](auto a, auto b) { return pow(a, b); };
  static constexpr Keep keep = Keep::both;
  Grads vjp(const Call& c) const;
};

/// Not defined for bool: logical_not() is what is meant.
struct Neg {
  static constexpr Signature signature = "neg(input)";
  static constexpr auto lane = [](auto x) { return -x; };
  Grads vjp(const Call& c) const { return {-c.dy()}; }
};

struct Abs {
  static constexpr Signature signature = "abs(input)";
  static constexpr auto lane = [](auto x) { return abs(x); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * sign(c.operand(0))}; }
};

/// -1, 0 or 1; 0 for NaN.
struct Sign {
  static constexpr Signature signature = "sign(input)";
  static constexpr auto lane = [](auto x) { return sign(x); };
  Grads vjp(const Call& c) const { return {zeros_like(c.dy())}; }
};

struct Square {
  static constexpr Signature signature = "square(input)";
  static constexpr auto lane = [](auto x) { return square(x); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * (c.operand(0) * 2)}; }
};

struct Reciprocal {
  static constexpr Signature signature = "reciprocal(input)";
  static constexpr auto lane = [](auto x) { return reciprocal(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const {
    const Tensor y = c.result();
    return {-(c.dy() * (y * y))};
  }
};

struct Sqrt {
  static constexpr Signature signature = "sqrt(input)";
  static constexpr auto lane = [](auto x) { return sqrt(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() / (c.result() * 2)}; }
};

/// 1 / sqrt(input)
struct Rsqrt {
  static constexpr Signature signature = "rsqrt(input)";
  static constexpr auto lane = [](auto x) { return rsqrt(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const {
    const Tensor y = c.result();
    return {c.dy() * -0.5 * (y * y * y)};
  }
};

/// The larger of two, NaN if either is. Of equal ones each takes half of the gradient.
struct Maximum {
  static constexpr Signature signature = "maximum(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return maximum(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

struct Minimum {
  static constexpr Signature signature = "minimum(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return minimum(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

/// At least `min`, whose gradient at equality goes to the input.
struct ClampMin {
  static constexpr Signature signature = "clamp_min(input, min)";
  static constexpr auto lane = [](auto a, auto b) { return maximum(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    const Tensor x = c.operand(0), bound = c.operand(1);
    return {c.needs(0) ? where(ge(x, bound), c.dy(), 0) : Tensor(),
            c.needs(1) ? where(lt(x, bound), c.dy(), 0) : Tensor()};
  }
};

/// At most `max`, whose gradient at equality goes to the input.
struct ClampMax {
  static constexpr Signature signature = "clamp_max(input, max)";
  static constexpr auto lane = [](auto a, auto b) { return minimum(a, b); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    const Tensor x = c.operand(0), bound = c.operand(1);
    return {c.needs(0) ? where(le(x, bound), c.dy(), 0) : Tensor(),
            c.needs(1) ? where(gt(x, bound), c.dy(), 0) : Tensor()};
  }
};

/// Between `min` and `max`, of which one may be left out; `max` where they cross.
struct Clamp {
  static constexpr Signature signature = "clamp(input, min?, max?)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 0b111;
  Tensor decompose(const Tensor& input, const Tensor* min, const Tensor* max) const;
};

/// input + weight * (end - input), exact at both ends.
struct Lerp {
  static constexpr Signature signature = "lerp(input, end, weight)";
  static constexpr auto lane = [](auto a, auto b, auto w) {
    return where(abs(w) < 0.5, a + w * (b - a), b - (b - a) * (1 - w));
  };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

/// input + value * tensor1 * tensor2
struct Addcmul {
  static constexpr Signature signature = "addcmul(input, tensor1, tensor2, value)";
  Scalar value = 1;
  static constexpr auto lane = [](auto x, auto a, auto b, auto value) { return x + value * a * b; };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

/// input + value * tensor1 / tensor2
struct Addcdiv {
  static constexpr Signature signature = "addcdiv(input, tensor1, tensor2, value)";
  Scalar value = 1;
  static constexpr auto lane = [](auto x, auto a, auto b, auto value) {
    return x + value * (a / b);
  };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

/// sqrt(input^2 + other^2) without overflow.
struct Hypot {
  static constexpr Signature signature = "hypot(input, other)";
  static constexpr auto lane = [](auto a, auto b) {
    return let(maximum(abs(a), abs(b)), [a, b](auto m) {
      return let(minimum(abs(a), abs(b)) / where(m > 0, m, 1),
                 [m](auto r) { return where(isinf(m), m, m * sqrt(1 + r * r)); });
    });
  };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  Grads vjp(const Call& c) const {
    const Tensor share = c.dy() / c.result();
    return {share * c.operand(0), share * c.operand(1)};
  }
};

struct Floor {
  static constexpr Signature signature = "floor(input)";
  static constexpr auto lane = [](auto x) { return floor(x); };
  Grads vjp(const Call& c) const { return {zeros_like(c.dy())}; }
};

struct Ceil {
  static constexpr Signature signature = "ceil(input)";
  static constexpr auto lane = [](auto x) { return ceil(x); };
  Grads vjp(const Call& c) const { return {zeros_like(c.dy())}; }
};

/// To the nearest whole number, halves to the even one.
struct RoundToEven {
  static constexpr Signature signature = "round(input)";
  static constexpr auto lane = [](auto x) { return round(x); };
  Grads vjp(const Call& c) const { return {zeros_like(c.dy())}; }
};

/// Towards zero.
struct Trunc {
  static constexpr Signature signature = "trunc(input)";
  static constexpr auto lane = [](auto x) { return trunc(x); };
  Grads vjp(const Call& c) const { return {zeros_like(c.dy())}; }
};

/// input - trunc(input)
struct Frac {
  static constexpr Signature signature = "frac(input)";
  static constexpr auto lane = [](auto x) { return x - trunc(x); };
  Grads vjp(const Call& c) const { return {c.dy()}; }
};

struct Positive {
  static constexpr Signature signature = "positive(input)";
  static constexpr auto lane = [](auto x) { return x; };
  Grads vjp(const Call& c) const { return {c.dy()}; }
};

struct ElementwiseOps
    : List<Add, Sub, Mul, Div, FloorDivide, Remainder, Fmod, Pow, Neg, Abs, Sign, Square,
           Reciprocal, Sqrt, Rsqrt, Maximum, Minimum, ClampMin, ClampMax, Clamp, Lerp, Addcmul,
           Addcdiv, Hypot, Floor, Ceil, RoundToEven, Trunc, Frac, Positive> {};

}  // namespace tandem
