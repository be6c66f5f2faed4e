#include "tandem/ops/embedding.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor embedding(Arg input, Arg weight, std::optional<int64_t> padding_idx) { return apply(Embedding{padding_idx}, input, weight); }
Tensor embedding_backward(Arg grad, Arg input, int64_t num_embeddings, std::optional<int64_t> padding_idx) { return apply(EmbeddingBackward{num_embeddings, padding_idx}, grad, input); }
// clang-format on

static void check(std::string_view op, const Type& input, int64_t rows,
                  const std::optional<int64_t>& padding_idx) {
  if (!is_integral(input.dtype))
    fail(ErrorCode::dtype, op, "expected integer indices as input, got ", input.dtype,
         ": cast(input, int64)?");
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

template struct Family<EmbeddingOps>;

}  // namespace tandem
