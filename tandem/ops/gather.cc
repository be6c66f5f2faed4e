#include "tandem/ops/gather.h"

#include <algorithm>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
Tensor gather(Arg input, int64_t dim, Arg index) { return apply(Gather{dim}, input, index); }
Tensor scatter_add(Arg input, int64_t dim, Arg index, Arg src) { return apply(ScatterAdd{dim}, input, index, src); }
Tensor scatter_reduce(Arg input, int64_t dim, Arg index, Arg src, Name reduce, bool include_self) { return apply(ScatterReduce{dim, reduce, include_self}, input, index, src); }
Tensor isin(Arg elements, Arg test_elements, bool assume_unique, bool invert) { return apply(Isin{assume_unique, invert}, elements, test_elements); }
Tensor take_along_dim(Arg input, Arg indices, std::optional<int64_t> dim) { return apply(TakeAlongDim{dim}, input, indices); }
Tensor take(Arg input, Arg index) { return apply(Take{}, input, index); }
std::array<Tensor, 2> sort(Arg input, int64_t dim, bool descending, bool stable) { return apply(Sort{dim, descending, stable}, input); }
Tensor argsort(Arg input, int64_t dim, bool descending, bool stable) { return apply(Argsort{dim, descending, stable}, input); }
std::array<Tensor, 2> topk(Arg input, int64_t k, int64_t dim, bool largest, bool sorted) { return apply(Topk{k, dim, largest, sorted}, input); }
std::array<Tensor, 2> kthvalue(Arg input, int64_t k, int64_t dim, bool keepdim) { return apply(Kthvalue{k, dim, keepdim}, input); }
std::array<Tensor, 2> median(Arg input, int64_t dim, bool keepdim) { return apply(Median{dim, keepdim}, input); }
// clang-format on
Tensor scatter(Arg input, int64_t dim, Arg index, const NumArg& src) {
  if (src.tensor) return apply(Scatter{dim}, input, index, Arg(*src.tensor, src.where));
  const Tensor value = full({}, src.number, input.tensor->dtype(), src.where);
  return apply(Scatter{dim}, input, index, Arg(expand(value, index.tensor->shape())));
}
Tensor searchsorted(Arg sorted_sequence, const NumArg& values, bool right) {
  const DType dtype = sorted_sequence.tensor->dtype();
  const Tensor v = values.tensor ? *values.tensor : full({}, values.number, dtype, values.where);
  return apply(Searchsorted{right}, sorted_sequence, Arg(v));
}
Tensor bucketize(const NumArg& input, Arg boundaries, bool right) {
  const DType dtype = boundaries.tensor->dtype();
  const Tensor v = input.tensor ? *input.tensor : full({}, input.number, dtype, input.where);
  return apply(Bucketize{right}, Arg(v, boundaries.where), boundaries);
}

namespace {

/// A 0-d tensor is a line of one element.
Dims line_shape(const Dims& shape) { return shape.empty() ? Dims(1) : shape; }

/// index: int64, of the input's rank, and not longer in any dim but `dim`.
void check_index(std::string_view op, const Type& input, const Type& index, int64_t dim,
                 bool bounded_by_input) {
  const int at = normalize_dim(op, dim, input.shape);
  if (index.dtype != DType::i64)
    fail(ErrorCode::dtype, op, "expected an index of int64, got ", index.dtype, ": cast it");
  if (index.shape.product() == 0) return;
  const Dims x = line_shape(input.shape), i = line_shape(index.shape);
  bool fits = x.size() == i.size();
  for (int d = 0; d < x.size() && fits; ++d) fits = d == at || !bounded_by_input || i[d] <= x[d];
  if (!fits)
    fail(ErrorCode::shape, op, "expected an index of ", x.size(), " dims, none but dim ", at,
         " longer than input's; got index of shape ", index.shape, " for input of shape ",
         input.shape);
}
Type scattered(std::string_view op, const Type& input, const Type& index, const Type& src,
               int64_t dim) {
  check_index(op, input, index, dim, true);
  if (src.dtype != input.dtype)
    fail(ErrorCode::dtype, op, "expected src of ", input.dtype, " like input, got ", src.dtype,
         ": cast it");
  if (index.shape.product() == 0) return input;
  const Dims i = line_shape(index.shape), s = line_shape(src.shape);
  bool fits = s.size() == i.size();
  for (int d = 0; d < i.size() && fits; ++d) fits = i[d] <= s[d];
  if (!fits)
    fail(ErrorCode::shape, op, "index of shape ", index.shape, " is larger than src of shape ",
         src.shape);
  return input;
}
/// The part of a src-shaped gradient that the index reads; the rest is zero.
Tensor widened(const Tensor& g, const Type& src) {
  if (g.shape() == src.shape) return g;
  Dims pad;
  for (int d = src.shape.size() - 1; d >= 0; --d) {
    pad.push_back(0);
    pad.push_back(src.shape[d] - g.shape()[d]);
  }
  return constant_pad_nd(g, pad);
}

std::array<Type, 2> ordered_types(const Type& input) {
  return {input, Type{DType::i64, input.shape}};
}

std::array<Tensor, 2> chosen(const std::array<Tensor, 2>& sorted, int64_t dim, int64_t at,
                             bool keepdim) {
  std::array<Tensor, 2> out;
  for (int i = 0; i < 2; ++i)
    out[i] = sorted[i].dim() == 0 ? sorted[i]
             : keepdim            ? slice(sorted[i], dim, at, at + 1)
                                  : select(sorted[i], dim, at);
  return out;
}

}  // namespace

Type Gather::infer(const Type& input, const Type& index) const {
  check_index("gather", input, index, dim, true);
  return {input.dtype, index.shape};
}
Grads Gather::vjp(const Call& c) const {
  const Type& in = c.type(0);
  return {scatter_add(full(in.shape, 0, in.dtype), dim, c.operand(1), c.dy())};
}

Type Scatter::infer(const Type& input, const Type& index, const Type& src) const {
  return scattered("scatter", input, index, src, dim);
}
Grads Scatter::vjp(const Call& c) const {
  const Tensor index = c.operand(1);
  const Type& src = c.type(2);
  return {c.needs(0) ? scatter(c.dy(), dim, index, 0) : Tensor(), Tensor(),
          c.needs(2) ? widened(gather(c.dy(), dim, index), src) : Tensor()};
}
Type ScatterAdd::infer(const Type& input, const Type& index, const Type& src) const {
  return scattered("scatter_add", input, index, src, dim);
}
Grads ScatterAdd::vjp(const Call& c) const {
  return {c.dy(), Tensor(),
          c.needs(2) ? widened(gather(c.dy(), dim, c.operand(1)), c.type(2)) : Tensor()};
}

Type ScatterReduce::infer(const Type& input, const Type& index, const Type& src) const {
  const auto known = {"sum", "prod", "mean", "amax", "amin"};
  if (std::ranges::find(known, reduce->view()) == known.end())
    fail(ErrorCode::value, "scatter_reduce",
         "expected reduce \"sum\", \"prod\", \"mean\", \"amax\" or \"amin\", got \"", reduce.value,
         '"');
  return scattered("scatter_reduce", input, index, src, dim);
}
Grads ScatterReduce::vjp(const Call& c) const {
  const Tensor index = c.operand(1);
  const Type &in = c.type(0), &from = c.type(2);
  const auto at_places = [&](const Tensor& t) { return widened(gather(t, dim, index), from); };
  // How many elements of src come to each place, of those that `which` (as src) marks with 1.
  const auto counted = [&](const Tensor& start, const Tensor& which) {
    return scatter_add(start, dim, index, which);
  };
  Tensor g = c.dy(), dself = g, dsrc;
  if (reduce == Name("prod")) {
    // The product of the others: of what is not zero, unless one of the others is.
    const Tensor src = c.operand(2), self = include_self ? c.operand(0) : ones_like(c.operand(0));
    const auto nonzero = [](const Tensor& t) { return where(eq(t, 0), 1, t); };
    const auto is_zero = [](const Tensor& t) { return cast(eq(t, 0), t.dtype()); };
    const Tensor product = scatter_reduce(nonzero(self), dim, index, nonzero(src), "prod");
    const Tensor zeros = at_places(counted(is_zero(self), is_zero(src))) - is_zero(src);
    dsrc = where(gt(zeros, 0), 0, at_places(g * product) / nonzero(src));
    dself = g * scatter_reduce(ones_like(self), dim, index, src, "prod");
  } else if (reduce == Name("sum")) {
    dsrc = at_places(g);
  } else if (reduce == Name("mean")) {
    const Tensor start = full(in.shape, include_self ? 1 : 0, in.dtype);
    g = g / clamp_min(counted(start, full(from.shape, 1, from.dtype)), 1);
    dself = g;
    dsrc = at_places(g);
  } else {
    const Tensor y = c.result().detach();
    const Tensor own = cast(eq(c.operand(0), y), in.dtype);
    const Tensor theirs = cast(eq(c.operand(2), at_places(y)), from.dtype);
    // Without include_self an untouched place still holds what it held.
    const Tensor start = include_self ? own : scatter(own, dim, index, 0);
    g = g / clamp_min(counted(start, theirs), 1);
    dself = g * own;
    dsrc = theirs * at_places(g);
  }
  if (!include_self) dself = scatter(dself, dim, index, 0);
  return {c.needs(0) ? dself : Tensor(), Tensor(), c.needs(2) ? dsrc : Tensor()};
}

Tensor TakeAlongDim::decompose(const Tensor& input, const Tensor& indices) const {
  if (!dim) return gather(reshape(input, -1), 0, reshape(indices, -1));
  const int at = normalize_dim("take_along_dim", *dim, input.shape());
  if (input.dim() != indices.dim())
    fail(ErrorCode::shape, "take_along_dim", "expected indices of ", input.dim(),
         " dims like input, got shapes ", input.shape(), " and ", indices.shape());
  if (input.dim() == 0) return gather(input, 0, indices);
  Dims x = input.shape(), i = indices.shape();
  x[at] = i[at] = 1;
  Dims common = broadcast_shapes("take_along_dim", x, i);
  Dims to_x = common, to_i = common;
  to_x[at] = input.shape()[at];
  to_i[at] = indices.shape()[at];
  const Tensor from_front =
      where(lt(indices, 0), indices + input.shape()[at], indices);  // negative: from the end
  return gather(expand(input, to_x), at, expand(from_front, to_i));
}
Tensor Take::decompose(const Tensor& input, const Tensor& index) const {
  return tandem::index(reshape(input, -1), {index});
}

std::array<Type, 2> Sort::infer(const Type& input) const {
  normalize_dim("sort", dim, input.shape);
  return ordered_types(input);
}
Grads Sort::vjp(const Call& c) const { return to_places(c, dim); }
Tensor Argsort::decompose(const Tensor& input) const {
  return sort(input.detach(), dim, descending, stable)[1];
}
std::array<Type, 2> Topk::infer(const Type& input) const {
  const int at = normalize_dim("topk", dim, input.shape);
  const int64_t n = line_shape(input.shape)[at];
  if (k < 0 || k > n)
    fail(ErrorCode::value, "topk", "selected index k = ", k.value, " is out of range for dim ", at,
         " of size ", n);
  Type out = input;
  if (!input.shape.empty()) out.shape[at] = k;
  return ordered_types(out);
}
Grads Topk::vjp(const Call& c) const { return to_places(c, dim); }
std::array<Tensor, 2> Kthvalue::decompose(const Tensor& input) const {
  const int at = normalize_dim("kthvalue", dim, input.shape());
  const int64_t n = line_shape(input.shape())[at];
  if (k < 1 || k > n)
    fail(ErrorCode::value, "kthvalue", "selected number k = ", k.value, " is out of range for dim ",
         at, " of size ", n);
  return chosen(sort(input, at), at, k - 1, keepdim);
}
std::array<Tensor, 2> Median::decompose(const Tensor& input) const {
  const int at = normalize_dim("median", dim, input.shape());
  const int64_t n = line_shape(input.shape())[at];
  if (n == 0) fail(ErrorCode::shape, "median", "dim ", at, " of ", input.shape(), " is empty");
  const auto sorted = sort(input, at);
  if (!is_floating(input.dtype()) || input.dim() == 0)
    return chosen(sorted, at, (n - 1) / 2, keepdim);
  // NaNs stand last: where there is one, it is the median.
  const Tensor last = slice(sorted[0].detach(), at, n - 1, n);
  const Tensor place = where(isnan(last), n - 1, full(last.shape(), (n - 1) / 2, DType::i64));
  std::array<Tensor, 2> out{gather(sorted[0], at, place), gather(sorted[1], at, place)};
  if (!keepdim)
    for (Tensor& t : out) t = squeeze(t, at);
  return out;
}

Type Searchsorted::infer(const Type& sorted_sequence, const Type& values) const {
  const Dims &s = sorted_sequence.shape, &v = values.shape;
  if (sorted_sequence.dtype != values.dtype)
    fail(ErrorCode::dtype, "searchsorted", "expected values of ", sorted_sequence.dtype,
         " like sorted_sequence, got ", values.dtype, ": cast them");
  bool fits = s.size() == 1 || (s.size() == v.size() && !s.empty());
  for (int d = 0; d + 1 < s.size() && fits; ++d) fits = s[d] == v[d];
  if (!fits)
    fail(ErrorCode::shape, "searchsorted",
         "expected a 1-d sorted_sequence, or one with the dims of values but the last; got shapes ",
         s, " and ", v);
  return {DType::i64, v};
}
Tensor Bucketize::decompose(const Tensor& input, const Tensor& boundaries) const {
  if (boundaries.dim() != 1)
    fail(ErrorCode::shape, "bucketize", "expected 1-d boundaries, got shape ", boundaries.shape());
  return searchsorted(boundaries, cast(input, boundaries.dtype()), right);
}

Tensor Isin::decompose(const Tensor& elements, const Tensor& test_elements) const {
  const DType common = promote(elements.dtype(), test_elements.dtype());
  const Tensor x = cast(elements.detach(), common);
  const Tensor sorted = sort(reshape(cast(test_elements.detach(), common), -1))[0];
  const int64_t n = sorted.numel();
  if (n == 0) return full(x.shape(), invert, DType::boolean);
  // The first entry that is not before the element is the element, or it is not there.
  const Tensor place = clamp_max(searchsorted(sorted, x), n - 1);
  const Tensor found = eq(index(sorted, {place}), x);
  return invert ? logical_not(found) : found;
}

template struct Family<GatherOps>;

}  // namespace tandem
