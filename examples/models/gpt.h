// A small language model: a decoder-only transformer with norms before each block.
#pragma once
#include <cmath>

#include "tandem/nn/nn.h"

namespace tandem::models {

struct GptConfig {
  int64_t vocabulary = 65;
  int64_t width = 128;
  int64_t heads = 4;
  int64_t layers = 4;
  int64_t context = 64;
  bool causal = true;  // false: every token sees every other, as in an encoder
  bool head = true;    // false: hidden states instead of logits
};

/// Attention to the tokens before, then a feed-forward network, each around a residual.
struct GptBlock : nn::Module {
  int64_t heads;
  bool causal;
  nn::LayerNorm& norm1;
  nn::LayerNorm& norm2;
  nn::Linear& qkv;
  nn::Linear& out;
  nn::Linear& fc1;
  nn::Linear& fc2;

  GptBlock(int64_t d, int64_t heads, bool causal = true)
      : heads(heads),
        causal(causal),
        norm1(register_module("norm1", nn::LayerNorm(d))),
        norm2(register_module("norm2", nn::LayerNorm(d))),
        qkv(register_module("qkv", nn::Linear(d, 3 * d))),
        out(register_module("out", nn::Linear(d, d))),
        fc1(register_module("fc1", nn::Linear(d, 4 * d))),
        fc2(register_module("fc2", nn::Linear(4 * d, d))) {}

  Tensor forward(const Tensor& input) override {
    const int64_t b = input.size(0), t = input.size(1), d = input.size(2);
    const Tensor all = qkv(norm1(input));
    const auto part = [&](int64_t i) {  // (B, heads, T, D / heads)
      return transpose(reshape(narrow(all, 2, i * d, d), {b, t, heads, d / heads}), 1, 2);
    };
    const Tensor y = scaled_dot_product_attention(part(0), part(1), part(2), {}, 0, causal);
    const Tensor x = input + out(reshape(transpose(y, 1, 2), {b, t, d}));
    return x + fc2(gelu(fc1(norm2(x))));
  }
};

/// ids [B, T] -> logits [B, T, vocabulary]
struct Gpt : nn::Module {
  nn::Embedding& tokens;
  nn::Embedding& positions;
  nn::ModuleList& layers;
  nn::LayerNorm& norm;
  nn::Module& head;

  explicit Gpt(const GptConfig& config = {})
      : tokens(register_module("tokens", nn::Embedding(config.vocabulary, config.width))),
        positions(register_module("positions", nn::Embedding(config.context, config.width))),
        layers(register_module("layers", blocks(config))),
        norm(register_module("norm", nn::LayerNorm(config.width))),
        head(make_head(config)) {}

  Tensor forward(const Tensor& ids) override {
    Tensor x = tokens(ids) + positions(arange(0, ids.size(1)));
    for (nn::Module& layer : layers) x = layer(x);
    return head(norm(x));
  }

 private:
  static nn::ModuleList blocks(const GptConfig& config) {
    nn::ModuleList list;
    for (int64_t i = 0; i < config.layers; ++i)
      list.append(GptBlock(config.width, config.heads, config.causal));
    return list;
  }
  nn::Module& make_head(const GptConfig& config) {
    if (!config.head) return register_module("head", nn::Identity());
    return register_module("head", nn::Linear(config.width, config.vocabulary, {.bias = false}));
  }
};

}  // namespace tandem::models
