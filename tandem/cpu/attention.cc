#include "tandem/cpu/attention.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/attention_rows.h"
#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/gemm.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr int64_t lanes = 16;
int64_t padded(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

/// Floats from one row of scores to the next: never a multiple of 4 KB, which would bring the rows
/// of a tile into one set of L1.
int64_t score_pitch(const Attention& p) { return padded(p.keys) + lanes; }

/// Queries of a block: whole tiles on every target, few enough that values are read in place, fewer
/// where a row of scores is long, and fewer of a causal problem, whose blocks compute the scores
/// that their last query sees.
int64_t block_rows(const Attention& p) {
  return std::clamp<int64_t>(65536 / score_pitch(p) / 6 * 6, 6, p.causal ? 24 : 42);
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

/// What backward needs of a block of queries at a time.
struct BackwardBlock {
  BackwardBlock(const Attention& p, Scratch& scratch)
      : scores(scratch.get<float>(block_rows(p) * score_pitch(p))),
        d_scores(scratch.get<float>(block_rows(p) * score_pitch(p))),
        delta(scratch.get<float>(block_rows(p))),
        mask(p, scratch) {}
  float *scores, *d_scores;  // probabilities, and gradients of the raw scores
  float* delta;
  MaskRows mask;
};

/// Backward of one key head: over the blocks of all query heads that read it, in order.
class KeyHead {
 public:
  KeyHead(const Attention& p, const Heads<const float>& out, const Heads<const float>& d_out,
          const float* log_sum_exp, const Heads<float>& dq, const Heads<float>& dk,
          const Heads<float>& dv, int64_t index, Scratch& scratch)
      : p_(p),
        out_(out),
        d_out_(d_out),
        log_sum_exp_(log_sum_exp),
        dq_(dq),
        dk_(dk),
        dv_(dv),
        batch_(index / p.kv_heads),
        kv_head_(index % p.kv_heads),
        blocks_(ceil_div(p.queries, block_rows(p))),
        group_(p.heads / p.kv_heads),
        keys_(transposed_panels(at(p.k, batch_, kv_head_), p.k.row, p.keys, p.dim, scratch)),
        values_(
            transposed_panels(at(p.v, batch_, kv_head_), p.v.row, p.keys, p.value_dim, scratch)) {}

  /// Blocks of all its query heads.
  int64_t blocks() const { return group_ * blocks_; }

  /// The keys that no block adds to.
  void clear() const {
    float *to_dk = at(dk_, batch_, kv_head_), *to_dv = at(dv_, batch_, kv_head_);
    for (int64_t j = block_of(0).keys; j < p_.keys; ++j) {
      std::fill(to_dk + j * dk_.row, to_dk + j * dk_.row + p_.dim, 0.0f);
      std::fill(to_dv + j * dv_.row, to_dv + j * dv_.row + p_.value_dim, 0.0f);
    }
  }

  /// Probabilities and score gradients of a block, and from them dq.
  void score_gradients(int64_t index, BackwardBlock& at_work) const {
    const int64_t head = kv_head_ * group_ + index / blocks_, pitch = score_pitch(p_);
    const QueryBlock block = block_of(index);
    const float* dy = at(d_out_, batch_, head, block.first);
    const ScoreBlock s = scores_of(p_, block, batch_, head, keys_, at_work.mask, at_work.scores);
    gemm_on_this_thread({.m = block.rows,
                         .n = s.columns,
                         .k = p_.value_dim,
                         .a = {dy, d_out_.row, 1},
                         .b = {},
                         .c = at_work.d_scores,
                         .c_pitch = pitch,
                         .b_panels = values_});
    // The sum over keys of p * dp, which is also that of out * d_out.
    dot_rows(at(out_, batch_, head, block.first), out_.row, dy, d_out_.row, block.rows,
             p_.value_dim, at_work.delta);
    softmax_rows_backward(s, log_sum_exp_ + (batch_ * p_.heads + head) * p_.queries + block.first,
                          at_work.delta, at_work.d_scores);
    gemm_on_this_thread({.m = block.rows,
                         .n = p_.dim,
                         .k = block.keys,
                         .a = {at_work.d_scores, pitch, 1},
                         .b = {at(p_.k, batch_, kv_head_), p_.k.row, 1},
                         .c = at(dq_, batch_, head, block.first),
                         .c_pitch = dq_.row});
  }

  /// Adds the block's part to dk and dv of the keys [begin, end); the first block sets them.
  void add_to_keys(int64_t index, const BackwardBlock& done, int64_t begin, int64_t end) const {
    const int64_t head = kv_head_ * group_ + index / blocks_, pitch = score_pitch(p_);
    const QueryBlock block = block_of(index);
    const int64_t count = std::min(end, block.keys) - begin;
    if (count <= 0) return;
    gemm_on_this_thread({.m = count,
                         .n = p_.dim,
                         .k = block.rows,
                         .a = {done.d_scores + begin, 1, pitch},
                         .b = {at(p_.q, batch_, head, block.first), p_.q.row, 1},
                         .c = at(dk_, batch_, kv_head_, begin),
                         .c_pitch = dk_.row,
                         .accumulate = index > 0});
    gemm_on_this_thread({.m = count,
                         .n = p_.value_dim,
                         .k = block.rows,
                         .a = {done.scores + begin, 1, pitch},
                         .b = {at(d_out_, batch_, head, block.first), d_out_.row, 1},
                         .c = at(dv_, batch_, kv_head_, begin),
                         .c_pitch = dv_.row,
                         .accumulate = index > 0});
  }

 private:
  /// The last queries, which see most keys, come first.
  QueryBlock block_of(int64_t index) const { return {p_, blocks_ - 1 - index % blocks_}; }

  const Attention& p_;
  const Heads<const float>&out_, &d_out_;
  const float* log_sum_exp_;
  const Heads<float>&dq_, &dk_, &dv_;
  const int64_t batch_, kv_head_, blocks_, group_;
  const float *keys_, *values_;  // in panels
};

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
  const int64_t key_heads = p.batch * p.kv_heads, threads = num_threads();
  const auto key_head = [&](int64_t index, Scratch& scratch) {
    return KeyHead(p, out, d_out, log_sum_exp, dq, dk, dv, index, scratch);
  };
  if (key_heads >= threads) {
    parallel_tasks(key_heads, [&](int64_t index) {
      Scratch scratch;
      const KeyHead work = key_head(index, scratch);
      work.clear();
      BackwardBlock block(p, scratch);
      for (int64_t b = 0; b < work.blocks(); ++b) {
        work.score_gradients(b, block);
        work.add_to_keys(b, block, 0, p.keys);
      }
    });
    return;
  }
  // Few key heads: the threads share each. Some blocks at a time, a thread each; then those are
  // added up in their order, each thread for some of the keys.
  constexpr int64_t least_keys = 96;  // whole tiles on every target
  const int64_t ranges = std::clamp<int64_t>(p.keys / least_keys, 1, 2 * threads);
  const int64_t range =
      std::max(ceil_div(ceil_div(p.keys, ranges), least_keys), int64_t{1}) * least_keys;
  for (int64_t index = 0; index < key_heads; ++index) {
    Scratch scratch;
    const KeyHead work = key_head(index, scratch);
    work.clear();
    const int64_t at_once = std::min<int64_t>(2 * threads, work.blocks());
    std::vector<BackwardBlock> wave;
    for (int64_t b = 0; b < at_once; ++b) wave.emplace_back(p, scratch);
    for (int64_t first = 0; first < work.blocks(); first += at_once) {
      const int64_t count = std::min(at_once, work.blocks() - first);
      parallel_tasks(count, [&](int64_t b) { work.score_gradients(first + b, wave[size_t(b)]); });
      parallel_tasks(ceil_div(p.keys, range), [&](int64_t r) {
        for (int64_t b = 0; b < count; ++b)
          work.add_to_keys(first + b, wave[size_t(b)], r * range, (r + 1) * range);
      });
    }
  }
}

}  // namespace tandem::cpu
