#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/hand_fused.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "bench/hand_fused.h"
#include "tandem/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// n is a multiple of the lanes.
template <class Body>
HWY_INLINE void Loop(const float* x, const float* a, const float* b, const float* c, float* y,
                     int64_t n, const Body& body) {
  const hn::ScalableTag<float> d;
  for (int64_t i = 0; i < n; i += int64_t(hn::Lanes(d)))
    hn::StoreU(
        body(d, hn::LoadU(d, x + i), hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i)),
        d, y + i);
}
void Cheap(const float* x, const float* a, const float* b, const float* c, float* y, int64_t n) {
  Loop(x, a, b, c, y, n, [](auto d, auto vx, auto va, auto vb, auto vc) HWY_ATTR {
    return hn::Add(hn::Max(hn::Mul(hn::Add(vx, va), vb), hn::Zero(d)), vc);
  });
}
void Tanh(const float* x, const float* a, const float* b, const float* c, float* y, int64_t n) {
  Loop(x, a, b, c, y, n, [](auto d, auto vx, auto va, auto vb, auto vc) HWY_ATTR {
    return hn::Mul(math::Tanh(d, hn::Add(hn::Mul(vx, va), vb)), vc);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(Cheap);
HWY_EXPORT(Tanh);
void hand_fused_cheap(const float* x, const float* a, const float* b, const float* c, float* y,
                      int64_t n) {
  HWY_DYNAMIC_DISPATCH(Cheap)(x, a, b, c, y, n);
}
void hand_fused_tanh(const float* x, const float* a, const float* b, const float* c, float* y,
                     int64_t n) {
  HWY_DYNAMIC_DISPATCH(Tanh)(x, a, b, c, y, n);
}
}  // namespace tandem
#endif
