// Trigonometric and hyperbolic functions: one lane expression each.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

struct Sin {
  static constexpr Signature signature = "sin(input)";
  static constexpr auto lane = [](auto x) { return sin(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * cos(c.operand(0))}; }
};

struct Cos {
  static constexpr Signature signature = "cos(input)";
  static constexpr auto lane = [](auto x) { return cos(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {-(c.dy() * sin(c.operand(0)))}; }
};

struct Tan {
  static constexpr Signature signature = "tan(input)";
  static constexpr auto lane = [](auto x) { return tan(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() * (square(c.result()) + 1)}; }
};

struct Asin {
  static constexpr Signature signature = "asin(input)";
  static constexpr auto lane = [](auto x) { return asin(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * rsqrt(1 - square(c.operand(0)))}; }
};

struct Acos {
  static constexpr Signature signature = "acos(input)";
  static constexpr auto lane = [](auto x) { return acos(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {-(c.dy() * rsqrt(1 - square(c.operand(0))))}; }
};

struct Atan {
  static constexpr Signature signature = "atan(input)";
  static constexpr auto lane = [](auto x) { return atan(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / (square(c.operand(0)) + 1)}; }
};

/// The angle of the point (other, input).
struct Atan2 {
  static constexpr Signature signature = "atan2(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return atan2(a, b); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    const Tensor y = c.operand(0), x = c.operand(1), share = c.dy() / (square(y) + square(x));
    return {share * x, -(share * y)};
  }
};

struct Sinh {
  static constexpr Signature signature = "sinh(input)";
  static constexpr auto lane = [](auto x) { return sinh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * cosh(c.operand(0))}; }
};

struct Cosh {
  static constexpr Signature signature = "cosh(input)";
  static constexpr auto lane = [](auto x) { return cosh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * sinh(c.operand(0))}; }
};

struct Tanh {
  static constexpr Signature signature = "tanh(input)";
  static constexpr auto lane = [](auto x) { return tanh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {tanh_backward(c.dy(), c.result())}; }
};

struct TanhBackward {
  static constexpr Signature signature = "tanh_backward(grad, result)";
  static constexpr auto lane = [](auto dy, auto y) { return dy * (1 - y * y); };
};

struct Asinh {
  static constexpr Signature signature = "asinh(input)";
  static constexpr auto lane = [](auto x) { return asinh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * rsqrt(square(c.operand(0)) + 1)}; }
};

struct Acosh {
  static constexpr Signature signature = "acosh(input)";
  static constexpr auto lane = [](auto x) { return acosh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * rsqrt(square(c.operand(0)) - 1)}; }
};

struct Atanh {
  static constexpr Signature signature = "atanh(input)";
  static constexpr auto lane = [](auto x) { return atanh(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / (1 - square(c.operand(0)))}; }
};

struct TrigonometryOps : List<Sin, Cos, Tan, Asin, Acos, Atan, Atan2, Sinh, Cosh, Tanh,
                              TanhBackward, Asinh, Acosh, Atanh> {};

}  // namespace tandem
