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
#include <type_traits>

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

/// The same where it is known at compile time whether the vector is whole: `whole` is a
/// std::bool_constant, as ForLanes() passes it, so that inner loops need no test.
template <bool Whole, class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadLanes(std::bool_constant<Whole>, D d, const T* HWY_RESTRICT p,
                                int64_t left) {
  if constexpr (Whole)
    return hn::LoadU(d, p);
  else
    return LoadSome(d, p, left);
}
template <bool Whole, class D, class T = hn::TFromD<D>>
HWY_INLINE void StoreLanes(std::bool_constant<Whole>, hn::Vec<D> v, D d, T* HWY_RESTRICT p,
                           int64_t left) {
  if constexpr (Whole)
    hn::StoreU(v, d, p);
  else
    StoreSome(v, d, p, left);
}

/// Calls body(i, whole, left) for the vectors of a row of n: whole ones, then a partial one.
template <class D, class Body>
HWY_INLINE void ForLanes(D d, int64_t n, const Body& body) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(i, std::true_type(), lanes);
  if (i < n) body(i, std::false_type(), n - i);
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
