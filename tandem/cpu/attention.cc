#include "tandem/cpu/attention.h"

#include <algorithm>
#include <limits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/attention_rows.h"
#include "tandem/cpu/gemm.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr int64_t lanes = 16;
int64_t padded(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

/// Floats from one row of scores to the next: never a multiple of 4 KB, which would bring the rows
/// of a tile into one set of L1.
int64_t score_pitch(const Attention& p) { return padded(p.keys) + lanes; }

/// Queries of a block: whole tiles on every target, few enough that values are read in place, and
/// fewer where a row of scores is long.
int64_t block_rows(const Attention& p) {
  return std::clamp<int64_t>(65536 / score_pitch(p) / 6 * 6, 6, 42);
}

template <class T>
T* at(const Heads<T>& x, int64_t batch, int64_t head, int64_t row = 0) {
  return x.data + batch * x.batch + head * x.head + row * x.row;
}

/// The transpose of [rows, columns] in panels: keys as the right operand of q k^T.
const float* transposed_panels(const float* data, int64_t row_stride, int64_t rows, int64_t columns,
                               Scratch& scratch) {
  float* panels = scratch.get<float>(panels_size(columns, rows));
  pack_panels(columns, rows, {data, 1, row_stride}, panels);
  return panels;
}

/// Mask rows as floats to add, padded, for a block of queries.
class MaskRows {
 public:
  MaskRows(const Attention& p, Scratch& scratch) : mask_(p.mask), keys_(p.keys) {
    if (!mask_.additive && !mask_.boolean) return;
    pitch_ = mask_.row == 0 ? 0 : score_pitch(p);
    rows_ = scratch.get<float>(mask_.row == 0 ? padded(p.keys) : block_rows(p) * pitch_);
  }
  /// Reads the rows [first, first + count) into `block`.
  void read(int64_t batch, int64_t head, int64_t first, int64_t count, ScoreBlock& block) const {
    block.bias = rows_;
    block.bias_pitch = pitch_;
    if (!rows_) return;
    for (int64_t i = 0; i < (pitch_ ? count : 1); ++i) {
      const int64_t offset = batch * mask_.batch + head * mask_.head + (first + i) * mask_.row;
      float* to = rows_ + i * pitch_;
      for (int64_t j = 0; j < keys_; ++j)
        to[j] = mask_.additive ? mask_.additive[offset + j * mask_.column]
                : mask_.boolean[offset + j * mask_.column]
                    ? 0
                    : -std::numeric_limits<float>::infinity();
      std::fill(to + keys_, to + padded(keys_), 0.0f);
    }
  }

 private:
  AttentionMask mask_;
  int64_t keys_;
  int64_t pitch_ = 0;
  float* rows_ = nullptr;
};

/// A block of queries: which, and how many keys the last of them sees.
struct QueryBlock {
  QueryBlock(const Attention& p, int64_t index)
      : first(index * block_rows(p)),
        rows(std::min(block_rows(p), p.queries - first)),
        keys(p.causal ? std::min(p.keys, first + rows) : p.keys) {}
  int64_t first, rows, keys;
};

/// The raw scores q k^T of a block, and what the row kernels need to know about it.
ScoreBlock scores_of(const Attention& p, const QueryBlock& block, int64_t batch, int64_t head,
                     const float* key_panels, const MaskRows& mask, float* scores) {
  ScoreBlock s{.scores = scores,
               .pitch = score_pitch(p),
               .rows = block.rows,
               .columns = padded(block.keys),
               .keys = p.keys,
               .visible = p.causal ? block.first + 1 : p.keys,
               .scale = p.scale,
               .bias = nullptr,
               .bias_pitch = 0};
  mask.read(batch, head, block.first, block.rows, s);
  gemm_on_this_thread({.m = block.rows,
                       .n = s.columns,
                       .k = p.dim,
                       .a = {at(p.q, batch, head, block.first), p.q.row, 1},
                       .b = {},
                       .c = scores,
                       .c_pitch = s.pitch,
                       .b_panels = key_panels});
  return s;
}

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

void attention_forward(const Attention& p, const Heads<float>& out, float* log_sum_exp) {
  if (p.batch * p.heads * p.queries == 0) return;
  const int64_t blocks = ceil_div(p.queries, block_rows(p));
  // Heads are cut only where there are few: each piece lays the keys out in panels for itself.
  const int64_t pieces =
      std::clamp<int64_t>(ceil_div(4 * num_threads(), p.batch * p.heads), 1, ceil_div(blocks, 4));
  parallel_tasks(p.batch * p.heads * pieces, [&](int64_t task) {
    const int64_t piece = task % pieces, head = task / pieces % p.heads,
                  batch = task / pieces / p.heads, kv_head = head / (p.heads / p.kv_heads);
    Scratch scratch;
    const float* keys = transposed_panels(at(p.k, batch, kv_head), p.k.row, p.keys, p.dim, scratch);
    float* scores = scratch.get<float>(block_rows(p) * score_pitch(p));
    float* reciprocal = scratch.get<float>(block_rows(p));
    const MaskRows mask(p, scratch);
    for (int64_t b = blocks * piece / pieces; b < blocks * (piece + 1) / pieces; ++b) {
      const QueryBlock block(p, b);
      const ScoreBlock s = scores_of(p, block, batch, head, keys, mask, scores);
      softmax_rows(
          s, reciprocal,
          log_sum_exp ? log_sum_exp + (batch * p.heads + head) * p.queries + block.first : nullptr);
      float* to = at(out, batch, head, block.first);
      gemm_on_this_thread({.m = block.rows,
                           .n = p.value_dim,
                           .k = block.keys,
                           .a = {scores, s.pitch, 1},
                           .b = {at(p.v, batch, kv_head), p.v.row, 1},
                           .c = to,
                           .c_pitch = out.row});
      // Dividing here costs value_dim operations a row, not `keys`.
      for (int64_t i = 0; i < block.rows; ++i, to += out.row)
        for (int64_t j = 0; j < p.value_dim; ++j) to[j] *= reciprocal[i];
    }
  });
}

void attention_backward(const Attention& p, const Heads<const float>& out,
                        const Heads<const float>& d_out, const float* log_sum_exp,
                        const Heads<float>& dq, const Heads<float>& dk, const Heads<float>& dv) {
  const int64_t blocks = ceil_div(p.queries, block_rows(p));
  const int64_t group = p.heads / std::max<int64_t>(p.kv_heads, 1);
  parallel_tasks(p.batch * p.kv_heads, [&](int64_t task) {
    const int64_t batch = task / p.kv_heads, kv_head = task % p.kv_heads;
    const float *k = at(p.k, batch, kv_head), *v = at(p.v, batch, kv_head);
    float *to_dk = at(dk, batch, kv_head), *to_dv = at(dv, batch, kv_head);
    for (int64_t j = 0; j < p.keys; ++j) {
      std::fill(to_dk + j * dk.row, to_dk + j * dk.row + p.dim, 0.0f);
      std::fill(to_dv + j * dv.row, to_dv + j * dv.row + p.value_dim, 0.0f);
    }
    Scratch scratch;
    const float* keys = transposed_panels(k, p.k.row, p.keys, p.dim, scratch);
    const float* values = transposed_panels(v, p.v.row, p.keys, p.value_dim, scratch);
    const int64_t pitch = score_pitch(p);
    float* scores = scratch.get<float>(block_rows(p) * pitch);
    float* dp = scratch.get<float>(block_rows(p) * pitch);
    float* delta = scratch.get<float>(block_rows(p));
    const MaskRows mask(p, scratch);
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head)
      for (int64_t b = 0; b < blocks; ++b) {
        const QueryBlock block(p, b);
        const float* q = at(p.q, batch, head, block.first);
        const float* dy = at(d_out, batch, head, block.first);
        const ScoreBlock s = scores_of(p, block, batch, head, keys, mask, scores);
        gemm_on_this_thread({.m = block.rows,
                             .n = s.columns,
                             .k = p.value_dim,
                             .a = {dy, d_out.row, 1},
                             .b = {},
                             .c = dp,
                             .c_pitch = pitch,
                             .b_panels = values});
        // The sum over keys of p * dp, which is also that of out * d_out.
        dot_rows(at(out, batch, head, block.first), out.row, dy, d_out.row, block.rows, p.value_dim,
                 delta);
        softmax_rows_backward(s, log_sum_exp + (batch * p.heads + head) * p.queries + block.first,
                              delta, dp);
        gemm_on_this_thread({.m = block.rows,
                             .n = p.dim,
                             .k = block.keys,
                             .a = {dp, pitch, 1},
                             .b = {k, p.k.row, 1},
                             .c = at(dq, batch, head, block.first),
                             .c_pitch = dq.row});
        gemm_on_this_thread({.m = block.keys,
                             .n = p.dim,
                             .k = block.rows,
                             .a = {dp, 1, pitch},
                             .b = {q, p.q.row, 1},
                             .c = to_dk,
                             .c_pitch = dk.row,
                             .accumulate = true});
        gemm_on_this_thread({.m = block.keys,
                             .n = p.value_dim,
                             .k = block.rows,
                             .a = {scores, 1, pitch},
                             .b = {dy, d_out.row, 1},
                             .c = to_dv,
                             .c_pitch = dv.row,
                             .accumulate = true});
      }
  });
}

}  // namespace tandem::cpu
