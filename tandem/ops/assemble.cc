#include "tandem/ops/assemble.h"

#include <algorithm>
#include <vector>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
Tensor diff(Arg input, int64_t n, int64_t dim, OptArg prepend, OptArg append) { return apply(Diff{n, dim}, input, prepend, append); }
Tensor column_stack(const ListArg& tensors) { return apply_list(ColumnStack{}, tensors); }
Tensor block_diag(const ListArg& tensors) { return apply_list(BlockDiag{}, tensors); }
Tensor cartesian_prod(const ListArg& tensors) { return apply_list(CartesianProd{}, tensors); }
Tensor combinations(Arg input, int64_t r, bool with_replacement) { return apply(Combinations{r, with_replacement}, input); }
Tensor msort(Arg input) { return apply(Msort{}, input); }
Tensor select_scatter(Arg input, Arg src, int64_t dim, int64_t index) { return apply(SelectScatter{dim, index}, input, src); }
Tensor diagflat(Arg input, int64_t offset) { return apply(Diagflat{offset}, input); }
Tensor narrow_copy(Arg input, int64_t dim, int64_t start, int64_t length) { return apply(NarrowCopy{dim, start, length}, input); }
std::array<Tensor, 3> unique_consecutive(Arg input, std::optional<int64_t> dim) { return apply(UniqueConsecutive{dim}, input); }
std::array<Tensor, 3> unique_dim(Arg input, int64_t dim) { return apply(UniqueDim{dim}, input); }
Tensor addr(Arg input, Arg vec1, Arg vec2, Scalar beta, Scalar alpha) { return apply(Addr{beta, alpha}, input, vec1, vec2); }
Tensor addbmm(Arg input, Arg batch1, Arg batch2, Scalar beta, Scalar alpha) { return apply(Addbmm{beta, alpha}, input, batch1, batch2); }
Tensor chain_matmul(const ListArg& matrices) { return apply_list(ChainMatmul{}, matrices); }
Tensor put(Arg input, Arg index, Arg source, bool accumulate) { return apply(Put{accumulate}, input, index, source); }
Tensor unfold_copy(Arg input, int64_t dimension, int64_t size, int64_t step) { return apply(UnfoldCopy{dimension, size, step}, input); }
// clang-format on

Tensor fill(Arg input, const NumArg& value) {
  if (value.tensor) return apply(Fill{}, input, Arg(*value.tensor, value.where));
  return apply(Fill{}, input, Arg(full({}, value.number, input.tensor->dtype()), input.where));
}

Tensor Diff::decompose(const Tensor& input, const Tensor* prepend, const Tensor* append) const {
  if (input.dim() == 0) fail(ErrorCode::shape, "diff", "expected input of at least one dim");
  if (n < 0) fail(ErrorCode::value, "diff", "expected n of 0 or more, got ", n);
  std::vector<Tensor> parts;
  for (const Tensor* t : {prepend, &input, append})
    if (t) parts.push_back(*t);
  Tensor x = parts.size() > 1 ? cat(parts, dim) : input;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t size = x.size(dim), left = std::max<int64_t>(size - 1, 0);
    const Tensor first = narrow(x, dim, 0, left),
                 second = narrow(x, dim, std::min<int64_t>(1, size), left);
    x = x.dtype() == DType::boolean ? bitwise_xor(second, first) : second - first;
  }
  return n == 0 && parts.size() == 1 ? clone(x) : x;
}
Tensor ColumnStack::decompose(Operands tensors) const {
  std::vector<Tensor> columns;
  for (const Tensor* t : tensors) columns.push_back(t->dim() < 2 ? reshape(*t, {-1, 1}) : *t);
  return hstack(columns);
}
Tensor BlockDiag::decompose(Operands tensors) const {
  if (tensors.empty()) fail(ErrorCode::value, "block_diag", "expected at least one tensor");
  DType dtype = tensors[0]->dtype();
  int64_t width = 0, left = 0;
  std::vector<Tensor> blocks, rows;
  for (const Tensor* t : tensors) {
    if (t->dim() > 2)
      fail(ErrorCode::shape, "block_diag", "expected at most 2 dims, got shape ", t->shape());
    dtype = promote(dtype, t->dtype());
    blocks.push_back(t->dim() < 2 ? reshape(*t, {1, -1}) : *t);
    width += blocks.back().size(1);
  }
  for (const Tensor& b : blocks) {
    const int64_t right = width - left - b.size(1);
    rows.push_back(constant_pad_nd(cast(b, dtype), {left, right}));
    left += b.size(1);
  }
  return cat(rows, 0);
}
Tensor CartesianProd::decompose(Operands tensors) const {
  std::vector<Tensor> lines;
  for (const Tensor* t : tensors) {
    if (t->dim() != 1)
      fail(ErrorCode::shape, "cartesian_prod", "expected tensors of one dim, got shape ",
           t->shape());
    lines.push_back(*t);
  }
  if (lines.empty()) fail(ErrorCode::value, "cartesian_prod", "expected at least one tensor");
  if (lines.size() == 1) return clone(lines[0]);
  std::vector<Tensor> columns;
  for (const Tensor& grid : meshgrid(lines)) columns.push_back(reshape(grid, -1));
  return stack(columns, 1);
}
Tensor Combinations::decompose(const Tensor& input) const {
  if (input.dim() != 1)
    fail(ErrorCode::shape, "combinations", "expected input of one dim, got shape ", input.shape());
  if (r < 0) fail(ErrorCode::value, "combinations", "expected r of 0 or more, got ", r);
  const int64_t n = input.numel();
  if (r == 0) return empty({0}, input.dtype());
  std::vector<int64_t> places, choice;
  const auto choose = [&](auto& self, int64_t from) -> void {
    if (int64_t(choice.size()) == r) {
      places.insert(places.end(), choice.begin(), choice.end());
      return;
    }
    for (int64_t i = from; i < n; ++i) {
      choice.push_back(i);
      self(self, with_replacement ? i : i + 1);
      choice.pop_back();
    }
  };
  choose(choose, 0);
  const int64_t rows = int64_t(places.size()) / r;
  return reshape(index_select(input, 0, from_data<int64_t>(places, {rows * r})), {rows, r});
}
Tensor Msort::decompose(const Tensor& input) const { return sort(input, 0)[0]; }
Tensor SelectScatter::decompose(const Tensor& input, const Tensor& src) const {
  const int at = normalize_dim("select_scatter", dim, input.shape());
  if (input.dim() == 0)
    fail(ErrorCode::shape, "select_scatter", "expected input of at least one dim");
  const int64_t n = input.size(at), place = index < 0 ? index + n : index.value;
  if (place < 0 || place >= n)
    fail(ErrorCode::index, "select_scatter", "index ", index.value, " is out of range for dim ", at,
         " of size ", n);
  return slice_scatter(input, unsqueeze(src, at), at, place, place + 1);
}
Tensor Diagflat::decompose(const Tensor& input) const { return diag(reshape(input, -1), offset); }
Tensor Fill::decompose(const Tensor& input, const Tensor& value) const {
  if (value.dim())
    fail(ErrorCode::shape, "fill", "expected a value of no dims, got shape ", value.shape());
  // Its gradient is zero and not absent: it stands in a choice that is never made.
  return where(full({}, false, DType::boolean), input, cast(value, input.dtype()));
}
Tensor NarrowCopy::decompose(const Tensor& input) const {
  return clone(narrow(input, dim, start, length));
}

namespace {

/// What follows from where stretches begin: those places, each element's stretch, their lengths.
std::array<Tensor, 3> stretches(const Tensor& begins) {
  const int64_t n = begins.numel();
  const Tensor first = select(nonzero(begins), 1, 0);
  const Tensor end = cat({slice(first, 0, 1), full({std::min<int64_t>(n, 1)}, n, DType::i64)});
  return {first, cumsum(begins, 0) - 1, end - first};
}
/// Of rows [n, k]: is each the first, or different from the one before?
Tensor begins_anew(const Tensor& rows) {
  const int64_t n = rows.size(0);
  const Tensor one = full({std::min<int64_t>(n, 1)}, true, DType::boolean);
  if (n < 2) return one;
  return cat({one, any(ne(slice(rows, 0, 1), slice(rows, 0, 0, n - 1)), 1)});
}
Tensor as_rows(const Tensor& x, int dim) {
  return reshape(movedim(x, dim, 0), {x.size(dim), x.numel() / std::max<int64_t>(x.size(dim), 1)});
}

}  // namespace

std::array<Tensor, 3> UniqueConsecutive::decompose(const Tensor& input) const {
  check_known("unique_consecutive");
  const Tensor x = dim ? input : reshape(input, -1);
  const int at = dim ? normalize_dim("unique_consecutive", *dim, input.shape()) : 0;
  auto [first, inverse, counts] = stretches(begins_anew(as_rows(x, at)));
  return {index_select(x, at, first), dim ? inverse : reshape(inverse, input.shape()), counts};
}
std::array<Tensor, 3> UniqueDim::decompose(const Tensor& input) const {
  check_known("unique_dim");
  const int at = normalize_dim("unique_dim", dim, input.shape());
  if (input.dim() == 0) fail(ErrorCode::shape, "unique_dim", "expected input of at least one dim");
  // Sorted by one column after the other, the last first: stable, so the first decides.
  const Tensor rows = as_rows(input.detach(), at);
  Tensor order = arange(0, rows.size(0));
  for (int64_t c = rows.size(1) - 1; c >= 0; --c)
    order = index_select(order, 0, argsort(index_select(select(rows, 1, c), 0, order)));
  auto [first, group, counts] = stretches(begins_anew(index_select(rows, 0, order)));
  const Tensor inverse = scatter(zeros_like(order), 0, order, group);
  return {index_select(input, at, index_select(order, 0, first)), inverse, counts};
}

Tensor Addr::decompose(const Tensor& input, const Tensor& vec1, const Tensor& vec2) const {
  if (vec1.dim() != 1 || vec2.dim() != 1)
    fail(ErrorCode::shape, "addr", "expected vectors, got shapes ", vec1.shape(), " and ",
         vec2.shape());
  return addmm(expand(input, {vec1.numel(), vec2.numel()}), unsqueeze(vec1, 1), unsqueeze(vec2, 0),
               beta, alpha);
}
Tensor Addbmm::decompose(const Tensor& input, const Tensor& batch1, const Tensor& batch2) const {
  if (batch1.dim() != 3 || batch2.dim() != 3 || batch1.size(0) != batch2.size(0))
    fail(ErrorCode::shape, "addbmm", "expected batches of as many matrices, got shapes ",
         batch1.shape(), " and ", batch2.shape());
  // The sum of the products is one product: [m, b k] @ [b k, n].
  const int64_t b = batch1.size(0), m = batch1.size(1), k = batch1.size(2), n = batch2.size(2);
  if (batch2.size(1) != k)
    fail(ErrorCode::shape, "addbmm", "batch1 of shape ", batch1.shape(),
         " does not fit batch2 of shape ", batch2.shape());
  return addmm(input, reshape(permute(batch1, {1, 0, 2}), {m, b * k}), reshape(batch2, {b * k, n}),
               beta, alpha);
}
Tensor ChainMatmul::decompose(Operands matrices) const {
  std::vector<Tensor> all;
  for (const Tensor* t : matrices) all.push_back(*t);
  return all.size() == 1 ? clone(all[0]) : linalg_multi_dot(all);
}
Tensor Put::decompose(const Tensor& input, const Tensor& index, const Tensor& source) const {
  if (index.numel() != source.numel())
    fail(ErrorCode::shape, "put", "expected as many elements in source as in index, got ",
         source.shape(), " and ", index.shape());
  return reshape(
      index_put(reshape(input, -1), {reshape(index, -1)}, reshape(source, -1), accumulate),
      input.shape());
}
Tensor UnfoldCopy::decompose(const Tensor& input) const {
  constexpr std::string_view op = "unfold";
  const int at = normalize_dim(op, dimension, input.shape());
  const Tensor x = input.dim() ? input : reshape(input, 1);
  const int64_t n = x.size(at);
  if (size < 0 || size > n || step < 1)
    fail(ErrorCode::value, op, "windows of size ", size.value, " every ", step.value,
         " entries do not fit a dim of size ", n);
  const int64_t count = (n - size) / step + 1;
  const Tensor places = unsqueeze(arange(0, count) * step.value, 1) + arange(0, size.value);
  Dims shape = x.shape();
  shape[at] = count;
  shape.insert(at + 1, size);
  return movedim(reshape(index_select(x, at, reshape(places, -1)), shape), at + 1, -1);
}

template struct Family<AssembleOps>;

}  // namespace tandem
