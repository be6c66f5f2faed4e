// Scaled dot-product attention in f32, forward and backward, without the matrix of all scores.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// One [rows, dim] matrix for each batch item and head: element (b, h, i, d) at
/// data[b * batch + h * head + i * row + d].
template <class T>
struct Heads {
  T* data = nullptr;
  int64_t batch = 0, head = 0, row = 0;
};

/// What is added to the scores; any stride may be 0 (broadcast) or negative.
struct AttentionMask {
  const float* additive = nullptr;
  const bool* boolean = nullptr;  // true: the key takes part
  int64_t batch = 0, head = 0, row = 0, column = 0;
};

/// out = softmax(scale * q k^T + mask) v, for each batch item and head. Query head h reads key and
/// value head h / (heads / kv_heads). With `causal`, query i sees keys 0..i. A query that sees no
/// key at all gives zeros, and no gradient.
struct Attention {
  int64_t batch, heads, kv_heads, queries, keys, dim, value_dim;
  Heads<const float> q;  // [batch, heads, queries, dim]
  Heads<const float> k;  // [batch, kv_heads, keys, dim]
  Heads<const float> v;  // [batch, kv_heads, keys, value_dim]
  AttentionMask mask;    // [batch, heads, queries, keys]
  bool causal = false;
  float scale = 1;
};

// Queries are taken in blocks whose scores stay in L2, against all keys at once: a softmax in one
// pass over each row, and memory for one block of scores a thread. The block's size follows from
// `keys` alone, every sum has one order, and no sum is shared between threads; so the bits depend
// neither on the number of threads nor, with FMA, on the machine. Forward runs in parallel over
// heads and blocks, backward over key heads, or where those are few over blocks and keys.

/// out: [batch, heads, queries, value_dim]. log_sum_exp, for the backward pass, contiguous [batch,
/// heads, queries]: log of the sum of exp(score) of a row; null if no gradient is wanted.
void attention_forward(const Attention& problem, const Heads<float>& out, float* log_sum_exp);

/// The gradients of q, k and v for the gradient `d_out` of out; the scores are computed anew.
void attention_backward(const Attention& problem, const Heads<const float>& out,
                        const Heads<const float>& d_out, const float* log_sum_exp,
                        const Heads<float>& dq, const Heads<float>& dk, const Heads<float>& dv);

}  // namespace tandem::cpu
