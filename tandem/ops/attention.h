// Attention.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// softmax(query @ key^T * scale + mask) @ value.  query: [..., H, L, E], key: [..., H, S, E],
/// value: [..., H, S, V]; result: [..., H, L, V]. attn_mask broadcasts to [..., H, L, S]: bool
/// (true takes part) or added to the scores; is_causal lets query i see keys 0..i and excludes a
/// mask. scale is 1 / sqrt(E) unless given. With enable_gqa the heads of query may be a multiple of
/// those of key and value, which are then shared by neighbours. A query that sees no key gives 0.
/// dropout_p drops attention weights.
struct ScaledDotProductAttention {
  static constexpr Signature signature =
      "scaled_dot_product_attention(query, key, value, attn_mask?, dropout_p, is_causal, scale, "
      "enable_gqa)";
  double dropout_p = 0;
  bool is_causal = false;
  std::optional<double> scale;
  bool enable_gqa = false;
  Type infer(const Type& query, const Type& key, const Type& value, const Type* attn_mask) const;
  Tensor decompose(const Tensor& query, const Tensor& key, const Tensor& value,
                   const Tensor* attn_mask) const;
};

/// The same for query: [N, H, L, E], key: [N, H / group, S, E], value: [N, H / group, S, V], with
/// the logarithm of each softmax's denominator, [N, H, L], which the gradient reads; the weights
/// themselves need never be in memory. The mask has no gradient here.
struct NativeAttention {
  static constexpr Signature signature =
      "native_attention(query, key, value, attn_mask?, is_causal, scale)";
  static constexpr std::string_view results[] = {"output", "logsumexp"};
  bool is_causal = false;
  double scale = 1;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::heads_inside;
  std::array<Type, 2> infer(const Type& query, const Type& key, const Type& value,
                            const Type* attn_mask) const;
  std::array<Tensor, 2> decompose(const Tensor& query, const Tensor& key, const Tensor& value,
                                  const Tensor* attn_mask) const;
  Grads vjp(const Call& c) const;
};

/// The gradients of native_attention's output for query, key and value.
struct NativeAttentionBackward {
  static constexpr Signature signature =
      "native_attention_backward(grad, query, key, value, attn_mask?, output, logsumexp, "
      "is_causal, scale)";
  static constexpr std::string_view results[] = {"grad_query", "grad_key", "grad_value"};
  bool is_causal = false;
  double scale = 1;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::heads_inside;
  std::array<Type, 3> infer(const Type& grad, const Type& query, const Type& key, const Type& value,
                            const Type* attn_mask, const Type& output, const Type& logsumexp) const;
  std::array<Tensor, 3> decompose(const Tensor& grad, const Tensor& query, const Tensor& key,
                                  const Tensor& value, const Tensor* attn_mask,
                                  const Tensor& output, const Tensor& logsumexp) const;
};

struct AttentionOps : List<ScaledDotProductAttention, NativeAttention, NativeAttentionBackward> {};

}  // namespace tandem
