// Comparisons and selection. Comparisons give bool and have no gradient.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

struct Eq {
  static constexpr Signature signature = "eq(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return eq(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct Ne {
  static constexpr Signature signature = "ne(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return ne(a, b); };
  Grads vjp(const Call&) const { return {}; }
};

struct Lt {
  static constexpr Signature signature = "lt(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a < b; };
  Grads vjp(const Call&) const { return {}; }
};

struct Le {
  static constexpr Signature signature = "le(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a <= b; };
  Grads vjp(const Call&) const { return {}; }
};

struct Gt {
  static constexpr Signature signature = "gt(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a > b; };
  Grads vjp(const Call&) const { return {}; }
};

struct Ge {
  static constexpr Signature signature = "ge(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return a >= b; };
  Grads vjp(const Call&) const { return {}; }
};

/// Logic takes "is not zero" of numbers.
struct LogicalAnd {
  static constexpr Signature signature = "logical_and(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return logical_and(a, b); };
  Grads vjp(const Call&) const { return {}; }
};
struct LogicalOr {
  static constexpr Signature signature = "logical_or(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return logical_or(a, b); };
  Grads vjp(const Call&) const { return {}; }
};
struct LogicalXor {
  static constexpr Signature signature = "logical_xor(input, other)";
  static constexpr auto lane = [](auto a, auto b) { return logical_xor(a, b); };
  Grads vjp(const Call&) const { return {}; }
};
struct LogicalNot {
  static constexpr Signature signature = "logical_not(input)";
  static constexpr auto lane = [](auto x) { return logical_not(x); };
  Grads vjp(const Call&) const { return {}; }
};

struct Isnan {
  static constexpr Signature signature = "isnan(input)";
  static constexpr auto lane = [](auto x) { return isnan(x); };
  Grads vjp(const Call&) const { return {}; }
};
struct Isinf {
  static constexpr Signature signature = "isinf(input)";
  static constexpr auto lane = [](auto x) { return isinf(x); };
  Grads vjp(const Call&) const { return {}; }
};
struct Isfinite {
  static constexpr Signature signature = "isfinite(input)";
  static constexpr auto lane = [](auto x) { return isfinite(x); };
  Grads vjp(const Call&) const { return {}; }
};
struct Isposinf {
  static constexpr Signature signature = "isposinf(input)";
  static constexpr auto lane = [](auto x) { return logical_and(isinf(x), x > 0); };
  Grads vjp(const Call&) const { return {}; }
};
struct Isneginf {
  static constexpr Signature signature = "isneginf(input)";
  static constexpr auto lane = [](auto x) { return logical_and(isinf(x), x < 0); };
  Grads vjp(const Call&) const { return {}; }
};
/// Is the sign bit set? (Of -0 it is.)
struct Signbit {
  static constexpr Signature signature = "signbit(input)";
  static constexpr auto lane = [](auto x) { return signbit(x); };
  Grads vjp(const Call&) const { return {}; }
};

/// |input - other| <= atol + rtol * |other|; equal infinities are close, NaNs with equal_nan.
struct Isclose {
  static constexpr Signature signature = "isclose(input, other, rtol, atol, equal_nan)";
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// NaN as `nan`, the infinities as posinf and neginf, which are by default the dtype's largest and
/// smallest numbers.
struct NanToNum {
  static constexpr Signature signature = "nan_to_num(input, nan, posinf, neginf)";
  double nan = 0;
  std::optional<double> posinf, neginf;
  Tensor decompose(const Tensor& input) const;
};

/// input where condition holds, other elsewhere.  condition: bool; all three broadcast.
struct Where {
  static constexpr Signature signature = "where(condition, input, other)";
  static constexpr uint16_t numbers = 0b110;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  static constexpr int in_place[] = {1};
  Type infer(const Type& condition, const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};

struct CompareOps
    : List<Eq, Ne, Lt, Le, Gt, Ge, LogicalAnd, LogicalOr, LogicalXor, LogicalNot, Isnan, Isinf,
           Isfinite, Isposinf, Isneginf, Signbit, Isclose, NanToNum, Where> {};

}  // namespace tandem
