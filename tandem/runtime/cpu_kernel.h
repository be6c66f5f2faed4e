// The kernels that plans call.
#pragma once
#include "tandem/ops/create.h"
#include "tandem/ops/selected.h"

namespace tandem::runtime {

inline const KernelEntry& cpu_kernel(const OpInfo& info) {
  return info.kernel[int(DeviceType::cpu)];
}

/// to = from, of one shape and dtype, whatever the strides.
inline void copy(const TensorRef& from, const TensorRef& to) {
  cpu_kernel(info_of<Clone>).run({nullptr, {&to, 1}, {&from, 1}, nullptr});
}

}  // namespace tandem::runtime
