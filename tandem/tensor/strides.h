// How elements lie in memory.
#pragma once
#include "tandem/base/dims.h"

namespace tandem {

/// Are the elements dense and in row-major order? The stride of a dim of size 1 does not matter.
inline bool is_row_major(const Dims& shape, const Dims& strides) {
  int64_t step = 1;
  for (int d = shape.size() - 1; d >= 0; --d) {
    if (shape[d] == 0) return true;
    if (shape[d] == 1) continue;
    if (strides[d] != step) return shape.product() == 0;
    step *= shape[d];
  }
  return true;
}

/// Calls f(element offset) in row-major order.
template <class F>
void for_each_offset(const Dims& shape, const Dims& strides, F&& f) {
  int64_t at[Dims::max_rank] = {}, offset = 0;
  for (int64_t n = shape.product(); n-- > 0;) {
    f(offset);
    for (int d = shape.size() - 1; d >= 0; --d) {
      offset += strides[d];
      if (++at[d] < shape[d]) break;
      offset -= strides[d] * shape[d];
      at[d] = 0;
    }
  }
}

}  // namespace tandem
