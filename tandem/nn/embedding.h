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

struct EmbeddingBagOptions {
  Required<int64_t> num_embeddings;
  Required<int64_t> embedding_dim;
  std::optional<double> max_norm = {};  // not supported, nor are norm_type,
  double norm_type = 2;
  bool scale_grad_by_freq = false;  // this,
  Name mode = "mean";               // "sum" or "max"
  bool sparse = false;              // and this
  bool include_last_offset = false;
  std::optional<int64_t> padding_idx = {};
};

/// For each bag of indices the sum, mean or maximum of its rows of weight, normal at first.
/// input: integers [B, N], or [N] with offsets [B]; result: [B, embedding_dim]. Error: code
/// unsupported for max_norm, scale_grad_by_freq and sparse.
class EmbeddingBag : public Layer<EmbeddingBagOptions> {
 public:
  static constexpr Signature called = "forward(input, offsets?, per_sample_weights?)";
  explicit EmbeddingBag(const EmbeddingBagOptions& options);
  EmbeddingBag(int64_t num_embeddings, int64_t embedding_dim, EmbeddingBagOptions rest = {})
      : EmbeddingBag(
            (rest.num_embeddings = num_embeddings, rest.embedding_dim = embedding_dim, rest)) {}
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& offsets, const Tensor& per_sample_weights);
  Tensor operator()(Arg input, const Tensor& offsets = {}, const Tensor& per_sample_weights = {}) {
    return call(
        [this](const Tensor& x, const Tensor& o, const Tensor& w) { return forward(x, o, w); },
        input.where, *input.tensor, offsets, per_sample_weights);
  }
  std::string extra_repr() const override;

  Tensor& weight;
};

}  // namespace tandem::nn
