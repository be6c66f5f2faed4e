// Rows of a table, looked up by index.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// weight[input].  input: [...] integers in 0..num_embeddings-1; weight: [num_embeddings,
/// embedding_dim]; result: [..., embedding_dim]. The row padding_idx (which may count from the end)
/// receives no gradient. An index outside is an error of code index.
struct Embedding {
  static constexpr Signature signature = "embedding(input, weight, padding_idx)";
  std::optional<int64_t> padding_idx;
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& weight) const;
  Grads vjp(const Call& c) const;
};

/// A table of num_embeddings rows, each the sum, in row-major order, of the rows of grad whose
/// index it is.  grad: [..., embedding_dim], input: [...].
struct EmbeddingBackward {
  static constexpr Signature signature =
      "embedding_backward(grad, input, num_embeddings, padding_idx)";
  Required<int64_t> num_embeddings;
  std::optional<int64_t> padding_idx;
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& grad, const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// For each bag of indices the "sum", "mean" or "max" of its rows of weight.  input: integers
/// [B, N], a bag a row, or [N] with offsets [B], where each bag begins (the first one at 0);
/// result: [B, embedding_dim], zeros for an empty bag. With include_last_offset the last offset is
/// the end of the last bag. Rows padding_idx count for nothing; per_sample_weights, of the input's
/// shape, multiply the rows of a sum.
struct EmbeddingBag {
  static constexpr Signature signature =
      "embedding_bag(input, weight, offsets?, mode, per_sample_weights?, include_last_offset, "
      "padding_idx)";
  Name mode = "mean";
  bool include_last_offset = false;
  std::optional<int64_t> padding_idx;
  Tensor decompose(const Tensor& input, const Tensor& weight, const Tensor* offsets,
                   const Tensor* per_sample_weights) const;
};

struct EmbeddingOps : List<Embedding, EmbeddingBackward, EmbeddingBag> {};

}  // namespace tandem
