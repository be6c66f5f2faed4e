// Tables of vectors.
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct EmbeddingOptions {
  Required<int64_t> num_embeddings;
  Required<int64_t> embedding_dim;
  std::optional<int64_t> padding_idx = {};
};

/// Row input[...] of weight: [num_embeddings, embedding_dim], normal at first. The row padding_idx
/// is zero at first and gets no gradient.  input: integers [...]; result: [..., embedding_dim].
class Embedding : public Layer<EmbeddingOptions> {
 public:
  explicit Embedding(const EmbeddingOptions& options);
  Embedding(int64_t num_embeddings, int64_t embedding_dim, EmbeddingOptions rest = {})
      : Embedding(
            (rest.num_embeddings = num_embeddings, rest.embedding_dim = embedding_dim, rest)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  Tensor& weight;
};

}  // namespace tandem::nn
