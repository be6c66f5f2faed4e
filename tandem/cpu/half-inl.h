// Rows of 16-bit floats to f32 and back, rounding to nearest even. Included once per target.
#if defined(TANDEM_CPU_HALF_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_HALF_INL_H
#undef TANDEM_CPU_HALF_INL_H
#else
#define TANDEM_CPU_HALF_INL_H
#endif
#include <hwy/highway.h>

#include <cstdint>

#include "tandem/base/half.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Targets whose binary16 conversions are instructions; elsewhere Highway's own do not round to
/// nearest, and the scalar conversion is exact.
inline constexpr bool kHasF16 = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 ||
                                HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON;

inline void Widen(const BFloat16* from, float* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = float(from[i]);  // a shift: the compiler vectorizes it
}
inline void Narrow(const float* from, BFloat16* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = BFloat16(from[i]);
}

inline void Widen(const Half* from, float* to, int64_t n) {
  int64_t i = 0;
  if constexpr (kHasF16) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> dh;
    const auto* half = reinterpret_cast<const hwy::float16_t*>(from);
    for (const int64_t lanes = int64_t(hn::Lanes(d)); i + lanes <= n; i += lanes)
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(dh, half + i)), d, to + i);
  }
  for (; i < n; ++i) to[i] = float(from[i]);
}
inline void Narrow(const float* from, Half* to, int64_t n) {
  int64_t i = 0;
  if constexpr (kHasF16) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> dh;
    auto* half = reinterpret_cast<hwy::float16_t*>(to);
    for (const int64_t lanes = int64_t(hn::Lanes(d)); i + lanes <= n; i += lanes)
      hn::StoreU(hn::DemoteTo(dh, hn::LoadU(d, from + i)), dh, half + i);
  }
  for (; i < n; ++i) to[i] = Half(from[i]);
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
