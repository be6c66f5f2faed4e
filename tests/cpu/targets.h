// Runs a check on every instruction set of this machine that the kernels were compiled for.
#pragma once
#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/targets.h>

namespace tandem::testing {

/// Makes dispatch choose `target` (a HWY_… bit) until the end of the scope.
class OnTarget {
 public:
  explicit OnTarget(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
  }
  ~OnTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  OnTarget(const OnTarget&) = delete;
};

/// Does `target` multiply and add with one rounding? All that do give the same bits.
inline bool has_fma(int64_t target) { return HWY_ARCH_ARM_A64 || target <= HWY_AVX2; }

/// Calls body(target) with dispatch set to each compiled target that this machine has, best first.
template <class Body>
void for_each_target(const Body& body) {
  const int64_t all = hwy::SupportedTargets() & HWY_TARGETS;
  for (int64_t left = all; left; left &= left - 1) {
    const int64_t target = left & -left;
    SCOPED_TRACE(hwy::TargetName(target));
    const OnTarget scope(target);
    body(target);
  }
}

}  // namespace tandem::testing
