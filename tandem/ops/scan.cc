#include "tandem/ops/scan.h"

#include <cmath>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

std::array<Tensor, 2> cummax(Arg input, int64_t dim) { return apply(Cummax{dim}, input); }
std::array<Tensor, 2> cummin(Arg input, int64_t dim) { return apply(Cummin{dim}, input); }

Tensor logcumsumexp(Arg input, int64_t dim) {
  const Tensor& x = *input.tensor;
  if (x.defined() && !is_floating(x.dtype()))
    return apply(Logcumsumexp{dim}, Arg(cast(input, default_dtype), input.where));
  return apply(Logcumsumexp{dim}, input);
}

namespace {

std::array<Type, 2> scanned(std::string_view op, const Type& input, int64_t dim) {
  normalize_dim(op, dim, input.shape);
  return {input, Type{DType::i64, input.shape}};
}

}  // namespace

std::array<Type, 2> Cummax::infer(const Type& input) const { return scanned("cummax", input, dim); }
Grads Cummax::vjp(const Call& c) const { return to_places(c, dim); }
std::array<Type, 2> Cummin::infer(const Type& input) const { return scanned("cummin", input, dim); }
Grads Cummin::vjp(const Call& c) const { return to_places(c, dim); }

Type Logcumsumexp::infer(const Type& input) const {
  normalize_dim("logcumsumexp", dim, input.shape);
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, "logcumsumexp", "expected a floating input, got ", input.dtype);
  return input;
}
/// exp(x) times the sum of dy exp(-y) from there on, in logarithms: for dy above and below zero.
Grads Logcumsumexp::vjp(const Call& c) const {
  const Tensor x = c.operand(0), y = c.result(), dy = c.dy();
  if (x.dim() == 0) return {dy};
  const Tensor nothing = eq(y, -INFINITY), level = where(nothing, 0, y);
  const auto part = [&](const Tensor& size) {
    const Tensor none = logical_or(le(size, 0), nothing);
    const Tensor each = where(none, -INFINITY, log(where(none, 1, size)) - level);
    const Tensor total = flip(logcumsumexp(flip(each, dim.value), dim), dim.value);
    const Tensor empty = eq(total, -INFINITY);
    return where(empty, 0, exp(where(empty, 0, total) + x));
  };
  return {part(dy) - part(-dy)};
}

template struct Family<ScanOps>;

}  // namespace tandem
