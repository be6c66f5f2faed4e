#include "tandem/ops/create.h"

#include <algorithm>
#include <cmath>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/has_value.h"

namespace tandem {

Tensor full_at(const Dims& size, Scalar fill_value, DType dtype, Location where) {
  const Full op{size, fill_value, dtype};
  return apply(info_of<Full>, &op, {}, where);
}

namespace {

template <class O>
Tensor create(const O& op, Location where) {
  return apply(info_of<O>, &op, {}, where);
}

}  // namespace

// clang-format off
Tensor full(Dims size, Scalar fill_value, std::optional<DType> dtype, Location where) { return create(Full{size, fill_value, dtype}, where); }
Tensor zeros(Dims size, DType dtype, Location where) { return create(Zeros{size, dtype}, where); }
Tensor ones(Dims size, DType dtype, Location where) { return create(Ones{size, dtype}, where); }
Tensor zeros_like(Arg input, std::optional<DType> dtype) { return apply(ZerosLike{dtype}, input); }
Tensor ones_like(Arg input, std::optional<DType> dtype) { return apply(OnesLike{dtype}, input); }
Tensor full_like(Arg input, Scalar fill_value, std::optional<DType> dtype) { return apply(FullLike{fill_value, dtype}, input); }
Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype, Location where) { return create(Arange{start, end, step, dtype}, where); }
Tensor linspace(Scalar start, Scalar end, int64_t steps, DType dtype, Location where) { return create(Linspace{start, end, steps, dtype}, where); }
Tensor logspace(Scalar start, Scalar end, int64_t steps, double base, DType dtype, Location where) { return create(Logspace{start, end, steps, base, dtype}, where); }
Tensor eye(int64_t n, std::optional<int64_t> m, DType dtype, Location where) { return create(Eye{n, m, dtype}, where); }
Tensor tril_indices(int64_t row, int64_t col, int64_t offset, Location where) { return create(TrilIndices{row, col, offset}, where); }
Tensor triu_indices(int64_t row, int64_t col, int64_t offset, Location where) { return create(TriuIndices{row, col, offset}, where); }
Tensor one_hot(Arg input, int64_t num_classes) { return apply(OneHot{num_classes}, input); }
// clang-format on
Tensor cast(Arg input, DType dtype) {
  return input.tensor->dtype() == dtype ? *input.tensor : apply(Cast{dtype}, input);
}
Tensor clone(Arg input) { return apply(Clone{}, input); }
Tensor contiguous(Arg input) {
  // A program has no strides: its plan knows whether there is something to do.
  return input.tensor->is_contiguous() && !mode.tracer ? *input.tensor : apply(Contiguous{}, input);
}

Type Full::infer() const {
  for (int64_t n : size.value)
    if (n < 0) fail(ErrorCode::shape, "full", "expected sizes of 0 or more, got ", size.value);
  return {dtype.value_or(dtype_of_number(fill_value->category())), size};
}
Tensor Zeros::decompose() const { return full(size, 0, dtype); }
Tensor Ones::decompose() const { return full(size, 1, dtype); }
Tensor ZerosLike::decompose(const Tensor& input) const {
  return full(input.shape(), 0, dtype.value_or(input.dtype()));
}
Tensor OnesLike::decompose(const Tensor& input) const {
  return full(input.shape(), 1, dtype.value_or(input.dtype()));
}
Tensor FullLike::decompose(const Tensor& input) const {
  return full(input.shape(), fill_value, dtype.value_or(input.dtype()));
}

Type Arange::infer() const {
  const double from = start->to_double(), to = end->to_double(), by = step.to_double();
  const auto is_whole = [](const Scalar& s) { return s.category() != Category::floating; };
  const bool whole = is_whole(start) && is_whole(end) && is_whole(step);
  if (!(std::abs(from) < INFINITY && std::abs(to) < INFINITY))
    fail(ErrorCode::value, "arange", "expected finite bounds, got ", start.value, " and ",
         end.value);
  if (by == 0 || by != by) fail(ErrorCode::value, "arange", "step must be nonzero, got ", step);
  if ((by > 0) != (to > from) && to != from)
    fail(ErrorCode::value, "arange",
         "upper bound and larger bound inconsistent with step sign: ", start.value, " to ",
         end.value, " by ", step);
  const double steps = std::ceil((to - from) / by);
  if (!(steps < 0x1p62))
    fail(ErrorCode::value, "arange", "from ", start.value, " to ", end.value, " by ", step,
         " are too many values");
  int64_t count = int64_t(steps);
  if (whole) {
    const int64_t distance = end->to_int64() - start->to_int64(), stride = step.to_int64();
    count = distance / stride + (distance % stride != 0);
  }
  return {dtype.value_or(whole ? DType::i64 : default_dtype), count};
}
Type Linspace::infer() const {
  if (steps < 0)
    fail(ErrorCode::value, "linspace", "number of steps must be non-negative, got ", steps.value);
  return {dtype, steps.value};
}
Tensor Logspace::decompose() const {
  if (steps < 0)
    fail(ErrorCode::value, "logspace", "number of steps must be non-negative, got ", steps.value);
  return cast(pow(base, linspace(start, end, steps, DType::f64)), dtype);
}
Tensor Eye::decompose() const {
  const int64_t columns = m.value_or(n);
  if (n < 0 || columns < 0)
    fail(ErrorCode::shape, "eye", "expected sizes of 0 or more, got ", n.value, " and ", columns);
  return cast(eq(unsqueeze(arange(0, n.value), 1), arange(0, columns)), dtype);
}

static Tensor triangle_indices(std::string_view op, int64_t row, int64_t col, int64_t offset,
                               bool upper) {
  if (row < 0 || col < 0)
    fail(ErrorCode::value, op, "expected 0 or more rows and columns, got ", row, " and ", col);
  std::vector<int64_t> rows, columns;
  for (int64_t r = 0; r < row; ++r) {
    const int64_t split = std::clamp<int64_t>(r + offset + (upper ? 0 : 1), 0, col);
    for (int64_t c = upper ? split : 0; c < (upper ? col : split); ++c) {
      rows.push_back(r);
      columns.push_back(c);
    }
  }
  const int64_t count = int64_t(rows.size());
  rows.insert(rows.end(), columns.begin(), columns.end());
  return from_data(rows, {2, count});
}
Tensor TrilIndices::decompose() const {
  return triangle_indices("tril_indices", row, col, offset, false);
}
Tensor TriuIndices::decompose() const {
  return triangle_indices("triu_indices", row, col, offset, true);
}

Tensor OneHot::decompose(const Tensor& input) const {
  if (input.dtype() != DType::i64)
    fail(ErrorCode::dtype, "one_hot", "one_hot is only applicable to index tensor of int64, got ",
         input.dtype());
  if (input.numel() == 0 && num_classes <= 0)
    fail(ErrorCode::value, "one_hot", "the number of classes of an empty tensor must be given");
  if (num_classes == -1)
    check_has_value(input, "one_hot", Location::current(),
                    "Say how many classes there are: one_hot(x, num_classes)");
  int64_t classes = num_classes;
  if (has_value(input)) {  // a program gives rows of zeros for classes beyond the last
    const int64_t lowest = input.numel() ? amin(input).item<int64_t>() : 0,
                  highest = input.numel() ? amax(input).item<int64_t>() : -1;
    if (classes == -1) classes = highest + 1;
    if (lowest < 0 || highest >= classes)
      fail(ErrorCode::index, "one_hot", "class ", lowest < 0 ? lowest : highest,
           " is out of range; expected 0..", classes - 1);
  }
  return cast(eq(unsqueeze(input, -1), arange(0, classes)), DType::i64);
}

Grads Cast::vjp(const Call& c) const {
  const DType from = c.type(0).dtype;
  return {is_floating(from) ? cast(c.dy(), from) : Tensor()};
}

template struct Family<CreateOps>;

}  // namespace tandem
