// Walks a lane expression on Highway vectors. Included once per target, inside its region, so no
// include guard of the usual kind. Vectors are parameters and locals only, never members: SVE and
// RVV vectors have no size.
#if defined(TANDEM_CPU_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_LANES_INL_H
#undef TANDEM_CPU_LANES_INL_H
#else
#define TANDEM_CPU_LANES_INL_H
#endif
#include <hwy/highway.h>

#include <type_traits>

#include "tandem/cpu/math-inl.h"
#include "tandem/ops/lanes.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using lane::Fn;

/// A truth value is a mask; a number is true where it is not zero, NaN included.
template <class D, class V>
HWY_INLINE auto Truth(D d, V v) {
  if constexpr (std::is_same_v<V, hn::Mask<D>>)
    return v;
  else
    return hn::Not(hn::Eq(v, hn::Zero(d)));  // Ne is false for a NaN on x86
}
/// A truth value among numbers is 1 or 0.
template <class D, class V>
HWY_INLINE auto Number(D d, V v) {
  if constexpr (std::is_same_v<V, hn::Mask<D>>)
    return hn::IfThenElseZero(v, math::Constant(d, 1));
  else
    return v;
}

/// The larger; of equal ones the first (so that zeros are the same on every target), NaN if any is.
template <class D, class V>
HWY_INLINE V Larger(D, V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(b)), b, a);
}
template <class D, class V>
HWY_INLINE V Smaller(D, V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Lt(b, a), hn::IsNaN(b)), b, a);
}

template <Fn F, class D, class V>
HWY_INLINE auto Lane1(D d, V v) {
  if constexpr (F == Fn::logical_not) {
    return hn::Not(Truth(d, v));
  } else {
    const auto a = Number(d, v);
    // clang-format off
    if constexpr (F == Fn::neg) return hn::Neg(a);
    else if constexpr (F == Fn::abs) return hn::Abs(a);
    else if constexpr (F == Fn::sign)
      return hn::Sub(Number(d, hn::Gt(a, hn::Zero(d))), Number(d, hn::Lt(a, hn::Zero(d))));
    else if constexpr (F == Fn::square) return hn::Mul(a, a);
    else if constexpr (F == Fn::reciprocal) return hn::Div(math::Constant(d, 1), a);
    else if constexpr (F == Fn::sqrt) return hn::Sqrt(a);
    else if constexpr (F == Fn::rsqrt) return hn::Div(math::Constant(d, 1), hn::Sqrt(a));
    else if constexpr (F == Fn::exp) return math::Exp(d, a);
    else if constexpr (F == Fn::exp2) return math::Exp2(d, a);
    else if constexpr (F == Fn::expm1) return math::Expm1(d, a);
    else if constexpr (F == Fn::log) return math::Log(d, a);
    else if constexpr (F == Fn::log2) return math::Log2(d, a);
    else if constexpr (F == Fn::log10) return math::Log10(d, a);
    else if constexpr (F == Fn::log1p) return math::Log1p(d, a);
    else if constexpr (F == Fn::sin) return math::Sin(d, a);
    else if constexpr (F == Fn::cos) return math::Cos(d, a);
    else if constexpr (F == Fn::tan) return math::Tan(d, a);
    else if constexpr (F == Fn::asin) return math::Asin(d, a);
    else if constexpr (F == Fn::acos) return math::Acos(d, a);
    else if constexpr (F == Fn::atan) return math::Atan(d, a);
    else if constexpr (F == Fn::sinh) return math::Sinh(d, a);
    else if constexpr (F == Fn::cosh) return math::Cosh(d, a);
    else if constexpr (F == Fn::tanh) return math::Tanh(d, a);
    else if constexpr (F == Fn::asinh) return math::Asinh(d, a);
    else if constexpr (F == Fn::acosh) return math::Acosh(d, a);
    else if constexpr (F == Fn::atanh) return math::Atanh(d, a);
    else if constexpr (F == Fn::erf) return math::Erf(d, a);
    else if constexpr (F == Fn::erfc) return math::Erfc(d, a);
    else if constexpr (F == Fn::ndtr) return math::Ndtr(d, a);
    else if constexpr (F == Fn::sigmoid) return math::Sigmoid(d, a);
    else if constexpr (F == Fn::floor) return hn::Floor(a);
    else if constexpr (F == Fn::ceil) return hn::Ceil(a);
    else if constexpr (F == Fn::round) return hn::Round(a);
    else if constexpr (F == Fn::trunc) return hn::Trunc(a);
    else if constexpr (F == Fn::is_nan) return hn::IsNaN(a);
    else if constexpr (F == Fn::is_inf) return hn::IsInf(a);
    else if constexpr (F == Fn::is_finite) return hn::IsFinite(a);
    else if constexpr (F == Fn::sign_bit)
      return hn::Lt(hn::CopySign(math::Constant(d, 1), a), hn::Zero(d));
    else static_assert(F == Fn::neg, "this lane function has no vector form");
    // clang-format on
  }
}

template <Fn F, class D, class V, class W>
HWY_INLINE auto Lane2(D d, V v, W w) {
  if constexpr (F == Fn::logical_and) {
    return hn::And(Truth(d, v), Truth(d, w));
  } else if constexpr (F == Fn::logical_or) {
    return hn::Or(Truth(d, v), Truth(d, w));
  } else if constexpr (F == Fn::logical_xor) {
    return hn::Xor(Truth(d, v), Truth(d, w));
  } else {
    const auto a = Number(d, v), b = Number(d, w);
    // clang-format off
    if constexpr (F == Fn::add) return hn::Add(a, b);
    else if constexpr (F == Fn::sub) return hn::Sub(a, b);
    else if constexpr (F == Fn::mul) return hn::Mul(a, b);
    else if constexpr (F == Fn::div) return hn::Div(a, b);
    else if constexpr (F == Fn::floor_divide) return math::FloorDivide(d, a, b);
    else if constexpr (F == Fn::remainder) return math::Remainder(d, a, b);
    else if constexpr (F == Fn::fmod) return math::Fmod(d, a, b);
    else if constexpr (F == Fn::max) return Larger(d, a, b);
    else if constexpr (F == Fn::min) return Smaller(d, a, b);
    else if constexpr (F == Fn::pow) return math::Pow(d, a, b);
    else if constexpr (F == Fn::atan2) return math::Atan2(d, a, b);
    else if constexpr (F == Fn::less) return hn::Lt(a, b);
    else if constexpr (F == Fn::less_equal) return hn::Le(a, b);
    else if constexpr (F == Fn::equal) return hn::Eq(a, b);
    else if constexpr (F == Fn::not_equal) return hn::Not(hn::Eq(a, b));
    else static_assert(F == Fn::add, "this lane function has no vector form");
    // clang-format on
  }
}

template <Fn F, class D, class A, class B, class C>
HWY_INLINE auto Lane3(D d, A a, B b, C c) {
  static_assert(F == Fn::where || F == Fn::fma, "this lane function has no vector form");
  if constexpr (F == Fn::where)
    return hn::IfThenElse(Truth(d, a), Number(d, b), Number(d, c));
  else
    return hn::MulAdd(Number(d, a), Number(d, b), Number(d, c));
}

// Expressions nest in any order, so every form is declared before the first is defined.
template <class D, class... V>
HWY_INLINE auto Walk(D d, lane::Const c, V...);
template <class D, int I, class V, class... Rest>
HWY_INLINE auto Walk(D d, lane::Symbol<I>, V first, Rest... rest);
template <class D, Fn F, class A, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A>& e, V... v);
template <class D, Fn F, class A, class B, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A, B>& e, V... v);
template <class D, Fn F, class A, class B, class C, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A, B, C>& e, V... v);
template <class D, class E, class Body, class... V>
HWY_INLINE auto Walk(D d, const lane::Let<E, Body>& e, V... v);

template <class D, class... V>
HWY_INLINE auto Walk(D d, lane::Const c, V...) {
  return math::Constant(d, c.value);
}
template <class D, int I, class V, class... Rest>
HWY_INLINE auto Walk(D d, lane::Symbol<I>, V first, Rest... rest) {
  if constexpr (I == 0)
    return first;
  else
    return Walk(d, lane::Symbol<I - 1>{}, rest...);
}
template <class D, Fn F, class A, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A>& e, V... v) {
  return Lane1<F>(d, Walk(d, e.a, v...));
}
template <class D, Fn F, class A, class B, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A, B>& e, V... v) {
  return Lane2<F>(d, Walk(d, e.a, v...), Walk(d, e.b, v...));
}
template <class D, Fn F, class A, class B, class C, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A, B, C>& e, V... v) {
  return Lane3<F>(d, Walk(d, e.a, v...), Walk(d, e.b, v...), Walk(d, e.c, v...));
}
template <class D, class E, class Body, class... V>
HWY_INLINE auto Walk(D d, const lane::Let<E, Body>& e, V... v) {
  return Walk(d, e.body(lane::Symbol<sizeof...(V)>{}), v..., Walk(d, e.bound, v...));
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
