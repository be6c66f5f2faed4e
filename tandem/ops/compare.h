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

/// input where condition holds, other elsewhere.  condition: bool; all three broadcast.
struct Where {
  static constexpr Signature signature = "where(condition, input, other)";
  static constexpr uint16_t numbers = 0b110;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& condition, const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};

using CompareOps = List<Eq, Ne, Lt, Le, Gt, Ge, Where>;

}  // namespace tandem
