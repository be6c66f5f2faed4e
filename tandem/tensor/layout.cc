#include "tandem/tensor/layout.h"

#include <utility>

namespace tandem {
namespace {

bool is_channels_last(const Dims& n, const Dims& s) {
  return n.size() == 4 && s[1] == 1 && s[3] == n[1] && s[2] == n[1] * n[3] &&
         s[0] == n[1] * n[2] * n[3];
}

void set_channels_last(const Dims& n, Dims& s) {
  s[1] = 1;
  s[3] = n[1];
  s[2] = n[1] * n[3];
  s[0] = n[1] * n[2] * n[3];
}

void set_heads_inside(const Dims& n, Dims& s) {
  s[1] = n[3];
  s[2] = n[3] * n[1];
}

}  // namespace

bool is_dense(const Dims& shape, const Dims& strides) {
  Dims order = Dims::range(shape.size());
  for (int i = 1; i < order.size(); ++i)
    for (int j = i; j > 0 && strides[int(order[j])] < strides[int(order[j - 1])]; --j)
      std::swap(order[j], order[j - 1]);
  int64_t step = 1;
  for (int64_t d : order) {
    if (shape[int(d)] == 1) continue;
    if (strides[int(d)] != step) return false;
    step *= shape[int(d)];
  }
  return true;
}

bool follow_layout(Layout layout, std::span<const TensorRef> in, const Type& out, Dims& strides) {
  if (layout == Layout::channels_last || layout == Layout::heads_inside) {
    if (out.shape.size() != 4) return true;
    layout == Layout::channels_last ? set_channels_last(out.shape, strides)
                                    : set_heads_inside(out.shape, strides);
    return strides == contiguous_strides(out.shape);
  }
  if (layout == Layout::follow) {
    for (const TensorRef& t : in) {
      if (!t.type || t.shape() != out.shape) continue;
      if (t.contiguous) return true;
      if (is_channels_last(t.shape(), *t.strides) || is_dense(t.shape(), *t.strides)) {
        strides = *t.strides;
        return strides == contiguous_strides(out.shape);
      }
    }
  }
  return true;
}

}  // namespace tandem
