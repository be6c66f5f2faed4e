// How an op's kernel enters the op's record.
#pragma once
#include "tandem/ops/selected.h"

namespace tandem::cpu {

/// Nothing for an op that the build does not select: the kernel is not linked then.
template <Op O>
void install(const KernelEntry& kernel) {
  if constexpr (is_selected<O>) info_of<O>.kernel[int(DeviceType::cpu)] = kernel;
}

}  // namespace tandem::cpu
