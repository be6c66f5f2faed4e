#include "tandem/ops/join.h"

#include <algorithm>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/has_value.h"

namespace tandem {
namespace {

/// All of them in the dtype that they meet in.
std::vector<Tensor> in_one_dtype(std::string_view op, std::span<const Tensor> tensors) {
  std::vector<Tensor> same(tensors.begin(), tensors.end());
  for (const Tensor& t : same)
    if (!t) fail(ErrorCode::value, op, "one of the tensors is undefined");
  if (same.empty()) fail(ErrorCode::value, op, "expected at least one tensor");
  DType dtype = same[0].dtype();
  for (const Tensor& t : same) dtype = promote(dtype, t.dtype());
  for (Tensor& t : same) t = cast(t, dtype);
  return same;
}

bool passed_over(const Dims& shape) { return shape.size() == 1 && shape[0] == 0; }

std::vector<Tensor> each(Operands tensors, Tensor (*f)(Arg)) {
  std::vector<Tensor> out;
  for (const Tensor* t : tensors) {
    if (!t->defined()) fail(ErrorCode::value, "stack", "one of the tensors is undefined");
    out.push_back(f(*t));
  }
  return out;
}

/// Places along one padded dim as places of the input.
Tensor padding_index(std::string_view mode, int64_t n, int64_t before, int64_t after) {
  if (mode == "circular" && (before > n || after > n))
    fail(ErrorCode::value, "pad", "circular padding of ", before, " and ", after,
         " is more than the dim's size ", n);
  if (mode == "replicate" && n == 0)
    fail(ErrorCode::shape, "pad", "an empty dim has no edge to replicate");
  if (mode == "reflect" && (before >= n || after >= n))
    fail(ErrorCode::value, "pad", "reflecting ", before, " and ", after,
         " entries needs a dim larger than that, got size ", n);
  std::vector<int64_t> places;
  places.reserve(std::size_t(n) + std::size_t(std::max<int64_t>(before, 0)) +
                 std::size_t(std::max<int64_t>(after, 0)));  // what no memory holds fails at once
  for (int64_t i = -before; i < n + after; ++i)
    places.push_back(mode == "circular"    ? (i + n) % n
                     : mode == "replicate" ? std::clamp<int64_t>(i, 0, n - 1)
                                           : (n - 1) - std::abs((n - 1) - std::abs(i)));
  return from_data(places, {int64_t(places.size())});
}

}  // namespace

Tensor cat(const ListArg& tensors, int64_t dim) {
  const std::vector<Tensor> same = in_one_dtype("cat", tensors.tensors);
  return apply_list(Cat{dim}, {same, tensors.where});
}
Tensor stack(const ListArg& tensors, int64_t dim) { return apply_list(Stack{dim}, tensors); }
Tensor hstack(const ListArg& tensors) { return apply_list(Hstack{}, tensors); }
Tensor vstack(const ListArg& tensors) { return apply_list(Vstack{}, tensors); }
Tensor dstack(const ListArg& tensors) { return apply_list(Dstack{}, tensors); }
Tensor constant_pad_nd(Arg input, Dims pad, Scalar value) {
  return apply(ConstantPadNd{pad, value}, input);
}
Tensor pad(Arg input, Dims pad, Name mode, std::optional<double> value) {
  return apply(Pad{pad, mode, value}, input);
}
Tensor repeat(Arg input, Dims repeats) { return apply(Repeat{repeats}, input); }
Tensor tile(Arg input, Dims dims) { return apply(Tile{dims}, input); }
Tensor repeat_interleave(Arg input, const NumArg& repeats, std::optional<int64_t> dim) {
  const Tensor count = repeats.tensor ? *repeats.tensor : full({}, repeats.number, DType::i64);
  return apply(RepeatInterleave{dim}, input, Arg(count));
}

Type Cat::infer(Types tensors) const {
  if (tensors.empty()) fail(ErrorCode::value, "cat", "expected at least one tensor");
  const Type* first = nullptr;
  for (const Type* t : tensors) {
    if (!t) fail(ErrorCode::value, "cat", "one of the tensors is undefined");
    if (t->dtype != tensors[0]->dtype)
      fail(ErrorCode::dtype, "cat", "expected tensors of one dtype, got ", tensors[0]->dtype,
           " and ", t->dtype, ": cast one");
    if (t->shape.empty())
      fail(ErrorCode::shape, "cat", "a 0-d tensor cannot be joined: stack() adds a dim");
    if (!first && !passed_over(t->shape)) first = t;
  }
  if (!first) return *tensors[0];
  const int at = normalize_dim("cat", dim, first->shape, "tensors");
  Type out{first->dtype, first->shape};
  out.shape[at] = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Dims& shape = tensors[i]->shape;
    if (passed_over(shape)) continue;
    Dims expected = out.shape;
    if (shape.size() == expected.size()) expected[at] = shape[at];
    if (shape != expected)
      fail(ErrorCode::shape, "cat", "tensors must have equal sizes except in dim ", at,
           "; expected shape ", first->shape, " there, got ", shape, " at position ", i);
    out.shape[at] += shape[at];
  }
  return out;
}
Grads Cat::vjp(const Call& c) const {
  const int at = normalize_dim("cat", dim, c.dy().shape());
  std::vector<Tensor> grads;
  int64_t start = 0;
  for (int i = 0; i < c.operands(); ++i) {
    const Dims& shape = c.type(i).shape;
    grads.emplace_back();
    if (passed_over(shape)) {
      if (c.needs(i)) grads.back() = full(shape, 0, c.dy().dtype());
      continue;
    }
    if (c.needs(i)) grads.back() = slice(c.dy(), at, start, start + shape[at]);
    start += shape[at];
  }
  return Grads(std::move(grads));
}

Tensor Stack::decompose(Operands tensors) const {
  std::vector<Tensor> rows;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i]->defined())
      fail(ErrorCode::value, "stack", "the tensor at position ", i, " is undefined");
    if (tensors[i]->shape() != tensors[0]->shape())
      fail(ErrorCode::shape, "stack", "stack expects each tensor to be equal size, but got ",
           tensors[0]->shape(), " at entry 0 and ", tensors[i]->shape(), " at entry ", i);
    rows.push_back(unsqueeze(*tensors[i], dim));
  }
  if (rows.empty()) fail(ErrorCode::value, "stack", "expected at least one tensor");
  return cat(rows, dim < 0 ? dim + rows[0].dim() : dim);
}
Tensor Hstack::decompose(Operands tensors) const {
  const std::vector<Tensor> rows = each(tensors, atleast_1d);
  return cat(rows, rows.empty() || rows[0].dim() == 1 ? 0 : 1);
}
Tensor Vstack::decompose(Operands tensors) const { return cat(each(tensors, atleast_2d), 0); }
Tensor Dstack::decompose(Operands tensors) const { return cat(each(tensors, atleast_3d), 2); }

PadPlace pad_place(const Dims& input, const Dims& pad) {
  if (pad.size() % 2 || pad.size() > 2 * input.size())
    fail(ErrorCode::value, "pad", "expected (before, after) for at most ", input.size(),
         " dims of an input of shape ", input, ", got ", pad);
  PadPlace p{Dims::filled(input.size(), 0), Dims::filled(input.size(), 0), input};
  for (int i = 0; i < pad.size() / 2; ++i) {
    const int d = input.size() - 1 - i;
    const int64_t before = pad[2 * i], after = pad[2 * i + 1];
    if (input[d] + before + after < 0)
      fail(ErrorCode::shape, "pad", "cutting ", -before, " and ", -after, " from dim ", d,
           " of size ", input[d], " leaves a negative size");
    p.from[d] = std::max<int64_t>(0, -before);
    p.to[d] = std::max<int64_t>(0, before);
    p.size[d] = std::max<int64_t>(0, input[d] - p.from[d] - std::max<int64_t>(0, -after));
  }
  return p;
}

Type ConstantPadNd::infer(const Type& input) const {
  pad_place(input.shape, pad);
  Type out = input;
  for (int i = 0; i < pad->size() / 2; ++i)
    out.shape[input.shape.size() - 1 - i] += pad.value[2 * i] + pad.value[2 * i + 1];
  return out;
}
Grads ConstantPadNd::vjp(const Call& c) const {
  Dims back = pad;
  for (int64_t& n : back) n = -n;
  return {constant_pad_nd(c.dy(), back, 0)};
}

Tensor Pad::decompose(const Tensor& input) const {
  if (mode == Name("constant")) {
    const double fill = value.value_or(0);
    return constant_pad_nd(input, pad,
                           is_floating(input.dtype()) ? Scalar(fill) : Scalar(int64_t(fill)));
  }
  if (mode != Name("reflect") && mode != Name("replicate") && mode != Name("circular"))
    fail(ErrorCode::value, "pad", "mode '", mode,
         "' is unknown; expected constant, reflect, replicate or circular");
  if (value) fail(ErrorCode::value, "pad", "mode '", mode, "' takes no value; only constant does");
  pad_place(input.shape(), pad);
  Tensor y = input;
  for (int i = 0; i < pad->size() / 2; ++i) {
    const int d = input.dim() - 1 - i;
    const int64_t before = pad.value[2 * i], after = pad.value[2 * i + 1];
    if (before || after)
      y = index_select(y, d, padding_index(mode.view(), input.shape()[d], before, after));
  }
  return y.is_same(input) ? clone(input) : y;
}

Tensor Repeat::decompose(const Tensor& input) const {
  if (repeats->size() < input.dim())
    fail(ErrorCode::value, "repeat", "expected a count for each of the ", input.dim(),
         " dims of input, got ", repeats.value);
  for (int64_t n : repeats.value)
    if (n < 0)
      fail(ErrorCode::value, "repeat", "expected counts of 0 or more, got ", repeats.value);
  // [r0, s0, r1, s1, ...], of which the r are repeated; where that is too many dims, one by one.
  const int added = repeats->size() - input.dim();
  Tensor y = input;
  for (int i = 0; i < added; ++i) y = unsqueeze(y, 0);
  const Dims shape = y.shape();
  bool copied = false;
  for (int d = shape.size() - 1; d >= 0; --d) {
    const int64_t n = repeats.value[d];
    if (n == 1) continue;
    copied = true;
    Dims apart = y.shape(), joined = y.shape();
    apart.insert(d, n);
    joined[d] *= n;
    y = reshape(expand(unsqueeze(y, d), apart), joined);
  }
  return copied ? contiguous(y) : clone(y);
}
Tensor Tile::decompose(const Tensor& input) const {
  Dims counts = dims;
  while (counts.size() < input.dim()) counts.insert(0, 1);
  return repeat(input, counts);
}
Tensor RepeatInterleave::decompose(const Tensor& input, const Tensor& repeats) const {
  const Tensor x = dim ? input : reshape(input, -1);
  const int at = normalize_dim("repeat_interleave", dim.value_or(0), x.shape());
  if (!is_integral(repeats.dtype()) || repeats.dim() > 1)
    fail(ErrorCode::value, "repeat_interleave",
         "expected a number of repeats or a 1-d tensor of integers, got ", repeats.type());
  const Tensor y = atleast_1d(x);
  const int64_t n = y.shape()[at];
  if (repeats.numel() != 1 && repeats.numel() != n)
    fail(ErrorCode::shape, "repeat_interleave", "expected 1 or ", n, " repeats, got ",
         repeats.numel());
  check_has_value(repeats, "repeat_interleave", Location::current(),
                  "How large the result is depends on it: give the repeats as a number, or as a "
                  "tensor that the function does not compute");
  const std::vector<int64_t> counts = repeats.to_vector<int64_t>();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t count = counts[counts.size() == 1 ? 0 : std::size_t(i)];
    if (count < 0)
      fail(ErrorCode::value, "repeat_interleave", "expected repeats of 0 or more, got ", count);
    places.insert(places.end(), std::size_t(count), i);
  }
  return index_select(y, at, from_data(places, {int64_t(places.size())}));
}

template struct Family<JoinOps>;

}  // namespace tandem
