// The activations that kernels of products end with, with the bits of the ops' own rows. Included
// once for every Highway target.
#if defined(TANDEM_CPU_ACTIVATION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_ACTIVATION_INL_H
#undef TANDEM_CPU_ACTIVATION_INL_H
#else
#define TANDEM_CPU_ACTIVATION_INL_H
#endif

#include "hwy/highway.h"
#include "tandem/cpu/epilogue.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Not Max: NaN stays NaN, and a zero keeps its sign alike on every target.
template <class D>
HWY_INLINE hn::Vec<D> relu_of(D d, hn::Vec<D> v) {
  return hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v);
}
template <class D>
HWY_INLINE hn::Vec<D> hardtanh_of(D d, hn::Vec<D> v, hn::TFromD<D> low, hn::TFromD<D> high) {
  const auto lower = hn::Set(d, low), upper = hn::Set(d, high);
  return hn::IfThenElse(hn::Le(v, lower), lower, hn::IfThenElse(hn::Ge(v, upper), upper, v));
}

template <class D>
HWY_INLINE hn::Vec<D> activated(D d, hn::Vec<D> v, const RegisterEpilogue& in_registers) {
  if (in_registers.activation == Activation::relu) return relu_of(d, v);
  if (in_registers.activation == Activation::hardtanh)
    return hardtanh_of(d, v, in_registers.low, in_registers.high);
  return v;
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
