// Plain loops over strided elements, for kernels where lanes do not matter.
#pragma once
#include <cstdint>

#include "tandem/base/dims.h"

namespace tandem::cpu {

/// Calls f(offset in a, offset in b) for each element of `shape`, in row-major order. Offsets are
/// in elements.
template <class F>
void for_each_pair(const Dims& shape, const Dims& a, const Dims& b, F&& f) {
  int64_t at[Dims::max_rank] = {}, ia = 0, ib = 0;
  for (int64_t n = shape.product(); n-- > 0;) {
    f(ia, ib);
    for (int d = shape.size() - 1; d >= 0; --d) {
      ia += a[d], ib += b[d];
      if (++at[d] < shape[d]) break;
      ia -= a[d] * shape[d], ib -= b[d] * shape[d], at[d] = 0;
    }
  }
}

/// The strides under which a tensor of shape `from` reads as one of shape `to`: 0 where it repeats.
inline Dims broadcast_strides(const Dims& from, const Dims& strides, const Dims& to) {
  Dims s = Dims::filled(to.size(), 0);
  const int added = to.size() - from.size();
  for (int d = 0; d < from.size(); ++d)
    if (from[d] != 1) s[d + added] = strides[d];
  return s;
}

}  // namespace tandem::cpu
