#include "tandem/nn/embedding.h"

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {

static EmbeddingOptions checked(EmbeddingOptions o) {
  if (!o.padding_idx) return o;
  if (*o.padding_idx < -o.num_embeddings || *o.padding_idx >= o.num_embeddings)
    fail(ErrorCode::value, "Embedding", "padding_idx must be within num_embeddings, got ",
         *o.padding_idx, " for ", int64_t(o.num_embeddings));
  if (*o.padding_idx < 0) *o.padding_idx += o.num_embeddings;
  return o;
}

Embedding::Embedding(const EmbeddingOptions& o)
    : Layer(checked(o)),
      weight(register_parameter("weight", empty({o.num_embeddings, o.embedding_dim}))) {
  init::normal_(weight);
  if (const auto padding = options.padding_idx) {
    NoGrad off;
    slice(weight, 0, *padding, *padding + 1).fill_(0);
  }
}
Tensor Embedding::forward(const Tensor& input) {
  return embedding(input, weight, options.padding_idx);
}
std::string Embedding::extra_repr() const {
  std::string s = text(int64_t(options.num_embeddings), ", ", int64_t(options.embedding_dim));
  if (options.padding_idx) s += text(", padding_idx=", *options.padding_idx);
  return s;
}

}  // namespace tandem::nn
