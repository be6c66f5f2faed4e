#include "tandem/tensor/view_of.h"

#include "tandem/tensor/op_info.h"

namespace tandem {

ViewOf* ViewOf::make(TensorImpl* parent, const OpInfo& info, const void* op, Location where) {
  retain(parent);
  ViewOf* view = new (block_cache.take(sizeof(ViewOf) + info.bytes)) ViewOf{parent, &info, where};
  if (info.bytes) std::memcpy(view + 1, op, info.bytes);
  return view;
}

void destroy(ViewOf* view) {
  release(view->parent);
  block_cache.give(view, sizeof(ViewOf) + view->info->bytes);
}

}  // namespace tandem
