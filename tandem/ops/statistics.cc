#include "tandem/ops/statistics.h"

#include <algorithm>
#include <limits>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
Tensor nansum(Arg input, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(Nansum{dim, keepdim, dtype}, input); }
Tensor nanmean(Arg input, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(Nanmean{dim, keepdim, dtype}, input); }
std::array<Tensor, 2> aminmax(Arg input, std::optional<int64_t> dim, bool keepdim) { return apply(Aminmax{dim, keepdim}, input); }
std::array<Tensor, 2> nanmedian(Arg input, int64_t dim, bool keepdim) { return apply(Nanmedian{dim, keepdim}, input); }
std::array<Tensor, 2> most_frequent(Arg input, int64_t dim, bool keepdim) { return apply(MostFrequent{dim, keepdim}, input); }
Tensor bincount(Arg input, OptArg weights, int64_t minlength) { return apply(Bincount{minlength}, input, weights); }
Tensor histc(Arg input, int64_t bins, double min, double max) { return apply(Histc{bins, min, max}, input); }
std::array<Tensor, 2> histogram(Arg input, Arg bins, OptArg weight, bool density) { return apply(Histogram{density}, input, bins, weight); }
Tensor cov(Arg input, int64_t correction, OptArg fweights, OptArg aweights) { return apply(Cov{correction}, input, fweights, aweights); }
Tensor corrcoef(Arg input) { return apply(Corrcoef{}, input); }
Tensor dist(Arg input, Arg other, double p) { return apply(Dist{p}, input, other); }
Tensor cdist(Arg x1, Arg x2, double p, Name compute_mode) { return apply(Cdist{p, compute_mode}, x1, x2); }
Tensor pdist(Arg input, double p) { return apply(Pdist{p}, input); }
Tensor trapezoid(Arg y, OptArg x, double dx, int64_t dim) { return apply(Trapezoid{dx, dim}, y, x); }
Tensor cumulative_trapezoid(Arg y, OptArg x, double dx, int64_t dim) { return apply(CumulativeTrapezoid{dx, dim}, y, x); }
// clang-format on

namespace {

template <class O>
Tensor with_number(const O& op, Arg input, const NumArg& q) {
  if (q.tensor) return apply(op, input, Arg(*q.tensor, q.where));
  return apply(op, input, Arg(full({}, q.number, input.tensor->dtype()), input.where));
}
}  // namespace

Tensor quantile(Arg input, const NumArg& q, std::optional<int64_t> dim, bool keepdim,
                Name interpolation) {
  return with_number(Quantile{dim, keepdim, interpolation}, input, q);
}
Tensor nanquantile(Arg input, const NumArg& q, std::optional<int64_t> dim, bool keepdim,
                   Name interpolation) {
  return with_number(Nanquantile{dim, keepdim, interpolation}, input, q);
}

Tensor Nansum::decompose(const Tensor& input) const {
  return sum(where(isnan(input), 0, input), dim, keepdim, dtype);
}
Tensor Nanmean::decompose(const Tensor& input) const {
  return nansum(input, dim, keepdim, dtype) / sum(logical_not(isnan(input)), dim, keepdim);
}
std::array<Tensor, 2> Aminmax::decompose(const Tensor& input) const {
  const Dims dims = dim ? Dims(*dim) : Dims();
  return {amin(input, dims, keepdim), amax(input, dims, keepdim)};
}

namespace {

Tensor quantiles(std::string_view op, const Tensor& input, const Tensor& q,
                 std::optional<int64_t> dim, bool keepdim, const Name& interpolation,
                 bool skip_nan) {
  check_floating(op, input);
  if (q.dim() > 1)
    fail(ErrorCode::shape, op, "expected q: a number or one dim of them, got shape ", q.shape());
  if (q.dtype() != input.dtype())
    fail(ErrorCode::dtype, op, "q is ", q.dtype(), ", input ", input.dtype(), ": cast q");
  if (!mode.tracer && q.numel() && any(logical_not(logical_and(ge(q, 0), le(q, 1)))).item<bool>())
    fail(ErrorCode::value, op, "expected q in 0..1");
  if (input.numel() == 0) fail(ErrorCode::shape, op, "expected elements, got ", input.shape());
  const int at = dim ? normalize_dim(op, *dim, input.shape()) : 0;
  Dims kept = input.shape();
  for (int d = 0; d < kept.size(); ++d)
    if (!dim || d == at) kept[d] = 1;
  const Tensor lines = !dim               ? reshape(input, -1)
                       : input.dim() == 0 ? reshape(input, 1)
                                          : movedim(input, at, -1);
  const Tensor ordered = sort(lines, -1)[0];  // NaN comes last
  const Tensor missing = sum(isnan(ordered), -1, true);
  const int64_t n = ordered.size(-1);
  const Tensor count = skip_nan ? n - missing : full({}, n, DType::i64);
  const Tensor place = reshape(q, -1) * cast(count - 1, q.dtype());
  Tensor low = floor(place), high = ceil(place);
  if (interpolation == "lower")
    high = low;
  else if (interpolation == "higher")
    low = high;
  else if (interpolation == "nearest")
    low = high = round(place);
  else if (interpolation != "linear" && interpolation != "midpoint")
    fail(ErrorCode::value, op,
         "interpolation must be 'linear', 'lower', 'higher', 'nearest' or 'midpoint', got '",
         interpolation, '\'');
  Dims wide = ordered.shape();
  wide.back() = q.numel();
  const auto take = [&](const Tensor& places) {
    return gather(ordered, -1, expand(cast(clamp_min(places, 0), DType::i64), wide));
  };
  const Tensor below = take(low), above = take(high);
  const Tensor value =
      interpolation == "midpoint" ? (below + above) / 2 : lerp(below, above, place - low);
  const Tensor bad = skip_nan ? eq(count, 0) : gt(missing, 0);
  const Tensor result = movedim(where(bad, std::numeric_limits<double>::quiet_NaN(), value), -1, 0);
  Dims shape = result.shape();
  shape.erase(0);
  if (keepdim) shape = kept;
  if (q.dim()) shape.insert(0, q.numel());
  return reshape(result, shape);
}

}  // namespace

Tensor Quantile::decompose(const Tensor& input, const Tensor& q) const {
  return quantiles("quantile", input, q, dim, keepdim, interpolation, false);
}
Tensor Nanquantile::decompose(const Tensor& input, const Tensor& q) const {
  return quantiles("nanquantile", input, q, dim, keepdim, interpolation, true);
}
std::array<Tensor, 2> Nanmedian::decompose(const Tensor& input) const {
  if (input.dim() == 0) return {clone(input), full({}, 0, DType::i64)};
  const auto [values, indices] = sort(input, dim);
  const Tensor count = sum(eq(input, input), dim, true);
  const Tensor place = clamp_min(floor_divide(count - 1, 2), 0);
  const Tensor value = gather(values, dim, place), index = gather(indices, dim, place);
  if (keepdim) return {value, index};
  return {squeeze(value, dim), squeeze(index, dim)};
}
std::array<Tensor, 2> MostFrequent::decompose(const Tensor& input) const {
  if (input.dim() == 0) return {clone(input), full({}, 0, DType::i64)};
  const int at = normalize_dim("most_frequent", dim, input.shape());
  const auto [sorted, order] = sort(input, at);
  const int64_t n = input.size(at);
  if (n == 0)
    fail(ErrorCode::shape, "most_frequent", "expected elements, got shape ", input.shape());
  // How far each element is from the first of its equals: the longest way, first come, wins. Sorted
  // stably, the end of a stretch is the last of its elements.
  Dims along = Dims::filled(input.dim(), 1);
  along[at] = n;
  const Tensor places = expand(reshape(arange(0, n), along), input.shape());
  const Tensor differs = ne(slice(sorted, at, 1), slice(sorted, at, 0, n - 1));
  const Tensor first =
      cat({zeros_like(slice(places, at, 0, 1)), where(differs, slice(places, at, 1), 0)}, at);
  const Tensor from = cummax(first, at)[0];
  const Tensor best = argmax(places - from, at, true);
  const Tensor index = gather(order, at, best), value = gather(input, at, index);
  if (keepdim) return {value, index};
  return {squeeze(value, at), squeeze(index, at)};
}

namespace {

Tensor counted(const Tensor& places, const Tensor& weights, int64_t n) {
  return scatter_add(full({n}, 0, weights.dtype()), 0, places, weights);
}

}  // namespace

Tensor Bincount::decompose(const Tensor& input, const Tensor* weights) const {
  constexpr std::string_view op = "bincount";
  if (input.dim() != 1 || is_floating(input.dtype()))
    fail(ErrorCode::dtype, op, "expected 1-d integers of 0 or more, got ", input.type());
  if (minlength < 0) fail(ErrorCode::value, op, "expected minlength of 0 or more, got ", minlength);
  if (weights && weights->shape() != input.shape())
    fail(ErrorCode::shape, op, "expected as many weights as elements, got ", weights->shape(),
         " and ", input.shape());
  check_known(op);
  const Tensor x = cast(input, DType::i64);
  int64_t n = minlength;
  if (x.numel()) {
    if (const int64_t least = amin(x).item<int64_t>(); least < 0)
      fail(ErrorCode::value, op, "expected integers of 0 or more, got ", least);
    n = std::max(n, amax(x).item<int64_t>() + 1);
  }
  if (!weights) return counted(x, full(x.shape(), 1, DType::i64), n);
  return counted(x, is_floating(weights->dtype()) ? *weights : cast(*weights, DType::f64), n);
}
Tensor Histc::decompose(const Tensor& input) const {
  constexpr std::string_view op = "histc";
  if (bins < 1) fail(ErrorCode::value, op, "expected 1 or more bins, got ", bins);
  if (min > max) fail(ErrorCode::value, op, "expected min <= max, got ", min, " and ", max);
  const Tensor x = reshape(input, -1);
  Tensor low = full({}, min, DType::f64), high = full({}, max, DType::f64);
  if (min == max && x.numel()) {
    if (min == 0) low = cast(amin(x), DType::f64), high = cast(amax(x), DType::f64);
    const Tensor same = cast(eq(low, high), DType::f64);
    low = low - same, high = high + same;
  }
  const Tensor d = cast(x, DType::f64);
  const Tensor inside = logical_and(ge(d, low), le(d, high));
  const Tensor place = floor((d - low) * double(bins) / (high - low));
  const Tensor at = cast(clamp(where(inside, place, 0), 0, double(bins - 1)), DType::i64);
  return cast(counted(at, cast(inside, DType::i64), bins), input.dtype());
}
std::array<Tensor, 2> Histogram::decompose(const Tensor& input, const Tensor& bins,
                                           const Tensor* weight) const {
  constexpr std::string_view op = "histogram";
  check_floating(op, input);
  if (bins.dim() != 1 || bins.numel() < 2 || bins.dtype() != input.dtype())
    fail(ErrorCode::shape, op, "expected bins: 2 or more edges in one dim of ", input.dtype(),
         ", got ", bins.type());
  if (weight && (weight->shape() != input.shape() || weight->dtype() != input.dtype()))
    fail(ErrorCode::shape, op, "expected a weight like input ", input.type(), ", got ",
         weight->type());
  const int64_t n = bins.numel() - 1;
  const Tensor x = reshape(input, -1);
  const Tensor inside = logical_and(ge(x, select(bins, 0, 0)), le(x, select(bins, 0, n)));
  const Tensor at = clamp(searchsorted(bins, x, true) - 1, 0, n - 1);
  const Tensor each = weight ? reshape(*weight, -1) : ones_like(x);
  Tensor hist = counted(at, where(inside, each, 0), n);
  if (density) hist = hist / (sum(hist) * (slice(bins, 0, 1) - slice(bins, 0, 0, n)));
  return {hist, clone(bins)};
}

Tensor Cov::decompose(const Tensor& input, const Tensor* fweights, const Tensor* aweights) const {
  constexpr std::string_view op = "cov";
  if (input.dim() > 2)
    fail(ErrorCode::shape, op, "expected at most 2 dims, got shape ", input.shape());
  Tensor x = input.dim() < 2 ? reshape(input, {1, -1}) : input;
  if (!is_floating(x.dtype())) x = cast(x, default_dtype);
  Tensor w;
  for (const Tensor* given : {fweights, aweights}) {
    if (!given) continue;
    if (given->shape() != Dims{x.size(1)})
      fail(ErrorCode::shape, op, "expected ", x.size(1), " weights, got shape ", given->shape());
    w = w ? w * cast(*given, x.dtype()) : cast(*given, x.dtype());
  }
  const Tensor total = w ? sum(w) : full({}, double(x.size(1)), x.dtype());
  x = x - (w ? unsqueeze(sum(x * w, 1), 1) / total : mean(x, 1, true));
  Tensor norm_factor = total;
  if (w && correction)
    norm_factor = aweights
                      ? total - sum(w * cast(*aweights, x.dtype())) / total * double(correction)
                      : total - double(correction);
  else
    norm_factor = total - double(correction);
  const Tensor c = matmul(x, transpose(w ? x * w : x, 0, 1)) / clamp_min(norm_factor, 0);
  return input.dim() < 2 ? reshape(c, {}) : squeeze(c, {});
}
Tensor Corrcoef::decompose(const Tensor& input) const {
  const Tensor c = cov(input);
  if (c.dim() == 0) return c / c;
  const Tensor d = sqrt(diagonal(c));
  return clamp(c / unsqueeze(d, 1) / unsqueeze(d, 0), -1, 1);
}
Tensor Dist::decompose(const Tensor& input, const Tensor& other) const {
  return norm(reshape(input - other, -1), p);
}
Tensor Cdist::decompose(const Tensor& x1, const Tensor& x2) const {
  if (x1.dim() < 2 || x2.dim() < 2 || x1.size(-1) != x2.size(-1))
    fail(ErrorCode::shape, "cdist", "expected x1 [..., m, k] and x2 [..., n, k], got ", x1.shape(),
         " and ", x2.shape());
  const Tensor gaps = unsqueeze(x1, -2) - unsqueeze(x2, -3);
  if (x1.size(-1) == 0) return sum(gaps, -1);
  return norm(gaps, p, -1);
}
Tensor Pdist::decompose(const Tensor& input) const {
  if (input.dim() != 2)
    fail(ErrorCode::shape, "pdist", "expected input [n, k], got shape ", input.shape());
  const Tensor pairs = triu_indices(input.size(0), input.size(0), 1);
  const Tensor a = index_select(input, 0, select(pairs, 0, 0)),
               b = index_select(input, 0, select(pairs, 0, 1));
  return norm(a - b, p, 1);
}

namespace {

/// Sums of neighbours times half of their distance, along the last dim.
Tensor trapezoids(std::string_view op, const Tensor& y, const Tensor* x, double dx, int64_t dim) {
  if (y.dim() == 0) fail(ErrorCode::shape, op, "expected y of at least one dim");
  const Tensor lines = movedim(y, dim, -1);
  const int64_t n = lines.size(-1);
  const auto neighbours = [](const Tensor& t, int64_t size, int64_t from) {
    return narrow(t, -1, std::min(from, size), std::max<int64_t>(size - 1, 0));
  };
  const Tensor sums = neighbours(lines, n, 1) + neighbours(lines, n, 0);
  if (!x) return dx == 1 ? sums / 2 : sums * (dx / 2);
  const Tensor places = x->dim() == y.dim() && x->dim() > 1 ? movedim(*x, dim, -1) : *x;
  if (places.dim() == 0 || places.size(-1) != n)
    fail(ErrorCode::shape, op, "expected ", n, " places x, got shape ", x->shape());
  return sums * (neighbours(places, n, 1) - neighbours(places, n, 0)) / 2;
}

}  // namespace

Tensor Trapezoid::decompose(const Tensor& y, const Tensor* x) const {
  return sum(trapezoids("trapezoid", y, x, dx, dim), -1);
}
Tensor CumulativeTrapezoid::decompose(const Tensor& y, const Tensor* x) const {
  return movedim(cumsum(trapezoids("cumulative_trapezoid", y, x, dx, dim), -1), -1, dim);
}

template struct Family<StatisticsOps>;

}  // namespace tandem
