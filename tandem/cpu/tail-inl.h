// The last, partial vector of a row.
//
// Highway's MaskedLoad and BlendedStore touch only the lanes that are asked for where the machine
// has masks (AVX2, AVX-512, SVE). Elsewhere they read, and write back, the whole vector: beyond the
// end of the row, where another thread may be writing, and on SSE4 at an aligned address only.
#if defined(TANDEM_CPU_TAIL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_TAIL_INL_H
#undef TANDEM_CPU_TAIL_INL_H
#else
#define TANDEM_CPU_TAIL_INL_H
#endif
#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {

inline constexpr bool kHasMasks = (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2) || HWY_HAVE_SCALABLE;

/// p[0], …, p[count-1] in the first lanes, 0 in the others; count is less than the lanes.
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> LoadFirst(D d, const hwy::HWY_NAMESPACE::TFromD<D>* p,
                                                std::size_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (kHasMasks) {
    return hn::MaskedLoad(hn::FirstN(d, count), d, p);
  } else {
    HWY_ALIGN hn::TFromD<D> lane[hn::MaxLanes(d)] = {};
    std::memcpy(lane, p, count * sizeof(*p));
    return hn::Load(d, lane);
  }
}

/// The first `count` lanes to p; no other element is touched.
template <class D>
HWY_INLINE void StoreFirst(hwy::HWY_NAMESPACE::Vec<D> v, D d, hwy::HWY_NAMESPACE::TFromD<D>* p,
                           std::size_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (kHasMasks) {
    hn::BlendedStore(v, hn::FirstN(d, count), d, p);
  } else {
    HWY_ALIGN hn::TFromD<D> lane[hn::MaxLanes(d)];
    hn::Store(v, d, lane);
    std::memcpy(p, lane, count * sizeof(*p));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
