#include "tandem/ops/view.h"

#include <algorithm>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor reshape(Arg input, Dims shape) { return apply(Reshape{shape}, input); }
Tensor permute(Arg input, Dims dims) { return apply(Permute{dims}, input); }
Tensor expand(Arg input, Dims size) { return apply(Expand{size}, input); }
Tensor slice(Arg input, int64_t dim, int64_t start, int64_t end, int64_t step) { return apply(Slice{dim, start, end, step}, input); }
Tensor select(Arg input, int64_t dim, int64_t index) { return apply(Select{dim, index}, input); }
Tensor squeeze(Arg input, Dims dim) { return apply(Squeeze{dim}, input); }
Tensor unsqueeze(Arg input, int64_t dim) { return apply(Unsqueeze{dim}, input); }
Tensor diagonal(Arg input, int64_t offset, int64_t dim1, int64_t dim2) { return apply(Diagonal{offset, dim1, dim2}, input); }
Tensor slice_scatter(Arg input, Arg src, int64_t dim, int64_t start, int64_t end, int64_t step) { return apply(SliceScatter{dim, start, end, step}, input, src); }
Tensor diagonal_scatter(Arg input, Arg src, int64_t offset, int64_t dim1, int64_t dim2) { return apply(DiagonalScatter{offset, dim1, dim2}, input, src); }
// clang-format on

namespace {

/// Strides under which `to` reads the elements of `shape` in row-major order, if there are any.
/// Input dims that lie one inside the other form a run; each run must be cut into whole dims of
/// the result.
View reshaped(const Dims& shape, const Dims& strides, const Dims& to) {
  View v;
  v.strides = Dims::filled(to.size(), 1);
  int next = to.size() - 1;  // dims of the result are placed from the last
  for (int d = shape.size() - 1; d >= 0;) {
    const int64_t base = strides[d];
    int64_t run = shape[d--];
    while (d >= 0 && (shape[d] == 1 || strides[d] == run * base)) run *= shape[d--];
    int64_t placed = 1;
    while (next >= 0 && (placed < run || to[next] == 1)) {
      v.strides[next] = placed * base;
      placed *= to[next--];
    }
    if (placed != run) return v.ok = false, v;
  }
  return v;
}

Dims inverse(const Dims& order) {
  Dims back = order;
  for (int i = 0; i < order.size(); ++i) back[int(order[i])] = i;
  return back;
}

/// The dims as Permute means them: each once, counted from the front.
Dims permutation(const Dims& dims, const Dims& shape) {
  if (dims.size() != shape.size())
    fail(ErrorCode::shape, "permute", "expected ", shape.size(), " dims for input of shape ", shape,
         ", got ", dims);
  Dims order = dims;
  bool seen[Dims::max_rank] = {};
  for (int64_t& d : order) {
    d = normalize_dim("permute", d, shape);
    if (std::exchange(seen[d], true))
      fail(ErrorCode::value, "permute", "dim ", d, " is repeated in ", dims);
  }
  return order;
}

Dims squeezed_dims(const Dims& dim, const Dims& shape) {
  bool drop[Dims::max_rank] = {};
  for (int64_t d : dim)
    if (!shape.empty()) drop[normalize_dim("squeeze", d, shape)] = true;
  Dims kept;
  for (int i = 0; i < shape.size(); ++i)
    if (shape[i] != 1 || !(dim.empty() || drop[i])) kept.push_back(i);
  return kept;
}

/// A view without meaning for the elements' order is undone by giving the shape back.
Tensor with_shape_of(const Tensor& base, const Tensor& value) {
  return reshape(value, base.shape());
}

}  // namespace

Type Reshape::infer(const Type& input) const {
  Dims to = shape;
  int free = -1;
  int64_t known = 1, extent = 1;
  bool beyond = false;  // what int64 holds, strides of empty tensors too
  for (int i = 0; i < to.size(); ++i) {
    if (to[i] == -1) {
      if (free >= 0) fail(ErrorCode::shape, "reshape", "expected at most one -1, got shape ", to);
      free = i;
    } else if (to[i] < 0) {
      fail(ErrorCode::shape, "reshape", "expected sizes of 0 or more (or one -1), got ", to);
    } else {
      beyond |= __builtin_mul_overflow(extent, to[i] | !to[i], &extent);
      if (!beyond) known *= to[i];
    }
  }
  const int64_t all = input.shape.product();
  if (!beyond && free >= 0 && known > 0 && all % known == 0) to[free] = all / known;
  if (beyond || (free >= 0 && to[free] < 0) || to.product() != all)
    fail(ErrorCode::shape, "reshape", "input of shape ", input.shape, " has ", all,
         " elements, which shape ", shape.value, " cannot hold");
  return {input.dtype, to};
}
View Reshape::view(const TensorRef& input, const Type& out) const {
  if (input.contiguous) return {contiguous_strides(out.shape)};
  if (out.shape.product() == 0) return {contiguous_strides(out.shape)};
  return reshaped(input.shape(), *input.strides, out.shape);
}
Tensor Reshape::write(const Tensor& base, const Tensor& value) const {
  return with_shape_of(base, value);
}
Grads Reshape::vjp(const Call& c) const { return {reshape(c.dy(), c.type(0).shape)}; }

Type Permute::infer(const Type& input) const {
  Type out = input;
  const Dims order = permutation(dims, input.shape);
  for (int i = 0; i < order.size(); ++i) out.shape[i] = input.shape[int(order[i])];
  return out;
}
View Permute::view(const TensorRef& input, const Type&) const {
  View v{*input.strides};
  const Dims order = permutation(dims, input.shape());
  for (int i = 0; i < order.size(); ++i) v.strides[i] = (*input.strides)[int(order[i])];
  return v;
}
Tensor Permute::write(const Tensor& base, const Tensor& value) const {
  return permute(value, inverse(permutation(dims, base.shape())));
}
Grads Permute::vjp(const Call& c) const {
  return {permute(c.dy(), inverse(permutation(dims, c.type(0).shape)))};
}

Type Expand::infer(const Type& input) const {
  Dims to = size;
  const int added = to.size() - input.shape.size();
  bool fits = added >= 0;
  for (int i = 0; i < to.size() && fits; ++i) {
    if (i < added) {
      fits = to[i] >= 0;
    } else {
      if (to[i] == -1) to[i] = input.shape[i - added];
      fits = to[i] >= 0 && (input.shape[i - added] == to[i] || input.shape[i - added] == 1);
    }
  }
  if (!fits)
    fail(ErrorCode::shape, "expand", "input of shape ", input.shape, " cannot be repeated to ",
         size.value, "; only dims of size 1 repeat, and new dims come first");
  return {input.dtype, to};
}
View Expand::view(const TensorRef& input, const Type& out) const {
  View v{Dims::filled(out.shape.size(), 0)};
  const int added = out.shape.size() - input.shape().size();
  for (int i = added; i < out.shape.size(); ++i)
    if (input.shape()[i - added] == out.shape[i]) v.strides[i] = (*input.strides)[i - added];
  return v;
}

SliceRange slice_range(std::string_view op, int64_t size, int64_t start, int64_t end,
                       int64_t step) {
  if (step <= 0)
    fail(ErrorCode::value, op, "step must be greater than zero, got ", step,
         "; flip(x, dim) reverses a dim");
  auto clamp = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
  SliceRange r{clamp(start), clamp(end), step, 0};
  r.end = std::max(r.start, r.end);
  r.count = (r.end - r.start + step - 1) / step;
  return r;
}

Type Slice::infer(const Type& input) const {
  if (input.shape.empty())
    fail(ErrorCode::index, "slice", "a 0-d tensor cannot be sliced; item(x) gives its value");
  Type out = input;
  const int d = normalize_dim("slice", dim, input.shape);
  out.shape[d] = slice_range("slice", input.shape[d], start, end, step).count;
  return out;
}
View Slice::view(const TensorRef& input, const Type&) const {
  const int d = normalize_dim("slice", dim, input.shape());
  const SliceRange r = slice_range("slice", input.shape()[d], start, end, step);
  View v{*input.strides, r.start * (*input.strides)[d]};
  v.strides[d] *= step;
  if (r.count == 0) v.offset = 0;
  return v;
}
Tensor Slice::write(const Tensor& base, const Tensor& value) const {
  return slice_scatter(base, value, dim, start, end, step);
}
Grads Slice::vjp(const Call& c) const {
  const Type& in = c.type(0);
  return {slice_scatter(full(in.shape, 0, in.dtype), c.dy(), dim, start, end, step)};
}

/// The dim and the index as Select means them, counted from the front.
static std::pair<int, int64_t> selected(const Select& op, const Dims& shape) {
  if (shape.empty())
    fail(ErrorCode::index, "select", "a 0-d tensor has no dim to index; item(x) gives its value");
  const int d = normalize_dim("select", op.dim, shape);
  const int64_t size = shape[d], i = op.index;
  if (i < -size || i >= size)
    fail(ErrorCode::index, "select", "index ", i, " is out of bounds for dim ", d, " of size ",
         size, " (input of shape ", shape, "); expected ", -size, "..", size - 1);
  return {d, i < 0 ? i + size : i};
}
Type Select::infer(const Type& input) const {
  Type out = input;
  out.shape.erase(selected(*this, input.shape).first);
  return out;
}
View Select::view(const TensorRef& input, const Type&) const {
  const auto [d, i] = selected(*this, input.shape());
  View v{*input.strides, i * (*input.strides)[d]};
  v.strides.erase(d);
  return v;
}
Tensor Select::write(const Tensor& base, const Tensor& value) const {
  const auto [d, i] = selected(*this, base.shape());
  return slice_scatter(base, unsqueeze(value, d), d, i, i + 1);
}
Grads Select::vjp(const Call& c) const {
  const Type& in = c.type(0);
  return {write(full(in.shape, 0, in.dtype), c.dy())};
}

Type Squeeze::infer(const Type& input) const {
  Type out{input.dtype, {}};
  for (int64_t d : squeezed_dims(dim, input.shape)) out.shape.push_back(input.shape[int(d)]);
  return out;
}
View Squeeze::view(const TensorRef& input, const Type&) const {
  View v;
  for (int64_t d : squeezed_dims(dim, input.shape())) v.strides.push_back((*input.strides)[int(d)]);
  return v;
}
Tensor Squeeze::write(const Tensor& base, const Tensor& value) const {
  return with_shape_of(base, value);
}
Grads Squeeze::vjp(const Call& c) const { return {reshape(c.dy(), c.type(0).shape)}; }

static int unsqueezed_at(int64_t dim, const Dims& shape) {
  const int64_t rank = shape.size();
  if (dim < -rank - 1 || dim > rank)
    fail(ErrorCode::index, "unsqueeze", "dim ", dim, " is out of range for input of shape ", shape,
         "; expected ", -rank - 1, "..", rank);
  return int(dim < 0 ? dim + rank + 1 : dim);
}
Type Unsqueeze::infer(const Type& input) const {
  Type out = input;
  out.shape.insert(unsqueezed_at(dim, input.shape), 1);
  return out;
}
View Unsqueeze::view(const TensorRef& input, const Type& out) const {
  View v{*input.strides};
  const int at = unsqueezed_at(dim, input.shape());
  // The stride a contiguous tensor would have there, so that it stays recognizably contiguous.
  v.strides.insert(at, at + 1 < out.shape.size() ? out.shape[at + 1] * (*input.strides)[at] : 1);
  return v;
}
Tensor Unsqueeze::write(const Tensor& base, const Tensor& value) const {
  return with_shape_of(base, value);
}
Grads Unsqueeze::vjp(const Call& c) const { return {reshape(c.dy(), c.type(0).shape)}; }

namespace {

struct DiagonalAt {
  int dim1, dim2;
  int64_t row, column, count;
};
DiagonalAt diagonal_at(std::string_view op, const Dims& shape, int64_t offset, int64_t dim1,
                       int64_t dim2) {
  if (shape.size() < 2)
    fail(ErrorCode::shape, op, "expected an input of 2 or more dims, got shape ", shape);
  DiagonalAt at{normalize_dim(op, dim1, shape), normalize_dim(op, dim2, shape)};
  if (at.dim1 == at.dim2)
    fail(ErrorCode::value, op, "expected two different dims, got ", dim1, " and ", dim2);
  at.row = offset < 0 ? -offset : 0;
  at.column = offset > 0 ? offset : 0;
  at.count = std::max<int64_t>(0, std::min(shape[at.dim1] - at.row, shape[at.dim2] - at.column));
  return at;
}

}  // namespace

Type Diagonal::infer(const Type& input) const {
  const DiagonalAt at = diagonal_at("diagonal", input.shape, offset, dim1, dim2);
  Type out{input.dtype, {}};
  for (int d = 0; d < input.shape.size(); ++d)
    if (d != at.dim1 && d != at.dim2) out.shape.push_back(input.shape[d]);
  out.shape.push_back(at.count);
  return out;
}
View Diagonal::view(const TensorRef& input, const Type&) const {
  const DiagonalAt at = diagonal_at("diagonal", input.shape(), offset, dim1, dim2);
  const Dims& s = *input.strides;
  View v;
  for (int d = 0; d < s.size(); ++d)
    if (d != at.dim1 && d != at.dim2) v.strides.push_back(s[d]);
  v.strides.push_back(s[at.dim1] + s[at.dim2]);
  if (at.count) v.offset = at.row * s[at.dim1] + at.column * s[at.dim2];
  return v;
}
Tensor Diagonal::write(const Tensor& base, const Tensor& value) const {
  return diagonal_scatter(base, value, offset, dim1, dim2);
}
Grads Diagonal::vjp(const Call& c) const {
  const Type& in = c.type(0);
  return {diagonal_scatter(full(in.shape, 0, in.dtype), c.dy(), offset, dim1, dim2)};
}

static Type scattered(std::string_view op, const Type& input, const Type& src, const Type& place) {
  if (src.dtype != input.dtype)
    fail(ErrorCode::dtype, op, "expected src of ", input.dtype, " like input, got ", src.dtype);
  if (src.shape != place.shape)
    fail(ErrorCode::shape, op, "expected src of shape ", place.shape, ", got ", src.shape);
  return input;
}

Type SliceScatter::infer(const Type& input, const Type& src) const {
  return scattered("slice_scatter", input, src, Slice{dim, start, end, step}.infer(input));
}
Grads SliceScatter::vjp(const Call& c) const {
  Tensor dsrc, dinput;
  if (c.needs(1)) dsrc = slice(c.dy(), dim, start, end, step);
  if (c.needs(0))
    dinput =
        slice_scatter(c.dy(), full(c.type(1).shape, 0, c.type(1).dtype), dim, start, end, step);
  return {dinput, dsrc};
}

Type DiagonalScatter::infer(const Type& input, const Type& src) const {
  return scattered("diagonal_scatter", input, src, Diagonal{offset, dim1, dim2}.infer(input));
}
Grads DiagonalScatter::vjp(const Call& c) const {
  Tensor dsrc, dinput;
  if (c.needs(1)) dsrc = diagonal(c.dy(), offset, dim1, dim2);
  if (c.needs(0))
    dinput =
        diagonal_scatter(c.dy(), full(c.type(1).shape, 0, c.type(1).dtype), offset, dim1, dim2);
  return {dinput, dsrc};
}

template struct Family<ViewOps>;

}  // namespace tandem
