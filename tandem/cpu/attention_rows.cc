#include "tandem/cpu/attention_rows.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/attention_rows.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "tandem/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace math = tandem::HWY_NAMESPACE::math;

using Tag = hn::CappedTag<float, 16>;
using V = hn::Vec<Tag>;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// The sum of n floats, n a multiple of 16: column c belongs to lane c % 16, and the lanes are
/// added in a fixed tree, whatever the vectors' length.
HWY_INLINE float sum_of_16_lanes(const float* values, int64_t n) {
  const Tag d;
  const int64_t step = int64_t(hn::Lanes(d));
  HWY_ALIGN float lane[16];
  for (int64_t first = 0; first < 16; first += step) {
    V sum = hn::Zero(d);
    for (int64_t c = first; c < n; c += 16) sum = hn::Add(sum, hn::LoadU(d, values + c));
    hn::Store(sum, d, lane + first);
  }
  for (int width = 8; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  return lane[0];
}

/// Not MaxOfLanes, which takes lanes of -inf for -FLT_MAX on the emulated target.
HWY_INLINE float largest(V v) {
  HWY_ALIGN float lane[16];
  hn::Store(v, Tag(), lane);
  float max = lane[0];
  for (size_t i = 1; i < hn::Lanes(Tag()); ++i) max = lane[i] > max ? lane[i] : max;
  return max;
}

/// scale * score + bias of the columns from c on; those from `limit` on are -inf.
HWY_INLINE V score(const ScoreBlock& block, const float* scores, const float* bias, int64_t c,
                   int64_t limit) {
  const Tag d;
  const V scale = hn::Set(d, block.scale);
  V x = hn::LoadU(d, scores + c);
  x = bias ? hn::MulAdd(x, scale, hn::LoadU(d, bias + c)) : hn::Mul(x, scale);
  if (c + int64_t(hn::Lanes(d)) <= limit) return x;
  const size_t count = limit > c ? size_t(limit - c) : 0;
  return hn::IfThenElse(hn::FirstN(d, count), x, hn::Set(d, minus_infinity));
}

void softmax_rows(const ScoreBlock& block, float* reciprocal, float* log_sum_exp) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  for (int64_t i = 0; i < block.rows; ++i) {
    float* s = block.scores + i * block.pitch;
    const float* bias = block.bias ? block.bias + i * block.bias_pitch : nullptr;
    const int64_t limit = block.limit(i);
    V most = hn::Set(d, minus_infinity);
    for (int64_t c = 0; c < block.columns; c += lanes) {
      const V x = score(block, s, bias, c, limit);
      most = hn::Max(most, x);
      hn::StoreU(x, d, s + c);
    }
    float max = largest(most);
    if (max == minus_infinity) {
      // No key, unless one is NaN, which the maximum may have passed over.
      bool nan = false;
      for (int64_t c = 0; c < limit; ++c) nan |= std::isnan(s[c]);
      if (!nan) {
        for (int64_t c = 0; c < block.columns; ++c) s[c] = 0;
        reciprocal[i] = 0;
        if (log_sum_exp) log_sum_exp[i] = minus_infinity;
        continue;
      }
      max = 0;
    }
    const V shift = hn::Set(d, max);
    for (int64_t c = 0; c < block.columns; c += lanes)
      hn::StoreU(math::Exp(d, hn::Sub(hn::LoadU(d, s + c), shift)), d, s + c);
    const float sum = sum_of_16_lanes(s, block.columns);
    reciprocal[i] = 1 / sum;
    if (log_sum_exp) log_sum_exp[i] = max + hn::GetLane(math::Log(d, hn::Set(d, sum)));
  }
}

void softmax_rows_backward(const ScoreBlock& block, const float* log_sum_exp, const float* delta,
                           float* dp) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  const V scale = hn::Set(d, block.scale);
  for (int64_t i = 0; i < block.rows; ++i, dp += block.pitch) {
    float* s = block.scores + i * block.pitch;
    const float* bias = block.bias ? block.bias + i * block.bias_pitch : nullptr;
    // A row without keys has only scores of -inf; any finite shift makes zeros of them.
    const int64_t limit = block.limit(i);
    const V shift = hn::Set(d, log_sum_exp[i] == minus_infinity ? 0.0f : log_sum_exp[i]);
    const V subtract = hn::Set(d, delta[i]);
    for (int64_t c = 0; c < block.columns; c += lanes) {
      const V p = math::Exp(d, hn::Sub(score(block, s, bias, c, limit), shift));
      const V ds = hn::Mul(hn::Mul(p, scale), hn::Sub(hn::LoadU(d, dp + c), subtract));
      hn::StoreU(p, d, s + c);
      // A key that takes no part gets no gradient, not even if its value is infinite.
      hn::StoreU(hn::IfThenZeroElse(hn::Eq(p, hn::Zero(d)), ds), d, dp + c);
    }
  }
}

float dot(const float* a, const float* b, int64_t n) {
  const Tag d;
  const int64_t step = int64_t(hn::Lanes(d)), whole = n / 16 * 16;
  HWY_ALIGN float lane[16];
  for (int64_t first = 0; first < 16; first += step) {
    V sum = hn::Zero(d);
    for (int64_t c = first; c < whole; c += 16)
      sum = hn::MulAdd(hn::LoadU(d, a + c), hn::LoadU(d, b + c), sum);
    hn::Store(sum, d, lane + first);
  }
  for (int64_t c = whole; c < n; ++c) lane[c - whole] += a[c] * b[c];
  for (int width = 8; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  return lane[0];
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(softmax_rows_backward);
HWY_EXPORT(dot);

void softmax_rows(const ScoreBlock& block, float* reciprocal, float* log_sum_exp) {
  HWY_DYNAMIC_DISPATCH(softmax_rows)(block, reciprocal, log_sum_exp);
}
void softmax_rows_backward(const ScoreBlock& block, const float* log_sum_exp, const float* delta,
                           float* dp) {
  HWY_DYNAMIC_DISPATCH(softmax_rows_backward)(block, log_sum_exp, delta, dp);
}
float dot(const float* a, const float* b, int64_t n) { return HWY_DYNAMIC_DISPATCH(dot)(a, b, n); }

}  // namespace tandem::cpu
#endif
