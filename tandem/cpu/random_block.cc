#include "tandem/cpu/random_block.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/random_block.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "tandem/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void BoxMuller16(float* d, float mean, float std) {
  const hn::CappedTag<float, 8> tag;
  const auto offset = hn::Set(tag, mean), scale = hn::Set(tag, std);
  for (size_t j = 0; j < 8; j += hn::Lanes(tag)) {
    const auto u = hn::Sub(hn::Set(tag, 1.f), hn::LoadU(tag, d + j));
    const auto radius = hn::Sqrt(hn::Mul(hn::Set(tag, -2.f), math::Log(tag, u)));
    const auto angle = hn::Mul(hn::Set(tag, 6.28318530717958647692f), hn::LoadU(tag, d + j + 8));
    hn::StoreU(hn::MulAdd(hn::Mul(radius, math::Cos(tag, angle)), scale, offset), tag, d + j);
    hn::StoreU(hn::MulAdd(hn::Mul(radius, math::Sin(tag, angle)), scale, offset), tag, d + j + 8);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(BoxMuller16);

void cpu::box_muller_16(float* d, float mean, float std) {
  HWY_DYNAMIC_DISPATCH(BoxMuller16)(d, mean, std);
}
}  // namespace tandem
#endif
