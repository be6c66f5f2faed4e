// How a view was made from the tensor it looks into.
#pragma once
#include <cstring>

#include "tandem/tensor/tensor.h"

namespace tandem {

struct OpInfo;

/// The parent and the view op with its attributes, which follow in the same block. An in-place
/// write to the view is, for gradients and for programs, a write to the parent through this op.
struct ViewOf {
  TensorImpl* parent;
  const OpInfo* info;
  Location where;
  const void* op() const { return this + 1; }

  static ViewOf* make(TensorImpl* parent, const OpInfo& info, const void* op, Location where);
};
void destroy(ViewOf* view);

}  // namespace tandem
