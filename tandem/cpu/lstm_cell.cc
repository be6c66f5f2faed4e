#include "tandem/cpu/lstm_cell.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/lstm_cell.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "tandem/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace math = tandem::HWY_NAMESPACE::math;

/// `hidden` floats a vector at a time; the last ones one by one, with the same operations.
template <class Body>
HWY_INLINE void for_lanes(int64_t hidden, const Body& body) {
  const hn::CappedTag<float, 16> d;
  const hn::CappedTag<float, 1> one;
  int64_t j = 0;
  for (; j + int64_t(hn::Lanes(d)) <= hidden; j += int64_t(hn::Lanes(d))) body(d, j);
  for (; j < hidden; ++j) body(one, j);
}

void lstm_cell(int64_t hidden, float* gates, const float* c_before, float* c, float* h) {
  for_lanes(hidden, [&](auto d, int64_t j) HWY_ATTR {
    float *i = gates + j, *f = i + hidden, *g = f + hidden, *o = g + hidden;
    const auto vi = math::Sigmoid(d, hn::LoadU(d, i)), vf = math::Sigmoid(d, hn::LoadU(d, f)),
               vg = math::Tanh(d, hn::LoadU(d, g)), vo = math::Sigmoid(d, hn::LoadU(d, o));
    const auto before = c_before ? hn::LoadU(d, c_before + j) : hn::Zero(d);
    const auto now = hn::MulAdd(vf, before, hn::Mul(vi, vg));
    hn::StoreU(vi, d, i);
    hn::StoreU(vf, d, f);
    hn::StoreU(vg, d, g);
    hn::StoreU(vo, d, o);
    hn::StoreU(now, d, c + j);
    hn::StoreU(hn::Mul(vo, math::Tanh(d, now)), d, h + j);
  });
}

void lstm_cell_backward(int64_t hidden, const float* gates, const float* c_before, const float* c,
                        const float* dh, float* dc, float* d_gates) {
  for_lanes(hidden, [&](auto d, int64_t j) HWY_ATTR {
    const auto one = hn::Set(d, 1.0f);
    const auto i = hn::LoadU(d, gates + j), f = hn::LoadU(d, gates + hidden + j),
               g = hn::LoadU(d, gates + 2 * hidden + j), o = hn::LoadU(d, gates + 3 * hidden + j);
    const auto before = c_before ? hn::LoadU(d, c_before + j) : hn::Zero(d);
    const auto t = math::Tanh(d, hn::LoadU(d, c + j)), vh = hn::LoadU(d, dh + j);
    // h = o t, t = tanh(c), and sigmoid' = s (1 - s), tanh' = 1 - t t
    const auto vc = hn::MulAdd(hn::Mul(vh, o), hn::NegMulAdd(t, t, one), hn::LoadU(d, dc + j));
    hn::StoreU(hn::Mul(hn::Mul(vc, g), hn::Mul(i, hn::Sub(one, i))), d, d_gates + j);
    hn::StoreU(hn::Mul(hn::Mul(vc, before), hn::Mul(f, hn::Sub(one, f))), d, d_gates + hidden + j);
    hn::StoreU(hn::Mul(hn::Mul(vc, i), hn::NegMulAdd(g, g, one)), d, d_gates + 2 * hidden + j);
    hn::StoreU(hn::Mul(hn::Mul(vh, t), hn::Mul(o, hn::Sub(one, o))), d, d_gates + 3 * hidden + j);
    hn::StoreU(hn::Mul(vc, f), d, dc + j);
  });
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {

HWY_EXPORT(lstm_cell);
HWY_EXPORT(lstm_cell_backward);

void lstm_cell(int64_t hidden, float* gates, const float* c_before, float* c, float* h) {
  HWY_DYNAMIC_DISPATCH(lstm_cell)(hidden, gates, c_before, c, h);
}
void lstm_cell_backward(int64_t hidden, const float* gates, const float* c_before, const float* c,
                        const float* dh, float* dc, float* d_gates) {
  HWY_DYNAMIC_DISPATCH(lstm_cell_backward)(hidden, gates, c_before, c, dh, dc, d_gates);
}

}  // namespace tandem::cpu
#endif
