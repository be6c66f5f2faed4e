// Elementwise ops are one scalar expression each: [](auto x) { return x / (1 + exp(-x)); }
//
// The lambda is never called with a SIMD vector: both g++ and clang refuse to inline AVX2 code
// into a function that was defined outside the AVX2 region, and SVE vectors cannot be members of
// a wrapper class. It is called once, with symbols, and gives its own syntax tree as a type.
// Each backend then walks the tree: `double` here, Highway vectors in cpu/lanes-inl.h (inside
// every target's region, vectors only as locals). Called with tensors, the same lambda is the
// op's decomposition.
#pragma once
#include <type_traits>
#include <utility>

namespace tandem::lane {

/// The functions a lane expression is made of. `remainder` has the sign of the divisor, `fmod`
/// that of the dividend; `floor_divide` rounds towards minus infinity, for integers too; the
/// shifts and bitwise ones are for integers (and bool), the logical ones take "is not zero".
enum class Fn {
  // arithmetic
  add,
  sub,
  mul,
  div,
  floor_divide,
  remainder,
  fmod,
  max,
  min,
  pow,
  atan2,
  fma,
  neg,
  abs,
  sign,
  square,
  reciprocal,
  sqrt,
  rsqrt,
  // exponentials and the like, floating only
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  ndtr,
  sigmoid,
  // rounding: `round` is half to even
  floor,
  ceil,
  round,
  trunc,
  // bits
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  bitwise_not,
  shift_left,
  shift_right,
  // with a boolean result
  less,
  less_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
  logical_xor,
  logical_not,
  is_nan,
  is_inf,
  is_finite,
  sign_bit,
  where,
};

constexpr bool is_boolean(Fn f) { return f >= Fn::less && f <= Fn::sign_bit; }

/// The I-th operand; after the operands come the op's attributes, as numbers.
template <int I>
struct Symbol {};
struct Const {
  double value;
};
/// F of its arguments. (Plain members: a std::tuple a node would be half the compile time of every
/// file that walks trees.)
template <Fn F, class... A>
struct Apply;
template <Fn F, class A>
struct Apply<F, A> {
  A a;
};
template <Fn F, class A, class B>
struct Apply<F, A, B> {
  A a;
  B b;
};
template <Fn F, class A, class B, class C>
struct Apply<F, A, B, C> {
  A a;
  B b;
  C c;
};
/// `let(e, body)`: e is computed once and used often.
template <class E, class Body>
struct Let {
  E bound;
  Body body;  // called with a fresh symbol
};

template <class T>
inline constexpr bool is_node = false;
template <int I>
inline constexpr bool is_node<Symbol<I>> = true;
template <>
inline constexpr bool is_node<Const> = true;
template <Fn F, class... A>
inline constexpr bool is_node<Apply<F, A...>> = true;
template <class E, class B>
inline constexpr bool is_node<Let<E, B>> = true;

/// Is the expression's value a truth value?
template <class T>
inline constexpr bool is_boolean_node = false;
template <Fn F, class... A>
inline constexpr bool is_boolean_node<Apply<F, A...>> = is_boolean(F);
template <class E, class B>
inline constexpr bool is_boolean_node<Let<E, B>> =
    is_boolean_node<std::invoke_result_t<B, Symbol<0>>>;

/// Does `holds` take every function (an Fn) and every constant (a double) of an expression?
template <class P>
constexpr bool every(P holds, Const c) {
  return holds(c.value);
}
template <class P, int I>
constexpr bool every(P, Symbol<I>) {
  return true;
}
template <class P, Fn F, class A>
constexpr bool every(P holds, const Apply<F, A>& e) {
  return holds(F) && every(holds, e.a);
}
template <class P, Fn F, class A, class B>
constexpr bool every(P holds, const Apply<F, A, B>& e) {
  return holds(F) && every(holds, e.a) && every(holds, e.b);
}
template <class P, Fn F, class A, class B, class C>
constexpr bool every(P holds, const Apply<F, A, B, C>& e) {
  return holds(F) && every(holds, e.a) && every(holds, e.b) && every(holds, e.c);
}
template <class P, class E, class Body>
constexpr bool every(P holds, const Let<E, Body>& e) {
  return every(holds, e.bound) && every(holds, e.body(Symbol<0>{}));
}

template <class T>
constexpr auto node(T t) {
  if constexpr (std::is_arithmetic_v<T>)
    return Const{double(t)};
  else
    return t;
}
template <Fn F, class... A>
constexpr auto call(A... a) {
  return Apply<F, decltype(node(a))...>{node(a)...};
}
template <class... A>
concept Some = (is_node<A> || ...) && ((is_node<A> || std::is_arithmetic_v<A>) && ...);

// clang-format off
template <class A, class B> requires Some<A, B> constexpr auto operator+(A a, B b) { return call<Fn::add>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator-(A a, B b) { return call<Fn::sub>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator*(A a, B b) { return call<Fn::mul>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator/(A a, B b) { return call<Fn::div>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator<(A a, B b) { return call<Fn::less>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator<=(A a, B b) { return call<Fn::less_equal>(a, b); }
template <class A, class B> requires Some<A, B> constexpr auto operator>(A a, B b) { return call<Fn::less>(b, a); }
template <class A, class B> requires Some<A, B> constexpr auto operator>=(A a, B b) { return call<Fn::less_equal>(b, a); }
template <class A> requires Some<A> constexpr auto operator-(A a) { return call<Fn::neg>(a); }

#define TANDEM_LANE1(name, fn) template <class A> requires Some<A> constexpr auto name(A a) { return call<Fn::fn>(a); }
#define TANDEM_LANE2(name, fn) template <class A, class B> requires Some<A, B> constexpr auto name(A a, B b) { return call<Fn::fn>(a, b); }
TANDEM_LANE1(abs, abs) TANDEM_LANE1(sign, sign) TANDEM_LANE1(square, square) TANDEM_LANE1(reciprocal, reciprocal)
TANDEM_LANE1(sqrt, sqrt) TANDEM_LANE1(rsqrt, rsqrt) TANDEM_LANE1(exp, exp) TANDEM_LANE1(exp2, exp2)
TANDEM_LANE1(expm1, expm1) TANDEM_LANE1(log, log) TANDEM_LANE1(log2, log2) TANDEM_LANE1(log10, log10)
TANDEM_LANE1(log1p, log1p) TANDEM_LANE1(sin, sin) TANDEM_LANE1(cos, cos) TANDEM_LANE1(tan, tan)
TANDEM_LANE1(asin, asin) TANDEM_LANE1(acos, acos) TANDEM_LANE1(atan, atan) TANDEM_LANE1(sinh, sinh)
TANDEM_LANE1(cosh, cosh) TANDEM_LANE1(tanh, tanh) TANDEM_LANE1(asinh, asinh) TANDEM_LANE1(acosh, acosh)
TANDEM_LANE1(atanh, atanh) TANDEM_LANE1(erf, erf) TANDEM_LANE1(erfc, erfc) TANDEM_LANE1(sigmoid, sigmoid)
TANDEM_LANE1(special_ndtr, ndtr)
TANDEM_LANE1(floor, floor) TANDEM_LANE1(ceil, ceil) TANDEM_LANE1(round, round) TANDEM_LANE1(trunc, trunc)
TANDEM_LANE1(bitwise_not, bitwise_not) TANDEM_LANE1(logical_not, logical_not)
TANDEM_LANE1(isnan, is_nan) TANDEM_LANE1(isinf, is_inf) TANDEM_LANE1(isfinite, is_finite) TANDEM_LANE1(signbit, sign_bit)
TANDEM_LANE2(maximum, max) TANDEM_LANE2(minimum, min) TANDEM_LANE2(pow, pow) TANDEM_LANE2(atan2, atan2)
TANDEM_LANE2(floor_divide, floor_divide) TANDEM_LANE2(remainder, remainder) TANDEM_LANE2(fmod, fmod)
TANDEM_LANE2(eq, equal) TANDEM_LANE2(ne, not_equal)
TANDEM_LANE2(logical_and, logical_and) TANDEM_LANE2(logical_or, logical_or) TANDEM_LANE2(logical_xor, logical_xor)
TANDEM_LANE2(bitwise_and, bitwise_and) TANDEM_LANE2(bitwise_or, bitwise_or) TANDEM_LANE2(bitwise_xor, bitwise_xor)
TANDEM_LANE2(bitwise_left_shift, shift_left) TANDEM_LANE2(bitwise_right_shift, shift_right)
#undef TANDEM_LANE1
#undef TANDEM_LANE2
template <class A, class B, class C> requires Some<A, B, C>
constexpr auto fma(A a, B b, C c) { return call<Fn::fma>(a, b, c); }
template <class C, class A, class B> requires Some<C, A, B>
constexpr auto where(C c, A a, B b) { return call<Fn::where>(c, a, b); }
template <class E, class Body> requires Some<E> constexpr auto let(E e, Body b) { return Let<E, Body>{e, b}; }
// clang-format on

/// The syntax tree of an op's lane expression; parameters are operands, then attributes.
template <class Op, int... I>
constexpr auto tree(std::integer_sequence<int, I...>) {
  return Op::lane(Symbol<I>{}...);
}
template <class Op>
constexpr auto tree_of = tree<Op>(std::make_integer_sequence<int, Op::signature.parameters()>());

}  // namespace tandem::lane
