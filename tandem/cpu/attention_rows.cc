#include "tandem/cpu/attention_rows.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/attention_rows.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "tandem/cpu/math-inl.h"
#include "tandem/cpu/partial-inl.h"
#include "tandem/cpu/sum16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace math = tandem::HWY_NAMESPACE::math;

using Tag = hn::CappedTag<float, 16>;
using V = hn::Vec<Tag>;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// Any order gives the same, so halves meet. Not MaxOfLanes, which takes lanes of -inf for -FLT_MAX
/// on the emulated target.
HWY_INLINE float largest(V v) {
  return FoldLanes(Tag(), v, [](auto, auto a, auto b) HWY_ATTR { return hn::Max(a, b); });
}

/// Calls f(c, scale * score + bias) for the vectors of row i that hold a column that counts; the
/// others among their columns are -inf.
template <class F>
HWY_INLINE void for_scores(const ScoreBlock& block, int64_t i, const F& f) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d)), limit = block.limit(i);
  const float* s = block.row(i);
  const float* bias = block.bias ? block.bias + i * block.bias_pitch : nullptr;
  const V scale = hn::Set(d, block.scale);
  const auto score = [&](int64_t c) HWY_ATTR {
    const V x = hn::LoadU(d, s + c);
    return bias ? hn::MulAdd(x, scale, hn::LoadU(d, bias + c)) : hn::Mul(x, scale);
  };
  int64_t c = 0;
  for (; c + lanes <= limit; c += lanes) f(c, score(c));
  if (c < limit)
    f(c, hn::IfThenElse(hn::FirstN(d, size_t(limit - c)), score(c), hn::Set(d, minus_infinity)));
}

/// Zeros in the vectors that for_scores leaves out.
HWY_INLINE void clear_rest(const ScoreBlock& block, int64_t i, float* row) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  for (int64_t c = (block.limit(i) + lanes - 1) / lanes * lanes; c < block.columns; c += lanes)
    hn::StoreU(hn::Zero(d), d, row + c);
}

/// Rows in groups, each step for all rows of a group: the long chains of one row (its maximum, its
/// sum) hide behind those of the others, and logarithms are taken a vector at a time.
void softmax_rows(const ScoreBlock& block, float* reciprocal, float* log_sum_exp) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  constexpr int64_t group = 16;
  HWY_ALIGN float shift[group] = {}, sum[group] = {}, inverse[group], log_sum[group];
  for (int64_t first = 0; first < block.rows; first += group) {
    const int64_t rows = std::min(group, block.rows - first);
    for (int64_t r = 0; r < rows; ++r) {
      V most = hn::Set(d, minus_infinity);
      for_scores(block, first + r, [&](int64_t, V x) HWY_ATTR { most = hn::Max(most, x); });
      const float max = largest(most);
      // A row without keys has only scores of -inf; any finite shift makes zeros of them.
      shift[r] = max == minus_infinity ? 0 : max;
    }
    for (int64_t r = 0; r < rows; ++r) {
      float* s = block.row(first + r);
      const V subtract = hn::Set(d, shift[r]);
      for_scores(block, first + r, [&](int64_t c, V x) HWY_ATTR {
        hn::StoreU(math::Exp(d, hn::Sub(x, subtract)), d, s + c);
      });
      clear_rest(block, first + r, s);
    }
    for (int64_t r = 0; r < rows; ++r) {
      const float* s = block.row(first + r);
      Sum16<float> exponentials;
      for (int64_t c = 0; c < block.limit(first + r); c += 16)
        for (int v = 0; v < Sum16<float>::vectors; ++v)
          exponentials[v] = hn::Add(exponentials[v], hn::LoadU(d, s + c + v * lanes));
      sum[r] = exponentials.total();
    }
    for (int64_t r = 0; r < group; r += int64_t(hn::Lanes(d))) {
      const V total = hn::Load(d, sum + r);
      const auto none = hn::Eq(total, hn::Zero(d));
      hn::Store(hn::IfThenZeroElse(none, hn::Div(hn::Set(d, 1), total)), d, inverse + r);
      hn::Store(hn::IfThenElse(none, hn::Set(d, minus_infinity),
                               hn::Add(hn::Load(d, shift + r), math::Log(d, total))),
                d, log_sum + r);
    }
    std::copy_n(inverse, rows, reciprocal + first);
    if (log_sum_exp) std::copy_n(log_sum, rows, log_sum_exp + first);
  }
}

void softmax_rows_backward(const ScoreBlock& block, const float* log_sum_exp, const float* delta,
                           float* dp) {
  const Tag d;
  const V scale = hn::Set(d, block.scale);
  for (int64_t i = 0; i < block.rows; ++i, dp += block.pitch) {
    float* s = block.row(i);
    // A row without keys, as above.
    const V shift = hn::Set(d, log_sum_exp[i] == minus_infinity ? 0.0f : log_sum_exp[i]);
    const V subtract = hn::Set(d, delta[i]);
    for_scores(block, i, [&](int64_t c, V x) HWY_ATTR {
      const V p = math::Exp(d, hn::Sub(x, shift));
      const V ds = hn::Mul(hn::Mul(p, scale), hn::Sub(hn::LoadU(d, dp + c), subtract));
      hn::StoreU(p, d, s + c);
      // A key that takes no part gets no gradient, not even if its value is infinite.
      hn::StoreU(hn::IfThenZeroElse(hn::Eq(p, hn::Zero(d)), ds), d, dp + c);
    });
    clear_rest(block, i, s);
    clear_rest(block, i, dp);
  }
}

void dot_rows(const float* a, int64_t a_pitch, const float* b, int64_t b_pitch, int64_t rows,
              int64_t n, float* dots) {
  const Tag d;
  const int64_t lanes = int64_t(hn::Lanes(d)), whole = n / 16 * 16;
  for (int64_t i = 0; i < rows; ++i, a += a_pitch, b += b_pitch) {
    Sum16<float> sum;
    const auto add = [&](int v, V x, V y) HWY_ATTR { sum[v] = hn::MulAdd(x, y, sum[v]); };
    for (int64_t c = 0; c < whole; c += 16)
      for (int v = 0; v < Sum16<float>::vectors; ++v)
        add(v, hn::LoadU(d, a + c + v * lanes), hn::LoadU(d, b + c + v * lanes));
    for (int64_t v = 0, c = whole; c < n; ++v, c += lanes)
      add(int(v), LoadSome(d, a + c, n - c), LoadSome(d, b + c, n - c));
    dots[i] = sum.total();
  }
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(softmax_rows_backward);
HWY_EXPORT(dot_rows);

void softmax_rows(const ScoreBlock& block, float* reciprocal, float* log_sum_exp) {
  HWY_DYNAMIC_DISPATCH(softmax_rows)(block, reciprocal, log_sum_exp);
}
void softmax_rows_backward(const ScoreBlock& block, const float* log_sum_exp, const float* delta,
                           float* dp) {
  HWY_DYNAMIC_DISPATCH(softmax_rows_backward)(block, log_sum_exp, delta, dp);
}
void dot_rows(const float* a, int64_t a_pitch, const float* b, int64_t b_pitch, int64_t rows,
              int64_t n, float* dots) {
  HWY_DYNAMIC_DISPATCH(dot_rows)(a, a_pitch, b, b_pitch, rows, n, dots);
}

}  // namespace tandem::cpu
#endif
