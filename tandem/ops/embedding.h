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

struct EmbeddingOps : List<Embedding, EmbeddingBackward> {};

}  // namespace tandem
