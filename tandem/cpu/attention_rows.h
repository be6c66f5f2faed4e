// The row-wise half of attention, on lanes; the other half is matrix products.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// A block of scores: `rows` rows at a pitch, padded to a multiple of 16 columns. Row i has
/// min(keys, visible + i) columns that count (visible = keys without causality).
struct ScoreBlock {
  float* scores;
  int64_t pitch, rows, columns;  // columns: padded
  int64_t keys, visible;
  float scale;
  const float* bias;  // added to row i from bias + i * bias_pitch, padded; null: nothing
  int64_t bias_pitch;

  float* row(int64_t i) const { return scores + i * pitch; }
  int64_t limit(int64_t row) const { return visible + row < keys ? visible + row : keys; }
};

/// Scores become exp(score - max); `reciprocal` [rows] is 1 / their sum, or 0 for a row without
/// keys; log_sum_exp [rows], if given, is max + log(sum), or -inf.
void softmax_rows(const ScoreBlock& block, float* reciprocal, float* log_sum_exp);

/// Scores become probabilities p, and `dp`, laid out alike, becomes scale * p * (dp - delta[row]).
void softmax_rows_backward(const ScoreBlock& block, const float* log_sum_exp, const float* delta,
                           float* dp);

/// dots[i] is the product of row i of a and row i of b, of n elements each, in 16 virtual lanes.
void dot_rows(const float* a, int64_t a_pitch, const float* b, int64_t b_pitch, int64_t rows,
              int64_t n, float* dots);

}  // namespace tandem::cpu
