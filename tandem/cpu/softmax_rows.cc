// Rows are walked in blocks of 16 elements, the last one through a padded copy, so that every
// target adds the same numbers in the same order and no load leaves the row.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/softmax_rows.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <cstring>
#include <limits>

#include "tandem/cpu/math-inl.h"
#include "tandem/cpu/softmax_rows.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kBlock = 16;
template <class A>
using Tag = hn::CappedTag<A, std::size_t(kBlock)>;
template <class A>
constexpr A kNothing = -std::numeric_limits<A>::infinity();  // exp gives 0, max ignores it

/// body(a, b, y) for each 16 elements; `b` may be null. What the padding gives is not stored.
template <class A, class Body>
HWY_INLINE void ForBlocks(const A* a, const A* b, A* y, int64_t n, A pad, Body body) {
  int64_t i = 0;
  for (; i + kBlock <= n; i += kBlock) body(a + i, b ? b + i : nullptr, y ? y + i : nullptr);
  if (i == n) return;
  HWY_ALIGN A a_copy[kBlock], b_copy[kBlock], y_copy[kBlock];
  const std::size_t bytes = std::size_t(n - i) * sizeof(A);
  for (int64_t k = 0; k < kBlock; ++k) a_copy[k] = b_copy[k] = pad;
  std::memcpy(a_copy, a + i, bytes);
  if (b) std::memcpy(b_copy, b + i, bytes);
  body(a_copy, b ? b_copy : nullptr, y ? y_copy : nullptr);
  if (y) std::memcpy(y + i, y_copy, bytes);
}

/// The 16 lanes as one number, in a fixed tree.
template <class A>
A Total(A* lane) {
  for (int64_t half = kBlock / 2; half; half /= 2)
    for (int64_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  return lane[0];
}

template <class A>
A Max(const A* x, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  HWY_ALIGN A best[kBlock];
  for (A& b : best) b = kNothing<A>;
  ForBlocks<A>(x, nullptr, nullptr, n, kNothing<A>, [&](const A* a, const A*, A*) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::Store(hn::Max(hn::LoadU(d, a + k), hn::Load(d, best + k)), d, best + k);
  });
  A max = best[0];
  for (A b : best) max = b > max ? b : max;
  return max;
}

/// sum(exp(x - max)); the terms go to `y` unless it is null.
template <class A>
A SumExp(const A* x, A max, A* y, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  HWY_ALIGN A sum[kBlock] = {};
  ForBlocks<A>(x, nullptr, y, n, kNothing<A>, [&](const A* a, const A*, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes) {
      const auto e = math::Exp(d, hn::Sub(hn::LoadU(d, a + k), hn::Set(d, max)));
      hn::Store(hn::Add(hn::Load(d, sum + k), e), d, sum + k);
      if (to) hn::StoreU(e, d, to + k);
    }
  });
  return Total(sum);
}

template <class A>
A Log(A x) {
  const Tag<A> d;
  return hn::GetLane(math::Log(d, hn::Set(d, x)));
}

template <class A>
void Softmax(const A* x, A* y, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  const A sum = SumExp(x, Max(x, n), y, n);
  ForBlocks<A>(y, nullptr, y, n, A(0), [&](const A* a, const A*, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::StoreU(hn::Div(hn::LoadU(d, a + k), hn::Set(d, sum)), d, to + k);
  });
}

template <class A>
void LogSoftmax(const A* x, A* y, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  const A max = Max(x, n), log_sum = Log(SumExp<A>(x, max, nullptr, n));
  ForBlocks<A>(x, nullptr, y, n, A(0), [&](const A* a, const A*, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::StoreU(hn::Sub(hn::Sub(hn::LoadU(d, a + k), hn::Set(d, max)), hn::Set(d, log_sum)), d,
                 to + k);
  });
}

template <class A>
void SoftmaxBackward(const A* dy, const A* y, A* dx, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  HWY_ALIGN A lane[kBlock] = {};
  ForBlocks<A>(dy, y, nullptr, n, A(0), [&](const A* a, const A* b, A*) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::Store(hn::Add(hn::Load(d, lane + k), hn::Mul(hn::LoadU(d, a + k), hn::LoadU(d, b + k))),
                d, lane + k);
  });
  const A sum = Total(lane);
  ForBlocks<A>(dy, y, dx, n, A(0), [&](const A* a, const A* b, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::StoreU(hn::Mul(hn::Sub(hn::LoadU(d, a + k), hn::Set(d, sum)), hn::LoadU(d, b + k)), d,
                 to + k);
  });
}

template <class A>
void LogSoftmaxBackward(const A* dy, const A* y, A* dx, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  HWY_ALIGN A lane[kBlock] = {};
  ForBlocks<A>(dy, nullptr, nullptr, n, A(0), [&](const A* a, const A*, A*) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::Store(hn::Add(hn::Load(d, lane + k), hn::LoadU(d, a + k)), d, lane + k);
  });
  const A sum = Total(lane);
  ForBlocks<A>(dy, y, dx, n, A(0), [&](const A* a, const A* b, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::StoreU(
          hn::Sub(hn::LoadU(d, a + k), hn::Mul(math::Exp(d, hn::LoadU(d, b + k)), hn::Set(d, sum))),
          d, to + k);
  });
}

template <class A>
A LogSumExp(const A* x, int64_t n) {
  const A max = Max(x, n);
  return max + Log(SumExp<A>(x, max, nullptr, n));
}

template <class A>
void ScaledExp(const A* x, A shift, A scale, A* y, int64_t n) {
  const Tag<A> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  ForBlocks<A>(x, nullptr, y, n, A(0), [&](const A* a, const A*, A* to) HWY_ATTR {
    for (int64_t k = 0; k < kBlock; k += lanes)
      hn::StoreU(
          hn::Mul(math::Exp(d, hn::Sub(hn::LoadU(d, a + k), hn::Set(d, shift))), hn::Set(d, scale)),
          d, to + k);
  });
}

template <class A>
cpu::SoftmaxRows<A> Rows() {
  return {Softmax<A>,   LogSoftmax<A>, SoftmaxBackward<A>, LogSoftmaxBackward<A>,
          LogSumExp<A>, ScaledExp<A>};
}
cpu::SoftmaxRows<float> FloatRows() { return Rows<float>(); }
cpu::SoftmaxRows<double> DoubleRows() { return Rows<double>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(FloatRows);
HWY_EXPORT(DoubleRows);

template <>
cpu::SoftmaxRows<float> cpu::softmax_rows() {
  return HWY_DYNAMIC_DISPATCH(FloatRows)();
}
template <>
cpu::SoftmaxRows<double> cpu::softmax_rows() {
  return HWY_DYNAMIC_DISPATCH(DoubleRows)();
}
}  // namespace tandem
#endif
