#include "tandem/ops/index.h"

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/has_value.h"

namespace tandem {
namespace {

/// Index tensors as the op wants them: a mask becomes an index tensor for each of its dims, other
/// integers become int64.
std::vector<Tensor> resolved(std::string_view op, const Tensor& input, const ListArg& indices) {
  std::vector<Tensor> list;
  for (const Tensor& i : indices.tensors) {
    if (!i) {
      list.emplace_back();
    } else if (i.dtype() == DType::boolean || i.dtype() == DType::u8) {
      const int at = int(list.size());
      for (int d = 0; d < i.dim(); ++d)
        if (at + d >= input.dim() || input.shape()[at + d] != i.shape()[d])
          fail(ErrorCode::index, op, "a mask of shape ", i.shape(), " does not fit input of shape ",
               input.shape(), " at dim ", at);
      if (i.dim() == 0)
        fail(ErrorCode::index, op, "a 0-d mask indexes no dim: unsqueeze(input, 0) and it first");
      const Tensor places = nonzero({i, indices.where});
      for (int d = 0; d < i.dim(); ++d) list.push_back(select(places, 1, d));
    } else if (is_integral(i.dtype())) {
      list.push_back(cast({i, indices.where}, DType::i64));
    } else {
      fail(ErrorCode::dtype, op, "expected index tensors of integers or bool, got ", i.dtype());
    }
  }
  return list;
}

/// The list that indexes `dim` alone.
std::vector<Tensor> along(std::string_view op, const Tensor& input, int64_t dim,
                          const Tensor& index) {
  if (index.dim() > 1)
    fail(ErrorCode::shape, op, "expected a 1-d index, got shape ", index.shape());
  if (!is_integral(index.dtype()))
    fail(ErrorCode::dtype, op, "expected an index of integers, got ", index.dtype());
  std::vector<Tensor> list(std::size_t(normalize_dim(op, dim, input.shape())) + 1);
  list.back() = reshape(index, -1);
  return list;
}

/// A 0-d input is treated as of one element, as PyTorch does.
Tensor at_least_1d(const Tensor& x) { return x.dim() ? x : reshape(x, 1); }

void check_mask(std::string_view op, const Tensor& mask) {
  if (mask.dtype() != DType::boolean)
    fail(ErrorCode::dtype, op, "expected a bool mask, got ", mask.dtype(),
         ": compare it, as in ne(mask, 0)");
}
void check_same_dtype(std::string_view op, const Tensor& input, const Tensor& source) {
  if (source.dtype() != input.dtype())
    fail(ErrorCode::dtype, op, "expected source of ", input.dtype(), " like input, got ",
         source.dtype());
}
void check_0d(std::string_view op, const Tensor& value) {
  if (value.dim() != 0)
    fail(ErrorCode::shape, op, "expected a number or a 0-d value, got shape ", value.shape());
}

/// A number as an operand that casts silently.
Tensor value_of(const NumArg& value, const Tensor& input) {
  return value.tensor ? *value.tensor : full({}, value.number, input.dtype(), value.where);
}

}  // namespace

Tensor index(Arg input, const ListArg& indices) {
  const std::vector<Tensor> list = resolved("index", *input.tensor, indices);
  return apply_list(Index{}, {list, input.where}, input);
}
Tensor index_put(Arg input, const ListArg& indices, Arg values, bool accumulate) {
  const std::vector<Tensor> list = resolved("index_put", *input.tensor, indices);
  return apply_list(IndexPut{accumulate}, {list, input.where}, input, values);
}
Tensor index_fill(Arg input, int64_t dim, Arg index, const NumArg& value) {
  return apply(IndexFill{dim}, input, index, Arg(value_of(value, *input.tensor)));
}
Tensor masked_fill(Arg input, Arg mask, const NumArg& value) {
  return apply(MaskedFill{}, input, mask, Arg(value_of(value, *input.tensor)));
}
// clang-format off
Tensor index_select(Arg input, int64_t dim, Arg index) { return apply(IndexSelect{dim}, input, index); }
Tensor index_add(Arg input, int64_t dim, Arg index, Arg source, Scalar alpha) { return apply(IndexAdd{dim, alpha}, input, index, source); }
Tensor index_copy(Arg input, int64_t dim, Arg index, Arg source) { return apply(IndexCopy{dim}, input, index, source); }
Tensor masked_select(Arg input, Arg mask) { return apply(MaskedSelect{}, input, mask); }
Tensor masked_scatter(Arg input, Arg mask, Arg source) { return apply(MaskedScatter{}, input, mask, source); }
Tensor nonzero_static(Arg input, int64_t size, int64_t fill_value) { return apply(NonzeroStatic{size, fill_value}, input); }
Tensor nonzero(Arg input) { return apply(Nonzero{}, input); }
// clang-format on

IndexPlaces index_places(std::string_view op, const Type& input, Types indices) {
  const int rank = input.shape.size();
  if (int(indices.size()) > rank)
    fail(ErrorCode::index, op, "too many indices (", indices.size(), ") for input of shape ",
         input.shape);
  IndexPlaces p;
  for (int d = 0; d < rank; ++d) {
    const Type* i = d < int(indices.size()) ? indices[std::size_t(d)] : nullptr;
    if (!i) {
      p.kept.push_back(d);
      continue;
    }
    if (i->dtype != DType::i64)
      fail(ErrorCode::dtype, op, "expected index tensors of int64, got ", i->dtype, " for dim ", d);
    p.broadcast = p.indexed.empty() ? i->shape : broadcast_shapes(op, p.broadcast, i->shape);
    p.indexed.push_back(d);
  }
  const bool neighbours =
      !p.indexed.empty() && p.indexed.back() - p.indexed[0] + 1 == p.indexed.size();
  p.at = neighbours ? int(p.indexed[0]) : 0;
  return p;
}

Dims IndexPlaces::result(const Dims& input) const {
  Dims out;
  for (int i = 0; i <= kept.size(); ++i) {
    if (i == at)
      for (int64_t n : broadcast) out.push_back(n);
    if (i < kept.size()) out.push_back(input[int(kept[i])]);
  }
  return out;
}

Type Index::infer(const Type& input, Types indices) const {
  return {input.dtype, index_places("index", input, indices).result(input.shape)};
}
Grads Index::vjp(const Call& c) const {
  std::vector<Tensor> indices;
  for (int i = 1; i < c.operands(); ++i) indices.push_back(c.operand(i));
  const Type& in = c.type(0);
  return {index_put(full(in.shape, 0, in.dtype), indices, c.dy(), true)};
}

Type IndexPut::infer(const Type& input, const Type& values, Types indices) const {
  const Dims place = index_places("index_put", input, indices).result(input.shape);
  if (values.dtype != input.dtype)
    fail(ErrorCode::dtype, "index_put", "expected values of ", input.dtype, " like input, got ",
         values.dtype, ": cast them");
  Dims to = values.shape;
  while (to.size() > place.size() && to[0] == 1) to.erase(0);
  if (to.size() > place.size() || broadcast_shapes("index_put", place, to) != place)
    fail(ErrorCode::shape, "index_put", "values of shape ", values.shape,
         " do not broadcast to the indexed shape ", place);
  return input;
}
Grads IndexPut::vjp(const Call& c) const {
  std::vector<Tensor> indices;
  for (int i = 2; i < c.operands(); ++i) indices.push_back(c.operand(i));
  const Type& values = c.type(1);
  Tensor dinput, dvalues;
  if (c.needs(0))
    dinput = accumulate ? c.dy()
                        : index_put(c.dy(), indices, full(values.shape, 0, values.dtype), false);
  if (c.needs(1)) dvalues = index(c.dy(), indices);
  return {dinput, dvalues};
}

Tensor IndexSelect::decompose(const Tensor& input, const Tensor& index) const {
  const Tensor x = at_least_1d(input);
  const Tensor y = tandem::index(x, along("index_select", x, dim, index));
  return input.dim() ? y : reshape(y, {});
}
Tensor IndexAdd::decompose(const Tensor& input, const Tensor& index, const Tensor& source) const {
  check_same_dtype("index_add", input, source);
  const Tensor x = at_least_1d(input), added = at_least_1d(source);
  const Tensor scaled = alpha == Scalar(1) ? added : added * alpha;
  const Tensor y = index_put(x, along("index_add", x, dim, index), scaled, true);
  return input.dim() ? y : reshape(y, {});
}
Tensor IndexCopy::decompose(const Tensor& input, const Tensor& index, const Tensor& source) const {
  check_same_dtype("index_copy", input, source);
  const Tensor x = at_least_1d(input);
  const Tensor y = index_put(x, along("index_copy", x, dim, index), at_least_1d(source), false);
  return input.dim() ? y : reshape(y, {});
}
Tensor IndexFill::decompose(const Tensor& input, const Tensor& index, const Tensor& value) const {
  check_0d("index_fill", value);
  const Tensor x = at_least_1d(input);
  const int at = normalize_dim("index_fill", dim, x.shape());
  // A mask, not the places: a place that is named twice takes the value, and its gradient, once.
  const Tensor named =
      index_put(full(x.shape()[at], false), {along("index_fill", x, dim, index).back()},
                full({}, true), false);
  Dims shape = Dims::filled(x.dim(), 1);
  shape[at] = x.shape()[at];
  const Tensor y = where(reshape(named, shape), cast(value, input.dtype()), x);
  return input.dim() ? y : reshape(y, {});
}

Tensor MaskedFill::decompose(const Tensor& input, const Tensor& mask, const Tensor& value) const {
  check_mask("masked_fill", mask);
  check_0d("masked_fill", value);
  if (category(value.dtype()) > category(input.dtype()))
    fail(ErrorCode::dtype, "masked_fill", "a value of ", value.dtype(),
         " cannot be stored in an input of ", input.dtype());
  return where(mask, cast(value, input.dtype()), input);
}
Tensor MaskedSelect::decompose(const Tensor& input, const Tensor& mask) const {
  check_mask("masked_select", mask);
  const Dims shape = broadcast_shapes("masked_select", input.shape(), mask.shape());
  const Tensor flat = reshape(expand(input, shape), -1);
  return index(flat, {select(nonzero(reshape(expand(mask, shape), -1)), 1, 0)});
}
Tensor MaskedScatter::decompose(const Tensor& input, const Tensor& mask,
                                const Tensor& source) const {
  check_mask("masked_scatter", mask);
  check_same_dtype("masked_scatter", input, source);
  const Dims shape = broadcast_shapes("masked_scatter", input.shape(), mask.shape());
  const Tensor at = select(nonzero(reshape(expand(mask, shape), -1)), 1, 0);
  if (at.numel() > source.numel())
    fail(ErrorCode::shape, "masked_scatter", "the mask holds in ", at.numel(),
         " places, and source has ", source.numel(), " elements");
  const Tensor values = slice(reshape(source, -1), 0, 0, at.numel());
  return reshape(index_put(reshape(expand(input, shape), -1), {at}, values, false), shape);
}

Type NonzeroStatic::infer(const Type& input) const {
  if (size < 0)
    fail(ErrorCode::value, "nonzero_static", "expected a size of 0 or more, got ", size);
  return {DType::i64, {size, input.shape.size()}};
}
Tensor Nonzero::decompose(const Tensor& input) const {
  check_has_value(
      input, "nonzero", Location::current(),
      "How large the result is depends on it, as with x[mask], masked_select and unique: "
      "keep every element, as where(mask, x, other) does, or say how many there are with "
      "nonzero_static(x, size). x[mask] = value can be recorded");
  const Tensor count = sum(cast(input.detach(), DType::boolean));
  return nonzero_static(input, count.item<int64_t>());
}

template struct Family<IndexOps>;

}  // namespace tandem
