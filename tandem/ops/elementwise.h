// Arithmetic, exponentials and activations: one lane expression each. One without a vjp is
// differentiated through its expression, called on tensors.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

struct Add {
  static constexpr Signature signature = "add(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a + b; };
  Grads vjp(const Call& c) const { return {c.dy(), c.dy()}; }
};

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
    Tensor da = c.dy() / c.operand(1);
    return {da, c.needs(1) ? -(da * c.result()) : Tensor()};
  }
};

struct Neg {
  static constexpr Signature signature = "neg(input)";
  static constexpr auto lane = [](auto x) { return -x; };
  Grads vjp(const Call& c) const { return {-c.dy()}; }
};

struct Exp {
  static constexpr Signature signature = "exp(input)";
  static constexpr auto lane = [](auto x) { return exp(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() * c.result()}; }
};

struct Log {
  static constexpr Signature signature = "log(input)";
  static constexpr auto lane = [](auto x) { return log(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / c.operand(0)}; }
};

using ElementwiseOps = List<Add, Sub, Mul, Div, Neg, Exp, Log>;

}  // namespace tandem
