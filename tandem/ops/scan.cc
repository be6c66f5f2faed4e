#include "tandem/ops/scan.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

std::array<Tensor, 2> cummax(Arg input, int64_t dim) { return apply(Cummax{dim}, input); }
std::array<Tensor, 2> cummin(Arg input, int64_t dim) { return apply(Cummin{dim}, input); }

namespace {

std::array<Type, 2> scanned(std::string_view op, const Type& input, int64_t dim) {
  normalize_dim(op, dim, input.shape);
  return {input, Type{DType::i64, input.shape}};
}
Grads to_places(const Call& c, int64_t dim) {
  if (!c.dys[0]) return {};
  const Type& in = c.type(0);
  return {scatter_add(full(in.shape, 0, in.dtype), dim, c.result(1).detach(), c.dys[0])};
}

}  // namespace

std::array<Type, 2> Cummax::infer(const Type& input) const { return scanned("cummax", input, dim); }
Grads Cummax::vjp(const Call& c) const { return to_places(c, dim); }
std::array<Type, 2> Cummin::infer(const Type& input) const { return scanned("cummin", input, dim); }
Grads Cummin::vjp(const Call& c) const { return to_places(c, dim); }

template struct Family<ScanOps>;

}  // namespace tandem
