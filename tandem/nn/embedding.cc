#include "tandem/nn/embedding.h"

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {

namespace {

/// padding_idx counted from the start.
template <class Options>
Options checked(std::string_view module, Options o) {
  if (!o.padding_idx) return o;
  if (*o.padding_idx < -o.num_embeddings || *o.padding_idx >= o.num_embeddings)
    fail(ErrorCode::value, module, "padding_idx must be within num_embeddings, got ",
         *o.padding_idx, " for ", int64_t(o.num_embeddings));
  if (*o.padding_idx < 0) *o.padding_idx += o.num_embeddings;
  return o;
}

void draw_rows(Tensor& weight, const std::optional<int64_t>& padding) {
  init::normal_(weight);
  if (!padding) return;
  NoGrad off;
  slice(weight, 0, *padding, *padding + 1).fill_(0);
}

}  // namespace

Embedding::Embedding(const EmbeddingOptions& o)
    : Layer(checked("Embedding", o)),
      weight(register_parameter("weight", empty({o.num_embeddings, o.embedding_dim}))) {
  draw_rows(weight, options.padding_idx);
}
Tensor Embedding::forward(const Tensor& input) {
  return embedding(input, weight, options.padding_idx);
}
std::string Embedding::extra_repr() const {
  std::string s = text(int64_t(options.num_embeddings), ", ", int64_t(options.embedding_dim));
  if (options.padding_idx) s += text(", padding_idx=", *options.padding_idx);
  return s;
}

EmbeddingBag::EmbeddingBag(const EmbeddingBagOptions& o)
    : Layer(checked("EmbeddingBag", o)),
      weight(register_parameter("weight", empty({o.num_embeddings, o.embedding_dim}))) {
  if (o.max_norm || o.scale_grad_by_freq || o.sparse)
    fail(ErrorCode::unsupported, "EmbeddingBag",
         "max_norm, scale_grad_by_freq and sparse are not supported; without sparse=True the "
         "gradients are the same, held densely");
  if (o.mode != "sum" && o.mode != "mean" && o.mode != "max")
    fail(ErrorCode::value, "EmbeddingBag", "mode has to be one of sum, mean or max, got ", o.mode);
  draw_rows(weight, options.padding_idx);
}
Tensor EmbeddingBag::forward(const Tensor& input, const Tensor& offsets,
                             const Tensor& per_sample_weights) {
  const auto given = [](const Tensor& t) { return t ? OptArg(t) : OptArg(); };
  return embedding_bag(input, weight, given(offsets), options.mode, given(per_sample_weights),
                       options.include_last_offset, options.padding_idx);
}
std::string EmbeddingBag::extra_repr() const {
  std::string s = text(int64_t(options.num_embeddings), ", ", int64_t(options.embedding_dim),
                       ", mode='", options.mode, "'");
  if (options.padding_idx) s += text(", padding_idx=", *options.padding_idx);
  return s;
}

}  // namespace tandem::nn
