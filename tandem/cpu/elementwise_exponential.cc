// Kernels of the elementwise ops of ops/exponential.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/elementwise_exponential.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "tandem/cpu/elementwise-inl.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/exponential.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
void InstallElementwiseExponential() { InstallRows(ExponentialOps{}); }
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(InstallElementwiseExponential);

/// The target is chosen once, here: the row table then points straight at its code, and a call
/// pays for no dispatch of Highway's.
void cpu::install_elementwise_exponential() {
  HWY_DYNAMIC_DISPATCH(InstallElementwiseExponential)();
}
}  // namespace tandem
#endif
