#include "tandem/ops/reduce.h"

#include <cmath>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor sum(Arg input, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(Sum{dim, keepdim, dtype}, input); }
Tensor mean(Arg input, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(Mean{dim, keepdim, dtype}, input); }
Tensor prod(Arg input, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(Prod{dim, keepdim, dtype}, input); }
Tensor amax(Arg input, Dims dim, bool keepdim) { return apply(Amax{dim, keepdim}, input); }
Tensor amin(Arg input, Dims dim, bool keepdim) { return apply(Amin{dim, keepdim}, input); }
Tensor any(Arg input, Dims dim, bool keepdim) { return apply(Any{dim, keepdim}, input); }
Tensor all(Arg input, Dims dim, bool keepdim) { return apply(All{dim, keepdim}, input); }
Tensor count_nonzero(Arg input, Dims dim) { return apply(CountNonzero{dim}, input); }
Tensor argmax(Arg input, std::optional<int64_t> dim, bool keepdim) { return apply(Argmax{dim, keepdim}, input); }
Tensor argmin(Arg input, std::optional<int64_t> dim, bool keepdim) { return apply(Argmin{dim, keepdim}, input); }
std::array<Tensor, 2> max(Arg input, int64_t dim, bool keepdim) { return apply(Max{dim, keepdim}, input); }
std::array<Tensor, 2> min(Arg input, int64_t dim, bool keepdim) { return apply(Min{dim, keepdim}, input); }
Tensor var(Arg input, Dims dim, double correction, bool keepdim) { return apply(Var{dim, correction, keepdim}, input); }
Tensor std(Arg input, Dims dim, double correction, bool keepdim) { return apply(Std{dim, correction, keepdim}, input); }
std::array<Tensor, 2> var_mean(Arg input, Dims dim, double correction, bool keepdim) { return apply(VarMean{dim, correction, keepdim}, input); }
std::array<Tensor, 2> std_mean(Arg input, Dims dim, double correction, bool keepdim) { return apply(StdMean{dim, correction, keepdim}, input); }
Tensor logsumexp(Arg input, Dims dim, bool keepdim) { return apply(Logsumexp{dim, keepdim}, input); }
Tensor norm(Arg input, double p, Dims dim, bool keepdim) { return apply(Norm{p, dim, keepdim}, input); }
Tensor cumsum(Arg input, int64_t dim, std::optional<DType> dtype) { return apply(Cumsum{dim, dtype}, input); }
Tensor cumprod(Arg input, int64_t dim, std::optional<DType> dtype) { return apply(Cumprod{dim, dtype}, input); }
// clang-format on

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

namespace {

/// How many elements make one of the result.
int64_t reduced_count(std::string_view op, const Dims& shape, const Dims& dim) {
  int64_t n = 1;
  const Dims kept = kept_shape(op, shape, dim);
  for (int i = 0; i < shape.size(); ++i)
    if (dim.empty() || kept[i] != shape[i]) n *= shape[i];
  return n;
}
Type floating_type(std::string_view op, const Type& input, const Dims& dim, bool keepdim) {
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
  return reduced_type(op, input, dim, keepdim, input.dtype);
}
Type extreme_type(std::string_view op, const Type& input, const Dims& dim, bool keepdim) {
  const Type out = reduced_type(op, input, dim, keepdim, input.dtype);
  if (input.shape.product() == 0 && reduced_count(op, input.shape, dim) == 0)
    fail(ErrorCode::shape, op, "expected the reduced dims ", dim,
         " to have elements, got input of shape ", input.shape);
  return out;
}
Type place_type(std::string_view op, const Type& input, std::optional<int64_t> dim, bool keepdim) {
  if (dim ? input.shape.size() && input.shape[normalize_dim(op, *dim, input.shape)] == 0
          : input.shape.product() == 0)
    fail(ErrorCode::shape, op, "expected the reduced dim to have elements, got input of shape ",
         input.shape);
  return reduced_type(op, input, dim ? Dims(*dim) : Dims(), keepdim, DType::i64);
}
Type running_type(std::string_view op, const Type& input, int64_t dim, std::optional<DType> dtype) {
  normalize_dim(op, dim, input.shape);
  return {dtype.value_or(summed_dtype(input.dtype)), input.shape};
}

/// A result's gradient, as it broadcasts against the operand.
Tensor spread(std::string_view op, const Tensor& t, const Dims& shape, const Dims& dim) {
  return reshape(t, kept_shape(op, shape, dim));
}
Tensor as_operand(const Tensor& g, const Type& type) {
  return expand(g.dtype() == type.dtype ? g : cast(g, type.dtype), type.shape);
}

/// Equal extremes share the gradient.
Grads shared(std::string_view op, const Call& c, const Dims& dim) {
  const Tensor x = c.operand(0);
  const Tensor y = spread(op, c.result(), x.shape(), dim);
  const Tensor is_extreme = cast(logical_or(eq(x, y), logical_and(ne(x, x), ne(y, y))), x.dtype());
  const Tensor share = spread(op, c.dy(), x.shape(), dim) / sum(is_extreme, dim, true);
  return {share * is_extreme};
}

std::array<Tensor, 2> with_places(const Tensor& input, const Tensor& places, int64_t dim,
                                  bool keepdim) {
  if (input.dim() == 0) return {clone(input), places};
  const Tensor at = keepdim ? places : unsqueeze(places, dim);
  const Tensor values = gather(input, dim, at);
  return {keepdim ? values : squeeze(values, dim), places};
}

/// Running products one place later along `dim`, with a 1 in front.
Tensor delayed(const Tensor& products, int64_t dim) {
  const int64_t n = products.size(dim);
  Dims edge = products.shape();
  edge[normalize_dim("cumprod", dim, edge)] = 1;
  return cat({full(edge, 1, products.dtype()), slice(products, dim, 0, n - 1)}, dim);
}
/// The product of the elements before each along `dim`, at its place.
Tensor product_before(const Tensor& x, int64_t dim) {
  if (x.dim() == 0) return ones_like(x);
  return x.numel() == 0 ? x : delayed(cumprod(x, dim), dim);
}

/// Sums from the end.
Tensor reversed_cumsum(const Tensor& x, int64_t dim) {
  return flip(cumsum(flip(x, dim), dim), dim);
}

}  // namespace

Type Sum::infer(const Type& input) const {
  return reduced_type("sum", input, dim, keepdim, dtype.value_or(summed_dtype(input.dtype)));
}
Tensor Sum::decompose(const Tensor& input) const {
  const DType to = dtype.value_or(summed_dtype(input.dtype()));
  return cast(sum(cast(input, to), dim, keepdim), to);
}
Grads Sum::vjp(const Call& c) const {
  return {as_operand(spread("sum", c.dy(), c.type(0).shape, dim), c.type(0))};
}

Type Mean::infer(const Type& input) const {
  const DType to = dtype.value_or(input.dtype);
  if (!is_floating(to))
    fail(ErrorCode::dtype, "mean", "input dtype must be floating, got ", input.dtype,
         ": cast it, or pass a floating dtype");
  return reduced_type("mean", input, dim, keepdim, to);
}
Tensor Mean::decompose(const Tensor& input) const {
  const DType to = dtype.value_or(input.dtype());
  return sum(cast(input, to), dim, keepdim) / double(reduced_count("mean", input.shape(), dim));
}
Grads Mean::vjp(const Call& c) const {
  const Dims& shape = c.type(0).shape;
  const Tensor share =
      spread("mean", c.dy(), shape, dim) / double(reduced_count("mean", shape, dim));
  return {as_operand(share, c.type(0))};
}

Type Prod::infer(const Type& input) const {
  return reduced_type("prod", input, dim, keepdim, dtype.value_or(summed_dtype(input.dtype)));
}
Tensor Prod::decompose(const Tensor& input) const {
  const DType to = dtype.value_or(summed_dtype(input.dtype()));
  return cast(prod(cast(input, to), dim, keepdim), to);
}
/// dy times the product of the others: one dim after the other, each over what is left.
Grads Prod::vjp(const Call& c) const {
  Tensor left = cast(c.operand(0), c.dy().dtype());
  Tensor dx = spread("prod", c.dy(), left.shape(), dim);
  for (int64_t d : dim.empty() ? Dims::range(left.dim()) : dim) {
    dx = dx * (product_before(left, d) * flip(product_before(flip(left, d), d), d));
    left = prod(left, d, true);
  }
  return {as_operand(dx, c.type(0))};
}

Type Amax::infer(const Type& input) const { return extreme_type("amax", input, dim, keepdim); }
Grads Amax::vjp(const Call& c) const { return shared("amax", c, dim); }
Type Amin::infer(const Type& input) const { return extreme_type("amin", input, dim, keepdim); }
Grads Amin::vjp(const Call& c) const { return shared("amin", c, dim); }

Type Any::infer(const Type& input) const {
  return reduced_type("any", input, dim, keepdim, DType::boolean);
}
Type All::infer(const Type& input) const {
  return reduced_type("all", input, dim, keepdim, DType::boolean);
}
Tensor CountNonzero::decompose(const Tensor& input) const { return sum(ne(input, 0), dim); }

Type Argmax::infer(const Type& input) const { return place_type("argmax", input, dim, keepdim); }
Type Argmin::infer(const Type& input) const { return place_type("argmin", input, dim, keepdim); }
std::array<Tensor, 2> Max::decompose(const Tensor& input) const {
  return with_places(input, argmax(input, dim.value, keepdim), dim, keepdim);
}
std::array<Tensor, 2> Min::decompose(const Tensor& input) const {
  return with_places(input, argmin(input, dim.value, keepdim), dim, keepdim);
}

Type Var::infer(const Type& input) const { return floating_type("var", input, dim, keepdim); }
Tensor Var::decompose(const Tensor& input) const {
  const double n = double(reduced_count("var", input.shape(), dim)) - correction;
  return sum(square(input - mean(input, dim, true)), dim, keepdim) / std::max(0.0, n);
}
Grads Var::vjp(const Call& c) const {
  const Tensor x = c.operand(0);
  const double n = double(reduced_count("var", x.shape(), dim)) - correction;
  const Tensor dy = spread("var", c.dy(), x.shape(), dim) * (2 / std::max(0.0, n));
  return {dy * (x - mean(x, dim, true))};
}

Type Std::infer(const Type& input) const { return floating_type("std", input, dim, keepdim); }
Tensor Std::decompose(const Tensor& input) const {
  return sqrt(var(input, dim, correction, keepdim));
}
Grads Std::vjp(const Call& c) const {
  const Tensor x = c.operand(0), y = c.result(), flat = eq(y, 0);
  const double n = double(reduced_count("std", x.shape(), dim)) - correction;
  const Tensor slope = where(flat, 0, c.dy() / (where(flat, 1, y) * std::max(0.0, n)));
  return {spread("std", slope, x.shape(), dim) * (x - mean(x, dim, true))};
}

std::array<Tensor, 2> VarMean::decompose(const Tensor& input) const {
  return {var(input, dim, correction, keepdim), mean(input, dim, keepdim)};
}
std::array<Tensor, 2> StdMean::decompose(const Tensor& input) const {
  return {std(input, dim, correction, keepdim), mean(input, dim, keepdim)};
}

Type Logsumexp::infer(const Type& input) const {
  return reduced_type("logsumexp", input, dim, keepdim,
                      is_floating(input.dtype) ? input.dtype : default_dtype);
}
Tensor Logsumexp::decompose(const Tensor& input) const {
  if (!is_floating(input.dtype())) return logsumexp(cast(input, default_dtype), dim, keepdim);
  if (reduced_count("logsumexp", input.shape(), dim) == 0)
    return log(sum(input, dim, keepdim));  // of nothing: -inf
  const Tensor largest = amax(input.detach(), dim, true);
  const Tensor shift = where(isfinite(largest), largest, 0);
  const Tensor total = log(sum(exp(input - shift), dim, true)) + shift;
  return keepdim ? total : reshape(total, infer(input.type()).shape);
}
Grads Logsumexp::vjp(const Call& c) const {
  const Tensor x = c.operand(0);
  const Tensor y = spread("logsumexp", c.result(), x.shape(), dim);
  // Where the result is -inf every input is, and each has the weight 0.
  const Tensor share = exp(x - where(eq(y, -INFINITY), 0, y));
  return {spread("logsumexp", c.dy(), x.shape(), dim) * share};
}

Type Norm::infer(const Type& input) const {
  if (std::isinf(p) && reduced_count("norm", input.shape, dim) == 0)
    fail(ErrorCode::shape, "norm", "p = ", p, " of no elements has no value; input has shape ",
         input.shape);
  return floating_type("norm", input, dim, keepdim);
}
Tensor Norm::decompose(const Tensor& input) const {
  if (p == 2) return sqrt(sum(square(input), dim, keepdim));
  if (p == 1) return sum(abs(input), dim, keepdim);
  if (p == 0) return sum(ne(input, 0), dim, keepdim, input.dtype());
  if (p == INFINITY) return amax(abs(input), dim, keepdim);
  if (p == -INFINITY) return amin(abs(input), dim, keepdim);
  return pow(sum(pow(abs(input), p), dim, keepdim), 1 / p);
}
Grads Norm::vjp(const Call& c) const {
  const Tensor x = c.operand(0);
  const Tensor dy = spread("norm", c.dy(), x.shape(), dim);
  if (p == 0) return {zeros_like(x)};
  if (p == 1) return {dy * sign(x)};
  const Tensor y = spread("norm", c.result(), x.shape(), dim);
  if (std::isinf(p)) {
    const Tensor is_extreme = cast(eq(abs(x), y), x.dtype());
    return {dy / sum(is_extreme, dim, true) * (is_extreme * sign(x))};
  }
  const Tensor flat = eq(y, 0), safe = where(flat, 1, y);
  if (p == 2) return {where(flat, 0, dy / safe) * x};
  const Tensor slope = where(flat, 0, dy / pow(safe, p - 1));
  const Tensor is_zero = eq(x, 0), size = where(is_zero, 1, abs(x));
  return {slope * where(is_zero, 0, sign(x) * pow(size, p - 1))};
}

Type Cumsum::infer(const Type& input) const { return running_type("cumsum", input, dim, dtype); }
Tensor Cumsum::decompose(const Tensor& input) const {
  const DType to = dtype.value_or(summed_dtype(input.dtype()));
  return cast(cumsum(cast(input, to), dim), to);
}
Grads Cumsum::vjp(const Call& c) const {
  return {cast(reversed_cumsum(c.dy(), dim), c.type(0).dtype)};
}

Type Cumprod::infer(const Type& input) const { return running_type("cumprod", input, dim, dtype); }
Tensor Cumprod::decompose(const Tensor& input) const {
  const DType to = dtype.value_or(summed_dtype(input.dtype()));
  return cast(cumprod(cast(input, to), dim), to);
}
/// dx[k] = y[k-1] * sum over j >= k of dy[j] * x[k+1] * ... * x[j]. The sums obey
/// sum[k] = dy[k] + x[k+1] * sum[k+1], and each doubling joins a stretch to the one after it: no
/// division, so zeros are like other numbers, in the derivatives of this too.
Grads Cumprod::vjp(const Call& c) const {
  if (c.dy().dim() == 0 || c.dy().numel() == 0) return {cast(c.dy(), c.type(0).dtype)};
  const Tensor x = cast(c.operand(0), c.dy().dtype()), y = c.result();
  const int64_t n = x.size(dim);
  const auto piece = [&](const Tensor& t, int64_t from, int64_t to) {
    return slice(t, dim, from, to);
  };
  Tensor sums = c.dy(), factors = piece(x, 1, n);
  for (int64_t length = 1; length < n; length *= 2) {
    const int64_t joined = n - length;  // stretches that have one after them
    sums = cat({piece(sums, 0, joined) + factors * piece(sums, length, n), piece(sums, joined, n)},
               dim);
    if (2 * length < n)
      factors = piece(factors, 0, n - 2 * length) * piece(factors, length, joined);
  }
  return {cast(delayed(y, dim) * sums, c.type(0).dtype)};
}

template struct Family<ReduceOps>;

}  // namespace tandem
