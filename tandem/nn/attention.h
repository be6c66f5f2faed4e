// Attention layers.
#pragma once
#include "tandem/nn/dropout.h"
#include "tandem/nn/linear.h"
#include "tandem/nn/normalization.h"

namespace tandem::nn {

struct MultiheadAttentionOptions {
  Required<int64_t> embed_dim;
  Required<int64_t> num_heads;
  double dropout = 0;
  bool bias = true;
  bool batch_first = false;
};

/// The arguments of MultiheadAttention's forward after query, key and value.
struct AttentionArguments {
  Tensor key_padding_mask = {};  // bool [N, S]: true is left out; or floating, added
  bool need_weights = true;
  Tensor attn_mask = {};  // bool [L, S] or [N * num_heads, L, S]: true is left out; or floating
  bool average_attn_weights = true;
  bool is_causal = false;
};

/// Attention in several subspaces at once (Vaswani et al., 2017).
///
///   auto [output, weights] = attention(x, x, x, {.need_weights = false});
///
/// query: [L, N, E], [N, L, E] with batch_first, or [L, E]; key and value likewise with S. Weights:
/// [N, L, S], or [N, num_heads, L, S] without average_attn_weights; undefined without need_weights,
/// which is faster and leaner. State: in_proj_weight [3E, E], in_proj_bias, out_proj.weight,
/// out_proj.bias.
class MultiheadAttention : public Layer<MultiheadAttentionOptions> {
 public:
  static constexpr Signature called = "forward(query, key, value)";
  using Arguments = AttentionArguments;
  explicit MultiheadAttention(const MultiheadAttentionOptions& options);
  MultiheadAttention(int64_t embed_dim, int64_t num_heads, MultiheadAttentionOptions rest = {})
      : MultiheadAttention((rest.embed_dim = embed_dim, rest.num_heads = num_heads, rest)) {}

  std::array<Tensor, 2> operator()(Arg query, Arg key, Arg value,
                                   const AttentionArguments& arguments = {}) {
    return call([&](const Tensor& q, const Tensor& k,
                    const Tensor& v) { return forward(q, k, v, arguments); },
                query.where, *query.tensor, *key.tensor, *value.tensor);
  }
  using Module::forward;
  std::array<Tensor, 2> forward(const Tensor& query, const Tensor& key, const Tensor& value,
                                const AttentionArguments& arguments);

  Tensor& in_proj_weight;
  Tensor& in_proj_bias;
  Linear& out_proj;
};

struct TransformerEncoderLayerOptions {
  Required<int64_t> d_model;
  Required<int64_t> nhead;
  int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  Name activation = "relu";  // or "gelu"
  double layer_norm_eps = 1e-5;
  bool batch_first = false;
  bool norm_first = false;
  bool bias = true;
};

/// The arguments of TransformerEncoderLayer's forward after src, as MultiheadAttention's attn_mask,
/// key_padding_mask and is_causal.
struct EncoderArguments {
  Tensor src_mask = {};
  Tensor src_key_padding_mask = {};
  bool is_causal = false;
};

/// Self-attention and a feed-forward network, each with a residual and a norm.
class TransformerEncoderLayer : public Layer<TransformerEncoderLayerOptions> {
 public:
  static constexpr Signature called = "forward(src)";
  using Arguments = EncoderArguments;
  explicit TransformerEncoderLayer(const TransformerEncoderLayerOptions& options);
  TransformerEncoderLayer(int64_t d_model, int64_t nhead, TransformerEncoderLayerOptions rest = {})
      : TransformerEncoderLayer((rest.d_model = d_model, rest.nhead = nhead, rest)) {}

  Tensor operator()(Arg src, const EncoderArguments& arguments = {}) {
    return call([&](const Tensor& x) { return forward(x, arguments); }, src.where, *src.tensor);
  }
  Tensor forward(const Tensor& src) override { return forward(src, {}); }
  Tensor forward(const Tensor& src, const EncoderArguments& arguments);

  MultiheadAttention& self_attn;
  Linear& linear1;
  Dropout& dropout;
  Linear& linear2;
  LayerNorm& norm1;
  LayerNorm& norm2;
  Dropout& dropout1;
  Dropout& dropout2;
};

/// The arguments of TransformerDecoderLayer's forward after tgt and memory.
struct DecoderArguments {
  Tensor tgt_mask = {};
  Tensor memory_mask = {};
  Tensor tgt_key_padding_mask = {};
  Tensor memory_key_padding_mask = {};
  bool tgt_is_causal = false;
  bool memory_is_causal = false;
};

/// Self-attention, attention to what an encoder gave (memory), and a feed-forward network.
class TransformerDecoderLayer : public Layer<TransformerEncoderLayerOptions> {
 public:
  static constexpr Signature called = "forward(tgt, memory)";
  using Arguments = DecoderArguments;
  explicit TransformerDecoderLayer(const TransformerEncoderLayerOptions& options);

  Tensor operator()(Arg tgt, const Tensor& memory, const DecoderArguments& arguments = {}) {
    return call([&](const Tensor& x, const Tensor& m) { return forward(x, m, arguments); },
                tgt.where, *tgt.tensor, memory);
  }
  using Module::forward;
  Tensor forward(const Tensor& tgt, const Tensor& memory, const DecoderArguments& arguments);

  MultiheadAttention& self_attn;
  MultiheadAttention& multihead_attn;
  Linear& linear1;
  Dropout& dropout;
  Linear& linear2;
  LayerNorm& norm1;
  LayerNorm& norm2;
  LayerNorm& norm3;
  Dropout& dropout1;
  Dropout& dropout2;
  Dropout& dropout3;
};

}  // namespace tandem::nn
