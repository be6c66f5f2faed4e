#include "tandem/ops/embedding.h"

#include <algorithm>
#include <limits>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor embedding(Arg input, Arg weight, std::optional<int64_t> padding_idx) { return apply(Embedding{padding_idx}, input, weight); }
Tensor embedding_backward(Arg grad, Arg input, int64_t num_embeddings, std::optional<int64_t> padding_idx) { return apply(EmbeddingBackward{num_embeddings, padding_idx}, grad, input); }
Tensor embedding_bag(Arg input, Arg weight, OptArg offsets, Name mode, OptArg per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx) { return apply(EmbeddingBag{mode, include_last_offset, padding_idx}, input, weight, offsets, per_sample_weights); }
// clang-format on

static void check(std::string_view op, const Type& input, int64_t rows,
                  const std::optional<int64_t>& padding_idx) {
  if (!is_integral(input.dtype))
    fail(ErrorCode::dtype, op, "expected integer indices as input, got ", input.dtype,
         ": cast(input, int64)?");
  if (rows < 0) fail(ErrorCode::value, op, "num_embeddings must be 0 or more, got ", rows);
  if (padding_idx && (*padding_idx < -rows || *padding_idx >= rows))
    fail(ErrorCode::index, op, "padding_idx ", *padding_idx, " is outside ", -rows, "..", rows - 1,
         " (num_embeddings=", rows, ")");
}

Type Embedding::infer(const Type& input, const Type& weight) const {
  if (weight.shape.size() != 2)
    fail(ErrorCode::shape, "embedding", "expected weight: [num_embeddings, embedding_dim], got ",
         weight.shape);
  check("embedding", input, weight.shape[0], padding_idx);
  Type out{weight.dtype, input.shape};
  out.shape.push_back(weight.shape[1]);
  return out;
}
Grads Embedding::vjp(const Call& c) const {
  return {Tensor(), embedding_backward(c.dy(), c.operand(0), c.type(1).shape[0], padding_idx)};
}

Type EmbeddingBackward::infer(const Type& grad, const Type& input) const {
  check("embedding_backward", input, num_embeddings, padding_idx);
  Dims expected = input.shape;
  expected.push_back(grad.shape.empty() ? 0 : grad.shape.back());
  if (grad.shape != expected)
    fail(ErrorCode::shape, "embedding_backward", "expected grad: ", expected, ", got ", grad.shape);
  return {grad.dtype, {num_embeddings, expected.back()}};
}
Grads EmbeddingBackward::vjp(const Call& c) const {
  const Tensor input = c.operand(1);
  const Tensor rows = embedding(input, c.dy());
  if (!padding_idx) return {rows};
  const int64_t padding = *padding_idx < 0 ? *padding_idx + num_embeddings : *padding_idx;
  return {where(eq(unsqueeze(input, -1), padding), 0, rows)};
}

namespace {

constexpr std::string_view bag = "embedding_bag";

/// Which bag each of n indices belongs to.
Tensor bags_of(const Tensor& offsets, int64_t n) {
  if (!mode.tracer && offsets.numel()) {
    NoGrad off;
    if (const int64_t first = select(offsets, 0, 0).item<int64_t>(); first != 0)
      fail(ErrorCode::value, bag,
           "offsets[0] has to be 0, i.e., the first bag has to begin at 0; got ", first);
    if (const int64_t last = amax(offsets).item<int64_t>(); last > n)
      fail(ErrorCode::value, bag, "offsets reach to ", last, ", but there are ", n, " indices");
  }
  return searchsorted(offsets, arange(0, n, 1, offsets.dtype()), true) - 1;
}

}  // namespace

Tensor EmbeddingBag::decompose(const Tensor& input, const Tensor& weight, const Tensor* offsets,
                               const Tensor* per_sample_weights) const {
  if (mode != "sum" && mode != "mean" && mode != "max")
    fail(ErrorCode::value, bag, "expected mode \"sum\", \"mean\" or \"max\", got \"", mode, '"');
  if (per_sample_weights && mode != "sum")
    fail(ErrorCode::value, bag, "per_sample_weights go with mode \"sum\" only, got \"", mode, '"');
  if (per_sample_weights && per_sample_weights->shape() != input.shape())
    fail(ErrorCode::shape, bag, "expected per_sample_weights of the input's shape ", input.shape(),
         ", got ", per_sample_weights->shape());
  if (input.dim() != 1 && input.dim() != 2)
    fail(ErrorCode::shape, bag, "expected input: [B, N], or [N] with offsets; got ", input.shape());
  if ((input.dim() == 1) != bool(offsets))
    fail(ErrorCode::value, bag,
         input.dim() == 1 ? "an input of 1 dim needs offsets"
                          : "offsets are for an input of 1 dim only",
         ", got input ", input.shape());
  if (offsets && (offsets->dim() != 1 || !is_integral(offsets->dtype())))
    fail(ErrorCode::shape, bag, "expected offsets: integers [B], got ", offsets->type());

  // All rows in one line, each with the number of its bag.
  const int64_t n = input.numel();
  int64_t count = input.dim() == 2 ? input.size(0) : offsets->size(0);
  const Tensor index = reshape(input, -1);
  Tensor number;
  if (offsets) {
    if (include_last_offset && count == 0)
      fail(ErrorCode::shape, bag, "include_last_offset needs 1 offset or more");
    if (include_last_offset) --count;
    number = n ? bags_of(*offsets, n) : zeros({0}, int64);
    if (include_last_offset) number = clamp_max(number, std::max<int64_t>(count - 1, 0));
  } else {
    number = reshape(expand(unsqueeze(arange(0, count), 1), input.shape()), -1);
  }
  number = cast(number, int64);
  Tensor rows = embedding(index, weight, padding_idx);
  Tensor counts;  // is this row to be counted?
  if (padding_idx) {
    const int64_t padding = *padding_idx < 0 ? *padding_idx + weight.size(0) : *padding_idx;
    counts = ne(index, padding);
    rows = where(unsqueeze(counts, 1), rows, 0);
  }
  if (per_sample_weights) rows = rows * reshape(*per_sample_weights, {-1, 1});
  const Dims shape{count, weight.size(1)};
  if (n == 0 || count == 0) return zeros(shape, weight.dtype()) + sum(rows, {0}, true) * 0;

  if (mode == "max") {
    const Tensor at = expand(unsqueeze(number, 1), rows.shape());
    const Tensor candidates =
        counts ? where(unsqueeze(counts, 1), rows, -std::numeric_limits<double>::infinity()) : rows;
    const Tensor lowest = full(shape, -std::numeric_limits<double>::infinity(), weight.dtype());
    const Tensor largest = scatter_reduce(lowest, 0, at, candidates, "amax");
    return where(isneginf(largest), 0, largest);
  }
  Tensor total = index_add(zeros(shape, weight.dtype()), 0, number, rows);
  if (mode == "sum") return total;
  const Tensor one = counts ? cast(counts, weight.dtype()) : ones({n}, weight.dtype());
  const Tensor size = index_add(zeros({count}, weight.dtype()), 0, number, one);
  return total / unsqueeze(clamp_min(size, 1), 1);
}

template struct Family<EmbeddingOps>;

}  // namespace tandem
