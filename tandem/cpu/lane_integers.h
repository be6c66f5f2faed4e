// Walks a lane expression on integers and bools: exact, wrapping as PyTorch's integers do.
#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tandem/base/error.h"
#include "tandem/ops/lanes.h"

namespace tandem::cpu {

using lane::Fn;

/// Is a lane function defined on T? The rest gives fractions; bool has no sign, no division and no
/// shift.
template <class T>
struct Takes {
  constexpr bool operator()(Fn f) const {
    switch (f) {
      case Fn::add:
      case Fn::mul:
      case Fn::max:
      case Fn::min:
      case Fn::sign:
      case Fn::bitwise_and:
      case Fn::bitwise_or:
      case Fn::bitwise_xor:
      case Fn::bitwise_not:
      case Fn::where:
        return true;
      case Fn::sub:
      case Fn::floor_divide:
      case Fn::remainder:
      case Fn::fmod:
      case Fn::pow:
      case Fn::fma:
      case Fn::neg:
      case Fn::abs:
      case Fn::square:
      case Fn::floor:
      case Fn::ceil:
      case Fn::round:
      case Fn::trunc:
      case Fn::shift_left:
      case Fn::shift_right:
        return !std::is_same_v<T, bool>;
      default:
        return lane::is_boolean(f);
    }
  }
  constexpr bool operator()(double constant) const { return constant == double(int64_t(constant)); }
};

template <class T>
constexpr bool takes_tree(const auto& tree) {
  return lane::every(Takes<T>{}, tree);
}

/// Division as the op of name `op` does it; 0 below is an error, the one overflow wraps.
template <class T>
T divide(Fn f, T a, T b) {
  if (b == 0)
    fail(ErrorCode::value,
         f == Fn::floor_divide ? "floor_divide"
         : f == Fn::remainder  ? "remainder"
                               : "fmod",
         "ZeroDivisionError: an integer divided by zero");
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return f == Fn::floor_divide ? T(0 - std::make_unsigned_t<T>(a)) : T(0);
    const T rest = T(a % b);
    const bool moves = rest != 0 && (rest < 0) != (b < 0);
    if (f == Fn::fmod) return rest;
    return f == Fn::remainder ? T(moves ? rest + b : rest) : T(a / b - moves);
  } else {
    return f == Fn::floor_divide ? T(a / b) : T(a % b);
  }
}

/// a^b wrapping; a negative power of an integer is 0, but for 1 and -1.
template <class T>
T power(T a, T b) {
  if (b < 0) return a == 1 ? T(1) : std::is_signed_v<T> && a == T(-1) ? T(b % 2 ? -1 : 1) : T(0);
  uint64_t result = 1, base = uint64_t(a);
  for (uint64_t n = uint64_t(b); n; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return T(result);
}

template <Fn F, class T>
auto integer_lane(T a) {
  // clang-format off
  if constexpr (F == Fn::neg) return T(0 - uint64_t(a));
  else if constexpr (F == Fn::abs) return a < 0 ? T(0 - uint64_t(a)) : a;
  else if constexpr (F == Fn::sign && std::is_same_v<T, bool>) return a;
  else if constexpr (F == Fn::sign) return T((a > 0) - (a < 0));
  else if constexpr (F == Fn::square) return T(uint64_t(a) * uint64_t(a));
  else if constexpr (F == Fn::floor || F == Fn::ceil || F == Fn::round || F == Fn::trunc) return a;
  else if constexpr (F == Fn::bitwise_not && std::is_same_v<T, bool>) return !a;
  else if constexpr (F == Fn::bitwise_not) return T(~a);
  else if constexpr (F == Fn::logical_not) return a == 0;
  else if constexpr (F == Fn::is_nan || F == Fn::is_inf) return false;
  else if constexpr (F == Fn::is_finite) return true;
  else if constexpr (std::is_same_v<T, bool>) return false;  // sign_bit
  else return a < 0;
  // clang-format on
}

template <Fn F, class T>
auto integer_lane(T a, T b) {
  using U = std::conditional_t<std::is_same_v<T, int64_t>, uint64_t, uint32_t>;
  constexpr int bits = int(sizeof(T) * 8);
  // clang-format off
  if constexpr (F == Fn::add) return T(U(a) + U(b));
  else if constexpr (F == Fn::sub) return T(U(a) - U(b));
  else if constexpr (F == Fn::mul) return T(U(a) * U(b));
  else if constexpr (F == Fn::floor_divide || F == Fn::remainder || F == Fn::fmod) return divide(F, a, b);
  else if constexpr (F == Fn::max) return a < b ? b : a;
  else if constexpr (F == Fn::min) return b < a ? b : a;
  else if constexpr (F == Fn::pow) return power(a, b);
  else if constexpr (F == Fn::bitwise_and) return T(a & b);
  else if constexpr (F == Fn::bitwise_or) return T(a | b);
  else if constexpr (F == Fn::bitwise_xor) return T(a ^ b);
  else if constexpr (F == Fn::shift_left) return b < 0 || b >= bits ? T(0) : T(U(a) << b);
  else if constexpr (F == Fn::shift_right) return T(a >> (b < 0 || b >= bits ? (std::is_signed_v<T> ? bits - 1 : bits) : b) % (2 * bits));
  else if constexpr (F == Fn::less) return a < b;
  else if constexpr (F == Fn::less_equal) return a <= b;
  else if constexpr (F == Fn::equal) return a == b;
  else if constexpr (F == Fn::not_equal) return a != b;
  else if constexpr (F == Fn::logical_and) return a != 0 && b != 0;
  else if constexpr (F == Fn::logical_or) return a != 0 || b != 0;
  else return (a != 0) != (b != 0);  // logical_xor
  // clang-format on
}

template <Fn F, class C, class T>
T integer_lane(C a, T b, T c) {
  if constexpr (F == Fn::where)
    return a ? b : c;
  else
    return T(uint64_t(a) * uint64_t(b) + uint64_t(c));
}

template <class T, class... V>
T walk_integers(lane::Const c, V...) {
  return T(c.value);
}
template <class T, int I, class V, class... Rest>
auto walk_integers(lane::Symbol<I>, V first, Rest... rest) {
  if constexpr (I == 0)
    return first;
  else
    return walk_integers<T>(lane::Symbol<I - 1>{}, rest...);
}
template <class T, class E, class Body, class... V>
auto walk_integers(const lane::Let<E, Body>& e, V... v);
template <class T, Fn F, class A, class... V>
auto walk_integers(const lane::Apply<F, A>& e, V... v);
template <class T, Fn F, class A, class B, class... V>
auto walk_integers(const lane::Apply<F, A, B>& e, V... v);
template <class T, Fn F, class A, class B, class C, class... V>
auto walk_integers(const lane::Apply<F, A, B, C>& e, V... v);

// A truth value among numbers is 1 or 0; a number as a condition is true where it is not 0.
template <class T, class E, class Body, class... V>
auto walk_integers(const lane::Let<E, Body>& e, V... v) {
  return walk_integers<T>(e.body(lane::Symbol<sizeof...(V)>{}), v...,
                          walk_integers<T>(e.bound, v...));
}
template <class T, Fn F, class A, class... V>
auto walk_integers(const lane::Apply<F, A>& e, V... v) {
  return integer_lane<F>(T(walk_integers<T>(e.a, v...)));
}
template <class T, Fn F, class A, class B, class... V>
auto walk_integers(const lane::Apply<F, A, B>& e, V... v) {
  return integer_lane<F>(T(walk_integers<T>(e.a, v...)), T(walk_integers<T>(e.b, v...)));
}
template <class T, Fn F, class A, class B, class C, class... V>
auto walk_integers(const lane::Apply<F, A, B, C>& e, V... v) {
  using Condition = std::conditional_t<F == Fn::where, bool, T>;
  return integer_lane<F>(Condition(walk_integers<T>(e.a, v...)), T(walk_integers<T>(e.b, v...)),
                         T(walk_integers<T>(e.c, v...)));
}

}  // namespace tandem::cpu
