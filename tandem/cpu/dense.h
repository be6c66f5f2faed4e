// Tensors whose elements a kernel wants side by side, in row-major order.
#pragma once
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/strided.h"
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// The elements where they are, or a copy that lives as long as `scratch`; null for an operand that
/// was left out.
template <class T>
const T* dense(const TensorRef& t, Scratch& scratch) {
  if (!t.data || t.contiguous) return t.as<T>();
  T* to = scratch.get<T>(t.numel());
  for_each_pair(t.shape(), *t.strides, contiguous_strides(t.shape()),
                [&](int64_t from, int64_t at) { to[at] = t.as<T>()[from]; });
  return to;
}

}  // namespace tandem::cpu
