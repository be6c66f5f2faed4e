#include "tandem/ops/reduce.h"

#include "tandem/ops/functions.h"

namespace tandem {

Tensor sum(Arg input, Dims dim, bool keepdim) { return apply(Sum{dim, keepdim}, input); }

Dims kept_shape(std::string_view op, const Dims& shape, const Dims& dim) {
  if (dim.empty()) return Dims::filled(shape.size(), 1);
  Dims kept = shape;
  bool seen[Dims::max_rank] = {};
  for (int64_t d : dim) {
    const int at = normalize_dim(op, d, shape);
    if (std::exchange(seen[at], true))
      fail(ErrorCode::value, op, "dim ", d, " appears twice in ", dim);
    if (at < kept.size()) kept[at] = 1;
  }
  return kept;
}

Type reduced_type(std::string_view op, const Type& input, const Dims& dim, bool keepdim,
                  DType dtype) {
  const Dims kept = kept_shape(op, input.shape, dim);
  if (keepdim) return {dtype, kept};
  bool gone[Dims::max_rank] = {};
  for (int64_t d : dim) gone[normalize_dim(op, d, input.shape)] = true;
  Type out{dtype, {}};
  for (int i = 0; i < input.shape.size(); ++i)
    if (!dim.empty() && !gone[i]) out.shape.push_back(input.shape[i]);
  return out;
}

Type Sum::infer(const Type& input) const {
  return reduced_type("sum", input, dim, keepdim,
                      is_floating(input.dtype) ? input.dtype : DType::i64);
}
Grads Sum::vjp(const Call& c) const {
  const Dims& shape = c.type(0).shape;
  return {expand(reshape(c.dy(), kept_shape("sum", shape, dim)), shape)};
}

}  // namespace tandem
