#include "tandem/ops/create.h"

#include "tandem/ops/functions.h"

namespace tandem {

Tensor full_at(const Dims& size, Scalar fill_value, DType dtype, Location where) {
  for (int64_t n : size)
    if (n < 0) fail(ErrorCode::shape, "full", "expected sizes of 0 or more, got ", size);
  const Full op{size, fill_value, dtype};
  return apply(info_of<Full>, &op, {}, where);
}
Tensor full(Dims size, Scalar fill_value, DType dtype, Location where) {
  return full_at(size, fill_value, dtype, where);
}
Tensor cast(Arg input, DType dtype) {
  return input.tensor->dtype() == dtype ? *input.tensor : apply(Cast{dtype}, input);
}
Tensor clone(Arg input) { return apply(Clone{}, input); }
Tensor contiguous(Arg input) {
  return input.tensor->is_contiguous() ? *input.tensor : apply(Contiguous{}, input);
}

Grads Cast::vjp(const Call& c) const {
  const DType from = c.type(0).dtype;
  return {is_floating(from) ? cast(c.dy(), from) : Tensor()};
}

}  // namespace tandem
