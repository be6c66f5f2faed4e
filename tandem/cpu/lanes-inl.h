// Walks a lane expression on Highway vectors. Included once per target, inside its region, so no
// include guard of the usual kind. Vectors are parameters and locals only, never members: SVE and
// RVV vectors have no size.
#if defined(TANDEM_CPU_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_LANES_INL_H
#undef TANDEM_CPU_LANES_INL_H
#else
#define TANDEM_CPU_LANES_INL_H
#endif
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "tandem/ops/lanes.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using lane::Fn;

template <Fn F, class D, class V>
HWY_INLINE auto Lane1(D d, V a) {
  if constexpr (F == Fn::neg)
    return hn::Neg(a);
  else if constexpr (F == Fn::exp)
    return hn::Exp(d, a);
  else if constexpr (F == Fn::log)
    return hn::Log(d, a);
  else
    static_assert(F == Fn::neg, "this lane function has no vector form");
}
template <Fn F, class D, class V>
HWY_INLINE auto Lane2(D, V a, V b) {
  if constexpr (F == Fn::add)
    return hn::Add(a, b);
  else if constexpr (F == Fn::sub)
    return hn::Sub(a, b);
  else if constexpr (F == Fn::mul)
    return hn::Mul(a, b);
  else if constexpr (F == Fn::div)
    return hn::Div(a, b);
  else if constexpr (F == Fn::less)
    return hn::Lt(a, b);
  else if constexpr (F == Fn::less_equal)
    return hn::Le(a, b);
  else if constexpr (F == Fn::equal)
    return hn::Eq(a, b);
  else if constexpr (F == Fn::not_equal)
    return hn::Not(hn::Eq(a, b));  // Ne is false for a NaN on x86
  else
    static_assert(F == Fn::add, "this lane function has no vector form");
}

template <class D, class... V>
HWY_INLINE auto Walk(D d, lane::Const c, V...) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(c.value));
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
  return Lane1<F>(d, Walk(d, std::get<0>(e.args), v...));
}
template <class D, Fn F, class A, class B, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<F, A, B>& e, V... v) {
  return Lane2<F>(d, Walk(d, std::get<0>(e.args), v...), Walk(d, std::get<1>(e.args), v...));
}
template <class D, class C, class A, class B, class... V>
HWY_INLINE auto Walk(D d, const lane::Apply<Fn::where, C, A, B>& e, V... v) {
  return hn::IfThenElse(Walk(d, std::get<0>(e.args), v...), Walk(d, std::get<1>(e.args), v...),
                        Walk(d, std::get<2>(e.args), v...));
}
template <class D, class E, class Body, class... V>
HWY_INLINE auto Walk(D d, const lane::Let<E, Body>& e, V... v) {
  return Walk(d, e.body(lane::Symbol<sizeof...(V)>{}), v..., Walk(d, e.bound, v...));
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
