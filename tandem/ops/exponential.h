// Exponentials, logarithms and what is made of them: one lane expression each.
#pragma once
#include <numbers>

#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

struct Exp {
  static constexpr Signature signature = "exp(input)";
  static constexpr auto lane = [](auto x) { return exp(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() * c.result()}; }
};

struct Exp2 {
  static constexpr Signature signature = "exp2(input)";
  static constexpr auto lane = [](auto x) { return exp2(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() * c.result() * std::numbers::ln2}; }
};

/// exp(input) - 1, exact near 0.
struct Expm1 {
  static constexpr Signature signature = "expm1(input)";
  static constexpr auto lane = [](auto x) { return expm1(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {c.dy() * (c.result() + 1)}; }
};

struct Log {
  static constexpr Signature signature = "log(input)";
  static constexpr auto lane = [](auto x) { return log(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / c.operand(0)}; }
};

struct Log2 {
  static constexpr Signature signature = "log2(input)";
  static constexpr auto lane = [](auto x) { return log2(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / (c.operand(0) * std::numbers::ln2)}; }
};

struct Log10 {
  static constexpr Signature signature = "log10(input)";
  static constexpr auto lane = [](auto x) { return log10(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / (c.operand(0) * std::numbers::ln10)}; }
};

/// log(1 + input), exact near 0.
struct Log1p {
  static constexpr Signature signature = "log1p(input)";
  static constexpr auto lane = [](auto x) { return log1p(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() / (c.operand(0) + 1)}; }
};

struct Erf {
  static constexpr Signature signature = "erf(input)";
  static constexpr auto lane = [](auto x) { return erf(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {c.dy() * (exp(-square(c.operand(0))) * (2 * std::numbers::inv_sqrtpi))};
  }
};

/// 1 - erf(input), exact for large inputs.
struct Erfc {
  static constexpr Signature signature = "erfc(input)";
  static constexpr auto lane = [](auto x) { return erfc(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {c.dy() * (exp(-square(c.operand(0))) * (-2 * std::numbers::inv_sqrtpi))};
  }
};

/// The normal distribution: the integral of exp(-t^2 / 2) / sqrt(2 pi) up to input, to 2 ulp; the
/// lane expression of this name, which gelu() has, is cheaper and good for 6.
struct SpecialNdtr {
  static constexpr Signature signature = "special_ndtr(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    constexpr double density = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return {c.dy() * (exp(-0.5 * square(c.operand(0))) * density)};
  }
};

/// 1 / (1 + exp(-input))
struct Sigmoid {
  static constexpr Signature signature = "sigmoid(input)";
  static constexpr auto lane = [](auto x) { return sigmoid(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {sigmoid_backward(c.dy(), c.result())}; }
};

struct SigmoidBackward {
  static constexpr Signature signature = "sigmoid_backward(grad, result)";
  static constexpr auto lane = [](auto dy, auto y) { return dy * (1 - y) * y; };
};

/// log(exp(input) + exp(other)) without overflow.
struct Logaddexp {
  static constexpr Signature signature = "logaddexp(input, other)";
  static constexpr auto lane = [](auto a, auto b) {
    return where(eq(a, b), a + std::numbers::ln2, maximum(a, b) + log1p(exp(-abs(a - b))));
  };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    const Tensor gap = c.operand(0) - c.operand(1);
    return {c.dy() * sigmoid(gap), c.dy() * sigmoid(-gap)};
  }
};

/// input * log(other), 0 where input is 0.
struct Xlogy {
  static constexpr Signature signature = "xlogy(input, other)";
  static constexpr auto lane = [](auto a, auto b) {
    return where(isnan(b), b, where(eq(a, 0), 0, a * log(b)));
  };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const;
};

/// log(input / (1 - input)), the input first clamped to eps … 1 - eps where eps is given.
struct Logit {
  static constexpr Signature signature = "logit(input, eps)";
  std::optional<double> eps;
  Tensor decompose(const Tensor& input) const;
};

struct ExponentialOps : List<Exp, Exp2, Expm1, Log, Log2, Log10, Log1p, Erf, Erfc, SpecialNdtr,
                             Sigmoid, SigmoidBackward, Logaddexp, Xlogy, Logit> {};

}  // namespace tandem
