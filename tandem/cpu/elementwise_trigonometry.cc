// Kernels of the elementwise ops of ops/trigonometry.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/elementwise_trigonometry.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "tandem/cpu/elementwise-inl.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/trigonometry.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
void InstallElementwiseTrigonometry() { InstallRows(TrigonometryOps{}); }
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(InstallElementwiseTrigonometry);

/// The target is chosen once, here: the row table then points straight at its code, and a call
/// pays for no dispatch of Highway's.
void cpu::install_elementwise_trigonometry() {
  HWY_DYNAMIC_DISPATCH(InstallElementwiseTrigonometry)();
}
}  // namespace tandem
#endif
