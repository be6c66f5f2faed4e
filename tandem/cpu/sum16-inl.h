// Sums over 16 virtual lanes, whatever the vector's width: element i goes to lane i mod 16, and at
// the end lane l meets l + 8, then l + 4, l + 2, l + 1. Included once for every Highway target.
#if defined(TANDEM_CPU_SUM16_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_SUM16_INL_H
#undef TANDEM_CPU_SUM16_INL_H
#else
#define TANDEM_CPU_SUM16_INL_H
#endif

#include <algorithm>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// join(half's tag, a, b) for the halves of v, until one lane is left.
#if HWY_TARGET == HWY_SCALAR
template <class D, class Join>
HWY_INLINE hn::TFromD<D> FoldLanes(D, hn::Vec<D> v, const Join&) {
  return hn::GetLane(v);
}
#else
template <class D, class Join>
HWY_INLINE hn::TFromD<D> FoldLanes([[maybe_unused]] D d, hn::Vec<D> v, const Join& join) {
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return FoldLanes(half, join(half, hn::LowerHalf(half, v), hn::UpperHalf(half, v)), join);
  } else {
    return hn::GetLane(v);
  }
}
#endif

template <class T>
class Sum16 {
  using D = hn::CappedTag<T, 16>;
  using V = hn::Vec<D>;

 public:
  HWY_INLINE Sum16() {
    for (V& v : lanes_) v = hn::Zero(D());
  }
  /// The lanes of the i-th of `vectors`.
  HWY_INLINE V& operator[](int i) { return lanes_[i]; }
  static constexpr int vectors = int(16 / hn::MaxLanes(D()));

  HWY_INLINE T total() const {
    V folded[vectors];
    std::copy(lanes_, lanes_ + vectors, folded);
    for (int half = vectors / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) folded[i] = hn::Add(folded[i], folded[i + half]);
    return FoldLanes(D(), folded[0], [](auto, auto a, auto b) HWY_ATTR { return hn::Add(a, b); });
  }

 private:
  V lanes_[vectors];
};

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
