#include "tandem/ops/shape.h"

#include <algorithm>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/view_of.h"

namespace tandem {

// clang-format off
Tensor transpose(Arg input, int64_t dim0, int64_t dim1) { return apply(Transpose{dim0, dim1}, input); }
Tensor swapaxes(Arg input, int64_t axis0, int64_t axis1) { return apply(Swapaxes{axis0, axis1}, input); }
Tensor t(Arg input) { return apply(TransposeMatrix{}, input); }
Tensor movedim(Arg input, Dims source, Dims destination) { return apply(Movedim{source, destination}, input); }
Tensor flatten(Arg input, int64_t start_dim, int64_t end_dim) { return apply(Flatten{start_dim, end_dim}, input); }
Tensor ravel(Arg input) { return apply(Ravel{}, input); }
Tensor unflatten(Arg input, int64_t dim, Dims sizes) { return apply(Unflatten{dim, sizes}, input); }
Tensor view(Arg input, Dims shape) { return apply(ViewShape{shape}, input); }
Tensor view_as(Arg input, Arg other) { return apply(ViewAs{}, input, other); }
Tensor reshape_as(Arg input, Arg other) { return apply(ReshapeAs{}, input, other); }
Tensor expand_as(Arg input, Arg other) { return apply(ExpandAs{}, input, other); }
Tensor broadcast_to(Arg input, Dims size) { return apply(BroadcastTo{size}, input); }
Tensor narrow(Arg input, int64_t dim, int64_t start, int64_t length) { return apply(Narrow{dim, start, length}, input); }
Tensor atleast_1d(Arg input) { return apply(Atleast1d{}, input); }
Tensor atleast_2d(Arg input) { return apply(Atleast2d{}, input); }
Tensor atleast_3d(Arg input) { return apply(Atleast3d{}, input); }
Tensor flip(Arg input, Dims dims) { return apply(Flip{dims}, input); }
Tensor fliplr(Arg input) { return apply(Fliplr{}, input); }
Tensor flipud(Arg input) { return apply(Flipud{}, input); }
Tensor rot90(Arg input, int64_t k, Dims dims) { return apply(Rot90{k, dims}, input); }
Tensor roll(Arg input, Dims shifts, Dims dims) { return apply(Roll{shifts, dims}, input); }
Tensor tril(Arg input, int64_t diagonal) { return apply(Tril{diagonal}, input); }
Tensor triu(Arg input, int64_t diagonal) { return apply(Triu{diagonal}, input); }
Tensor diag(Arg input, int64_t diagonal) { return apply(Diag{diagonal}, input); }
Tensor diag_embed(Arg input, int64_t offset, int64_t dim1, int64_t dim2) { return apply(DiagEmbed{offset, dim1, dim2}, input); }
// clang-format on

namespace {

Tensor swapped(std::string_view op, const Tensor& x, int64_t a, int64_t b) {
  const int first = normalize_dim(op, a, x.shape()), second = normalize_dim(op, b, x.shape());
  if (x.dim() == 0) return permute(x, Dims{});
  Dims order = Dims::range(x.dim());
  std::swap(order[first], order[second]);
  return permute(x, order);
}

/// `dims` counted from the front; each may appear once.
Dims distinct(std::string_view op, const Dims& dims, const Dims& shape) {
  Dims out = dims;
  bool seen[Dims::max_rank] = {};
  for (int64_t& d : out) {
    d = normalize_dim(op, d, shape);
    if (std::exchange(seen[d], true))
      fail(ErrorCode::value, op, "dim ", d, " is repeated in ", dims);
  }
  return out;
}

/// Is column - row at least (`upper`) or at most the diagonal's number? bool [rows, columns].
Tensor triangle(std::string_view op, const Tensor& x, int64_t diagonal, bool upper) {
  if (x.dim() < 2)
    fail(ErrorCode::shape, op, "expected an input of 2 or more dims, got shape ", x.shape());
  const Tensor row = unsqueeze(arange(0, x.size(-2)), 1), column = arange(0, x.size(-1));
  return upper ? ge(column, row + diagonal) : le(column, row + diagonal);
}

}  // namespace

Tensor Transpose::decompose(const Tensor& input) const {
  return swapped("transpose", input, dim0, dim1);
}
Tensor Swapaxes::decompose(const Tensor& input) const {
  return swapped("swapaxes", input, axis0, axis1);
}
Tensor TransposeMatrix::decompose(const Tensor& input) const {
  if (input.dim() > 2)
    fail(ErrorCode::shape, "t", "expected at most 2 dims, got shape ", input.shape(),
         "; transpose(input, -1, -2) exchanges the last two");
  return input.dim() < 2 ? permute(input, Dims::range(input.dim())) : permute(input, {1, 0});
}
Tensor Movedim::decompose(const Tensor& input) const {
  if (source->size() != destination->size())
    fail(ErrorCode::value, "movedim", "expected as many destinations as sources, got ",
         source.value, " and ", destination.value);
  const Dims from = distinct("movedim", source, input.shape()),
             to = distinct("movedim", destination, input.shape());
  Dims order = Dims::filled(input.dim(), -1);
  for (int i = 0; i < from.size() && input.dim(); ++i) order[int(to[i])] = from[i];
  int next = 0;
  for (int64_t& d : order)
    if (d < 0) {
      while (from.contains(next)) ++next;
      d = next++;
    }
  return permute(input, order);
}

Tensor Flatten::decompose(const Tensor& input) const {
  const int start = normalize_dim("flatten", start_dim, input.shape()),
            end = normalize_dim("flatten", end_dim, input.shape());
  if (input.dim() == 0) return reshape(input, 1);
  if (start > end)
    fail(ErrorCode::value, "flatten", "start_dim ", start_dim, " comes after end_dim ", end_dim,
         " for input of shape ", input.shape());
  if (start == end) return input;
  Dims to;
  for (int d = 0; d < input.dim(); ++d)
    if (d > start && d <= end)
      to.back() *= input.shape()[d];
    else
      to.push_back(input.shape()[d]);
  return reshape(input, to);
}
Tensor Ravel::decompose(const Tensor& input) const { return reshape(input, -1); }
Tensor Unflatten::decompose(const Tensor& input) const {
  const int at = normalize_dim("unflatten", dim, input.shape());
  if (input.dim() == 0) fail(ErrorCode::shape, "unflatten", "a 0-d tensor has no dim to unflatten");
  Dims split = sizes;
  int64_t known = 1;
  int free = -1;
  for (int i = 0; i < split.size(); ++i)
    if (split[i] == -1 && free < 0)
      free = i;
    else
      known *= split[i];
  if (free >= 0 && known > 0) split[free] = input.shape()[at] / known;
  if (split.empty() || split.product() != input.shape()[at])
    fail(ErrorCode::shape, "unflatten", "sizes ", sizes.value, " do not make up dim ", at,
         " of size ", input.shape()[at]);
  Dims to;
  for (int d = 0; d < input.dim(); ++d)
    if (d == at)
      for (int64_t n : split) to.push_back(n);
    else
      to.push_back(input.shape()[d]);
  return reshape(input, to);
}
/// Is the memory order an op's choice (channels-last after a convolution), and not made by
/// permuting a row-major tensor? Who sees shapes alone takes such a tensor for contiguous: its
/// view() may copy.
static bool laid_out_by_an_op(const TensorImpl* t) {
  while (t->view) t = t->view->parent;
  return !t->contiguous;
}
Tensor ViewShape::decompose(const Tensor& input) const {
  const Tensor y = reshape(input, shape);
  if (y.impl()->storage != input.impl()->storage && !laid_out_by_an_op(input.impl()))
    fail(ErrorCode::shape, "view", "an input of shape ", input.shape(), " with strides ",
         input.strides(), " cannot be seen as ", y.shape(),
         " without a copy: use reshape(input, ...), or contiguous(input) first");
  return y;
}
Tensor ViewAs::decompose(const Tensor& input, const Tensor& other) const {
  return view(input, other.shape());
}
Tensor ReshapeAs::decompose(const Tensor& input, const Tensor& other) const {
  return reshape(input, other.shape());
}
Tensor ExpandAs::decompose(const Tensor& input, const Tensor& other) const {
  return expand(input, other.shape());
}
Tensor BroadcastTo::decompose(const Tensor& input) const { return expand(input, size); }

Tensor Narrow::decompose(const Tensor& input) const {
  if (input.dim() == 0) fail(ErrorCode::shape, "narrow", "a 0-d tensor cannot be narrowed");
  const int64_t n = input.size(dim), first = start < 0 ? start + n : start.value;
  if (length < 0 || first < 0 || first + length > n)
    fail(ErrorCode::index, "narrow", "start ", start.value, " and length ", length.value,
         " leave dim ", dim.value, " of size ", n);
  return slice(input, dim, first, first + length);
}

Tensor Atleast1d::decompose(const Tensor& input) const {
  return input.dim() ? input : reshape(input, 1);
}
Tensor Atleast2d::decompose(const Tensor& input) const {
  return input.dim() == 0 ? reshape(input, {1, 1}) : input.dim() == 1 ? unsqueeze(input, 0) : input;
}
Tensor Atleast3d::decompose(const Tensor& input) const {
  return input.dim() == 0   ? reshape(input, {1, 1, 1})
         : input.dim() == 1 ? unsqueeze(unsqueeze(input, 0), 2)
         : input.dim() == 2 ? unsqueeze(input, 2)
                            : input;
}

Type Flip::infer(const Type& input) const {
  distinct("flip", dims, input.shape);
  return input;
}
Grads Flip::vjp(const Call& c) const { return {flip(c.dy(), dims)}; }
Tensor Fliplr::decompose(const Tensor& input) const {
  if (input.dim() < 2)
    fail(ErrorCode::shape, "fliplr", "expected 2 or more dims, got shape ", input.shape());
  return flip(input, 1);
}
Tensor Flipud::decompose(const Tensor& input) const {
  if (input.dim() < 1) fail(ErrorCode::shape, "flipud", "expected 1 or more dims, got a 0-d input");
  return flip(input, 0);
}
Tensor Rot90::decompose(const Tensor& input) const {
  const Dims plane = distinct("rot90", dims, input.shape());
  if (plane.size() != 2 || input.dim() < 2)
    fail(ErrorCode::value, "rot90", "expected two dims of an input of 2 or more dims, got ", dims,
         " for shape ", input.shape());
  switch ((k % 4 + 4) % 4) {
    case 1:
      return transpose(flip(input, plane[1]), plane[0], plane[1]);
    case 2:
      return flip(input, plane);
    case 3:
      return flip(transpose(input, plane[0], plane[1]), plane[1]);
    default:
      return clone(input);
  }
}
Tensor Roll::decompose(const Tensor& input) const {
  if (dims.empty()) {
    if (shifts->size() != 1)
      fail(ErrorCode::value, "roll", "expected one shift without dims, got ", shifts.value);
    return reshape(roll(reshape(input, -1), shifts, 0), input.shape());
  }
  if (dims.size() != shifts->size())
    fail(ErrorCode::value, "roll", "expected as many dims as shifts, got ", dims, " and ",
         shifts.value);
  Tensor y = input;
  for (int i = 0; i < dims.size(); ++i) {
    const int64_t n = y.dim() ? y.size(dims[i]) : 1;
    normalize_dim("roll", dims[i], y.shape());
    const int64_t cut = n ? ((n - shifts->data()[i]) % n + n) % n : 0;
    if (cut)
      y = cat({slice(y, dims[i], cut), slice(y, dims[i], 0, cut)}, dims[i]);
    else if (i == 0)
      y = clone(y);
  }
  return y;
}

Tensor Tril::decompose(const Tensor& input) const {
  return where(triangle("tril", input, diagonal, false), input, full({}, 0, input.dtype()));
}
Tensor Triu::decompose(const Tensor& input) const {
  return where(triangle("triu", input, diagonal, true), input, full({}, 0, input.dtype()));
}
Tensor Diag::decompose(const Tensor& input) const {
  if (input.dim() == 1) return diag_embed(input, diagonal);
  if (input.dim() != 2)
    fail(ErrorCode::shape, "diag", "expected 1 or 2 dims, got shape ", input.shape());
  return tandem::diagonal(input, diagonal);
}
Tensor DiagEmbed::decompose(const Tensor& input) const {
  if (input.dim() == 0) fail(ErrorCode::shape, "diag_embed", "expected 1 or more dims");
  Dims to = input.shape();
  to.back() += std::abs(offset);
  to.push_back(to.back());
  const int first = normalize_dim("diag_embed", dim1, to),
            second = normalize_dim("diag_embed", dim2, to);
  if (first == second)
    fail(ErrorCode::value, "diag_embed", "expected two different dims, got ", dim1, " and ", dim2);
  const int last = to.size() - 1;
  const Tensor y = diagonal_scatter(full(to, 0, input.dtype()), input, offset, last - 1, last);
  return movedim(y, {last - 1, last}, {first, second});
}

template struct Family<ShapeOps>;

}  // namespace tandem
