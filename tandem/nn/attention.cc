#include "tandem/nn/attention.h"

#include <cmath>
#include <limits>

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"

namespace tandem::nn {
namespace {

const MultiheadAttentionOptions& checked(const MultiheadAttentionOptions& o) {
  if (o.embed_dim <= 0 || o.num_heads <= 0 || o.embed_dim % o.num_heads != 0)
    fail(ErrorCode::value, "MultiheadAttention",
         "embed_dim must be positive and divisible by num_heads, got ", int64_t(o.embed_dim),
         " and ", int64_t(o.num_heads));
  return o;
}

/// What is added to the scores: -inf where a bool mask is true.
Tensor additive(const Tensor& mask, DType dtype) {
  if (mask.dtype() == DType::boolean)
    return where(mask, full({}, -std::numeric_limits<double>::infinity(), dtype),
                 full({}, 0, dtype));
  if (!is_floating(mask.dtype()))
    fail(ErrorCode::dtype, "MultiheadAttention",
         "only bool and floating types of masks are supported, got ", mask.type());
  return cast(mask, dtype);
}

}  // namespace

MultiheadAttention::MultiheadAttention(const MultiheadAttentionOptions& o)
    : Layer(checked(o)),
      in_proj_weight(register_parameter("in_proj_weight", empty({3 * o.embed_dim, o.embed_dim}))),
      in_proj_bias(
          register_parameter("in_proj_bias", o.bias ? full({3 * o.embed_dim}, 0.0) : Tensor())),
      out_proj(register_module("out_proj", NonDynamicallyQuantizableLinear(o.embed_dim, o.embed_dim,
                                                                           {.bias = o.bias}))) {
  init::xavier_uniform_(in_proj_weight);
  if (out_proj.bias) init::zeros_(out_proj.bias);
}

std::array<Tensor, 2> MultiheadAttention::forward(const Tensor& query, const Tensor& key,
                                                  const Tensor& value,
                                                  const AttentionArguments& arguments) {
  const int64_t E = options.embed_dim, H = options.num_heads, D = E / H;
  const bool batched = query.dim() == 3;
  if ((query.dim() != 2 && !batched) || key.dim() != query.dim() || value.dim() != query.dim())
    fail(ErrorCode::shape, "MultiheadAttention",
         "expected query, key and value of 3 dims, or all of 2, got ", query.shape(), ", ",
         key.shape(), " and ", value.shape());
  for (const Tensor* t : {&query, &key, &value})
    if (t->size(-1) != E)
      fail(ErrorCode::shape, "MultiheadAttention", "expected a last dim of embed_dim=", E, ", got ",
           t->shape());

  const auto batch_first = [&](const Tensor& t) {
    return !batched ? unsqueeze(t, 0) : options.batch_first ? t : transpose(t, 0, 1);
  };
  /// Rows `first`..`first + count` thirds of the projection.
  const auto projected = [&](const Tensor& t, int64_t first, int64_t count) {
    if (count == 3) return linear(t, in_proj_weight, in_proj_bias);
    return linear(t, narrow(in_proj_weight, 0, first * E, count * E),
                  in_proj_bias ? narrow(in_proj_bias, 0, first * E, count * E) : Tensor());
  };
  const auto heads = [&](const Tensor& t) {  // [N, T, E] -> [N, H, T, D]
    return transpose(reshape(t, {t.size(0), t.size(1), H, D}), 1, 2);
  };
  Tensor q, k, v;
  const Tensor from = batch_first(query);
  if (query.is_same(key) && key.is_same(value)) {
    const Tensor all = projected(from, 0, 3);
    q = heads(narrow(all, 2, 0, E));
    k = heads(narrow(all, 2, E, E));
    v = heads(narrow(all, 2, 2 * E, E));
  } else {
    q = heads(projected(from, 0, 1));
    k = heads(projected(batch_first(key), 1, 1));
    v = heads(projected(batch_first(value), 2, 1));
  }
  const int64_t N = q.size(0), L = q.size(2), S = k.size(2);

  Tensor mask;
  if (const Tensor& m = arguments.attn_mask) {
    mask = additive(m, q.dtype());
    if (mask.shape() == Dims{N * H, L, S})
      mask = reshape(mask, {N, H, L, S});
    else if (mask.shape() != Dims{L, S})
      fail(ErrorCode::shape, "MultiheadAttention", "expected attn_mask of shape ", Dims{L, S},
           " or ", Dims{N * H, L, S}, ", got ", m.shape());
  }
  if (const Tensor& m = arguments.key_padding_mask) {
    if (m.shape() != (batched ? Dims{N, S} : Dims{S}))
      fail(ErrorCode::shape, "MultiheadAttention", "expected key_padding_mask of shape ",
           batched ? Dims{N, S} : Dims{S}, ", got ", m.shape());
    const Tensor padding = reshape(additive(m, q.dtype()), {N, 1, 1, S});
    mask = mask ? mask + padding : padding;
  }
  const double p = training ? options.dropout : 0;
  const bool causal = arguments.is_causal && !arguments.attn_mask;
  if (causal && (mask || arguments.need_weights)) {
    const Tensor future =
        triu(full({L, S}, -std::numeric_limits<double>::infinity(), q.dtype()), 1);
    mask = mask ? mask + future : future;
  }

  Tensor y, weights;
  if (arguments.need_weights) {
    Tensor scores = matmul(q * (1 / std::sqrt(double(D))), transpose(k, -2, -1));
    if (mask) scores = scores + mask;
    weights = softmax(scores, -1);
    if (p > 0) weights = tandem::dropout(weights, p, true);
    y = matmul(weights, v);
  } else {
    y = scaled_dot_product_attention(q, k, v, mask, p, causal && !mask);
  }
  y = out_proj(reshape(transpose(y, 1, 2), {N, L, E}));
  if (weights && arguments.average_attn_weights) weights = mean(weights, {1});
  if (!batched) {
    if (weights) weights = squeeze(weights, 0);
    return {squeeze(y, 0), weights};
  }
  return {options.batch_first ? y : transpose(y, 0, 1), weights};
}

// What the layers of transformers share.

static MultiheadAttention attention_of(const TransformerEncoderLayerOptions& o) {
  return MultiheadAttention(o.d_model, o.nhead,
                            {.dropout = o.dropout, .bias = o.bias, .batch_first = o.batch_first});
}
static LayerNorm norm_of(const TransformerEncoderLayerOptions& o) {
  return LayerNorm(Dims{o.d_model}, {.eps = o.layer_norm_eps, .bias = o.bias});
}
static void check_activation(std::string_view layer, const TransformerEncoderLayerOptions& o) {
  if (o.activation != Name("relu") && o.activation != Name("gelu"))
    fail(ErrorCode::value, layer, "activation should be relu/gelu, not ", o.activation);
}
static Tensor activated(const TransformerEncoderLayerOptions& o, const Tensor& x) {
  return o.activation == Name("gelu") ? gelu(x) : relu(x);
}

TransformerEncoderLayer::TransformerEncoderLayer(const TransformerEncoderLayerOptions& o)
    : Layer(o),
      self_attn(register_module("self_attn", attention_of(o))),
      linear1(register_module("linear1", Linear(o.d_model, o.dim_feedforward, {.bias = o.bias}))),
      dropout(register_module("dropout", Dropout(o.dropout))),
      linear2(register_module("linear2", Linear(o.dim_feedforward, o.d_model, {.bias = o.bias}))),
      norm1(register_module("norm1", norm_of(o))),
      norm2(register_module("norm2", norm_of(o))),
      dropout1(register_module("dropout1", Dropout(o.dropout))),
      dropout2(register_module("dropout2", Dropout(o.dropout))) {
  check_activation("TransformerEncoderLayer", o);
}

Tensor TransformerEncoderLayer::forward(const Tensor& src, const EncoderArguments& arguments) {
  const auto attend = [&](const Tensor& x) {
    return dropout1(self_attn(x, x, x,
                              {.key_padding_mask = arguments.src_key_padding_mask,
                               .need_weights = false,
                               .attn_mask = arguments.src_mask,
                               .is_causal = arguments.is_causal})[0]);
  };
  const auto feed_forward = [&](const Tensor& x) {
    return dropout2(linear2(dropout(activated(options, linear1(x)))));
  };
  if (options.norm_first) {
    const Tensor x = src + attend(norm1(src));
    return x + feed_forward(norm2(x));
  }
  const Tensor x = norm1(src + attend(src));
  return norm2(x + feed_forward(x));
}

TransformerDecoderLayer::TransformerDecoderLayer(const TransformerEncoderLayerOptions& o)
    : Layer(o),
      self_attn(register_module("self_attn", attention_of(o))),
      multihead_attn(register_module("multihead_attn", attention_of(o))),
      linear1(register_module("linear1", Linear(o.d_model, o.dim_feedforward, {.bias = o.bias}))),
      dropout(register_module("dropout", Dropout(o.dropout))),
      linear2(register_module("linear2", Linear(o.dim_feedforward, o.d_model, {.bias = o.bias}))),
      norm1(register_module("norm1", norm_of(o))),
      norm2(register_module("norm2", norm_of(o))),
      norm3(register_module("norm3", norm_of(o))),
      dropout1(register_module("dropout1", Dropout(o.dropout))),
      dropout2(register_module("dropout2", Dropout(o.dropout))),
      dropout3(register_module("dropout3", Dropout(o.dropout))) {
  check_activation("TransformerDecoderLayer", o);
}

Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory,
                                        const DecoderArguments& a) {
  const auto attend = [&](const Tensor& x) {
    return dropout1(self_attn(x, x, x,
                              {.key_padding_mask = a.tgt_key_padding_mask,
                               .need_weights = false,
                               .attn_mask = a.tgt_mask,
                               .is_causal = a.tgt_is_causal})[0]);
  };
  const auto look = [&](const Tensor& x) {
    return dropout2(multihead_attn(x, memory, memory,
                                   {.key_padding_mask = a.memory_key_padding_mask,
                                    .need_weights = false,
                                    .attn_mask = a.memory_mask,
                                    .is_causal = a.memory_is_causal})[0]);
  };
  const auto feed_forward = [&](const Tensor& x) {
    return dropout3(linear2(dropout(activated(options, linear1(x)))));
  };
  if (options.norm_first) {
    Tensor x = tgt + attend(norm1(tgt));
    x = x + look(norm2(x));
    return x + feed_forward(norm3(x));
  }
  Tensor x = norm1(tgt + attend(tgt));
  x = norm2(x + look(x));
  return norm3(x + feed_forward(x));
}

}  // namespace tandem::nn
