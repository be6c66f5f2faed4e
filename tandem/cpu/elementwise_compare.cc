// Kernels of the elementwise ops of ops/compare.h and ops/bitwise.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/elementwise_compare.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "tandem/cpu/elementwise-inl.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/bitwise.h"
#include "tandem/ops/compare.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
void InstallElementwiseCompare() {
  InstallRows(CompareOps{});
  InstallRows(BitwiseOps{});
}
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(InstallElementwiseCompare);

/// The target is chosen once, here: the row table then points straight at its code, and a call
/// pays for no dispatch of Highway's.
void cpu::install_elementwise_compare() { HWY_DYNAMIC_DISPATCH(InstallElementwiseCompare)(); }
}  // namespace tandem
#endif
