// The last, partial vector of a row, through the stack: the masked loads and stores of this
// Highway read and write whole vectors on targets without masks, and want them aligned.
// Included once for every Highway target.
#if defined(TANDEM_CPU_PARTIAL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_PARTIAL_INL_H
#undef TANDEM_CPU_PARTIAL_INL_H
#else
#define TANDEM_CPU_PARTIAL_INL_H
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The next lanes of p, of which `left` > 0 exist; zeros beyond.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadSome(D d, const T* HWY_RESTRICT p, int64_t left) {
  if (HWY_LIKELY(left >= int64_t(hn::Lanes(d)))) return hn::LoadU(d, p);
  HWY_ALIGN T some[hn::MaxLanes(D())] = {};
  std::memcpy(some, p, size_t(left) * sizeof(T));
  return hn::Load(d, some);
}

/// Stores the first `left` > 0 lanes, or all of them.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StoreSome(hn::Vec<D> v, D d, T* HWY_RESTRICT p, int64_t left) {
  if (HWY_LIKELY(left >= int64_t(hn::Lanes(d)))) return hn::StoreU(v, d, p);
  HWY_ALIGN T some[hn::MaxLanes(D())];
  hn::Store(v, d, some);
  std::memcpy(p, some, size_t(left) * sizeof(T));
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
