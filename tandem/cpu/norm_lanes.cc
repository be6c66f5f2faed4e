#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/norm_lanes.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "tandem/cpu/norm_lanes.h"
#include "tandem/cpu/partial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::CappedTag<T, 16>;
template <class T>
using V = hn::Vec<Tag<T>>;

template <class T>
int64_t LanesOf() {
  return int64_t(hn::Lanes(Tag<T>()));
}

// ---- Channels in lanes -------------------------------------------------------------------------
// Four chains of sums over the pixels hide the latency of addition.

template <class T>
V<T> SumPixels(Tag<T> d, const T* HWY_RESTRICT x, int64_t pitch, int64_t pixels, int64_t left) {
  V<T> s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t p = 0;
  for (; p + 4 <= pixels; p += 4, x += 4 * pitch) {
    s0 = hn::Add(s0, LoadSome(d, x, left));
    s1 = hn::Add(s1, LoadSome(d, x + pitch, left));
    s2 = hn::Add(s2, LoadSome(d, x + 2 * pitch, left));
    s3 = hn::Add(s3, LoadSome(d, x + 3 * pitch, left));
  }
  for (; p < pixels; ++p, x += pitch) s0 = hn::Add(s0, LoadSome(d, x, left));
  return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
}

template <class T>
V<T> SumSquares(Tag<T> d, const T* HWY_RESTRICT x, int64_t pitch, V<T> mean, int64_t pixels,
                int64_t left) {
  const auto deviation = [&](const T* at) HWY_ATTR { return hn::Sub(LoadSome(d, at, left), mean); };
  V<T> s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t p = 0;
  for (; p + 4 <= pixels; p += 4, x += 4 * pitch) {
    const V<T> z0 = deviation(x), z1 = deviation(x + pitch);
    const V<T> z2 = deviation(x + 2 * pitch), z3 = deviation(x + 3 * pitch);
    s0 = hn::MulAdd(z0, z0, s0), s1 = hn::MulAdd(z1, z1, s1);
    s2 = hn::MulAdd(z2, z2, s2), s3 = hn::MulAdd(z3, z3, s3);
  }
  for (; p < pixels; ++p, x += pitch) {
    const V<T> z = deviation(x);
    s0 = hn::MulAdd(z, z, s0);
  }
  return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
}

template <class T>
void Moments(Pixels<const T> x, int64_t pixels, int64_t channels, T* sum, T* squares) {
  const Tag<T> d;
  for (int64_t c = 0; c < channels; c += LanesOf<T>()) {
    const int64_t left = channels - c;
    const V<T> s = SumPixels(d, x.data + c, x.pitch, pixels, left);
    const V<T> mean = hn::Div(s, hn::Set(d, T(pixels)));
    StoreSome(s, d, sum + c, left);
    StoreSome(SumSquares(d, x.data + c, x.pitch, mean, pixels, left), d, squares + c, left);
  }
}

template <class T>
void Products(Pixels<const T> dy, Pixels<const T> x, const T* mean, int64_t pixels,
              int64_t channels, T* sum, T* product) {
  const Tag<T> d;
  for (int64_t c = 0; c < channels; c += LanesOf<T>()) {
    const int64_t left = channels - c;
    const V<T> m = LoadSome(d, mean + c, left);
    const T* HWY_RESTRICT g = dy.data + c;
    const T* HWY_RESTRICT at = x.data + c;
    V<T> s0 = hn::Zero(d), s1 = s0, p0 = s0, p1 = s0;
    int64_t p = 0;
    for (; p + 2 <= pixels; p += 2, g += 2 * dy.pitch, at += 2 * x.pitch) {
      const V<T> g0 = LoadSome(d, g, left), g1 = LoadSome(d, g + dy.pitch, left);
      s0 = hn::Add(s0, g0), s1 = hn::Add(s1, g1);
      p0 = hn::MulAdd(g0, hn::Sub(LoadSome(d, at, left), m), p0);
      p1 = hn::MulAdd(g1, hn::Sub(LoadSome(d, at + x.pitch, left), m), p1);
    }
    if (p < pixels) {
      const V<T> g0 = LoadSome(d, g, left);
      s0 = hn::Add(s0, g0);
      p0 = hn::MulAdd(g0, hn::Sub(LoadSome(d, at, left), m), p0);
    }
    StoreSome(hn::Add(s0, s1), d, sum + c, left);
    StoreSome(hn::Add(p0, p1), d, product + c, left);
  }
}

/// Pixels that are walked for one vector of channels before the next: whole lines stay in L1.
constexpr int64_t kStrip = 64;

template <class T>
void Apply(Pixels<const T> x, const Affine<T>& by, Pixels<T> y, int64_t pixels, int64_t channels) {
  const Tag<T> d;
  for (int64_t p0 = 0; p0 < pixels; p0 += kStrip)
    for (int64_t c = 0; c < channels; c += LanesOf<T>()) {
      const int64_t left = channels - c, p1 = std::min(pixels, p0 + kStrip);
      const V<T> mean = LoadSome(d, by.mean + c, left), scale = LoadSome(d, by.scale + c, left);
      const V<T> shift = LoadSome(d, by.shift + c, left);
      const T* HWY_RESTRICT from = x.data + p0 * x.pitch + c;
      T* HWY_RESTRICT to = y.data + p0 * y.pitch + c;
      for (int64_t p = p0; p < p1; ++p, from += x.pitch, to += y.pitch)
        StoreSome(hn::MulAdd(hn::Sub(LoadSome(d, from, left), mean), scale, shift), d, to, left);
    }
}

template <class T>
void Gradient(Pixels<const T> dy, Pixels<const T> x, const AffineGradient<T>& by, Pixels<T> dx,
              int64_t pixels, int64_t channels) {
  const Tag<T> d;
  for (int64_t p0 = 0; p0 < pixels; p0 += kStrip)
    for (int64_t c = 0; c < channels; c += LanesOf<T>()) {
      const int64_t left = channels - c, p1 = std::min(pixels, p0 + kStrip);
      const V<T> mean = LoadSome(d, by.mean + c, left), scale = LoadSome(d, by.scale + c, left);
      const V<T> slope = LoadSome(d, by.slope + c, left);
      const V<T> offset = LoadSome(d, by.offset + c, left);
      const T* HWY_RESTRICT g = dy.data + p0 * dy.pitch + c;
      const T* HWY_RESTRICT from = x.data + p0 * x.pitch + c;
      T* HWY_RESTRICT to = dx.data + p0 * dx.pitch + c;
      for (int64_t p = p0; p < p1; ++p, g += dy.pitch, from += x.pitch, to += dx.pitch) {
        const V<T> z = hn::Sub(LoadSome(d, from, left), mean);
        StoreSome(hn::MulAdd(LoadSome(d, g, left), scale, hn::MulAdd(z, slope, offset)), d, to,
                  left);
      }
    }
}

// ---- Adjacent elements in 16 virtual lanes -----------------------------------------------------

template <class D>
HWY_INLINE hn::TFromD<D> FoldLanes([[maybe_unused]] D d, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return FoldLanes(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return hn::GetLane(v);
  }
}

/// Sums over 16 virtual lanes, whatever the vector's width: element i goes to lane i mod 16, and at
/// the end lane l meets l + 8, then l + 4, l + 2, l + 1.
template <class T>
class Sum16 {
 public:
  Sum16() {
    for (V<T>& v : lanes_) v = hn::Zero(Tag<T>());
  }
  V<T>& operator[](int i) { return lanes_[i]; }
  static constexpr int vectors = int(16 / hn::MaxLanes(Tag<T>()));

  T total() const {
    V<T> folded[vectors];
    std::copy(lanes_, lanes_ + vectors, folded);
    for (int half = vectors / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) folded[i] = hn::Add(folded[i], folded[i + half]);
    return FoldLanes(Tag<T>(), folded[0]);
  }

 private:
  V<T> lanes_[vectors];
};

/// Calls body(vector of the sixteen, offset, elements left) over a row; the last call may be
/// partial.
template <class T, class Body>
HWY_INLINE void ForRow(int64_t n, const Body& body) {
  constexpr int vectors = Sum16<T>::vectors;
  const int64_t lanes = LanesOf<T>();
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int v = 0; v < vectors; ++v) body(v, i + v * lanes, lanes);
  for (int v = 0; i < n; ++v, i += lanes) body(v, i, n - i);
}

/// Lanes beyond `left` become zero: what is loaded there is zero already, what is computed is not.
template <class T>
HWY_INLINE V<T> Existing(V<T> v, int64_t left) {
  const Tag<T> d;
  return left >= LanesOf<T>() ? v : hn::IfThenElseZero(hn::FirstN(d, size_t(left)), v);
}

template <class T>
T RowSum(const T* x, int64_t n) {
  const Tag<T> d;
  Sum16<T> sum;
  ForRow<T>(n, [&](int v, int64_t i, int64_t left)
                   HWY_ATTR { sum[v] = hn::Add(sum[v], LoadSome(d, x + i, left)); });
  return sum.total();
}

template <class T>
T RowSquares(const T* x, int64_t n, T mean) {
  const Tag<T> d;
  const V<T> m = hn::Set(d, mean);
  Sum16<T> sum;
  ForRow<T>(n, [&](int v, int64_t i, int64_t left) HWY_ATTR {
    const V<T> z = Existing<T>(hn::Sub(LoadSome(d, x + i, left), m), left);
    sum[v] = hn::MulAdd(z, z, sum[v]);
  });
  return sum.total();
}

template <class T>
void RowMoments(const T* x, int64_t n, T* sum, T* squares) {
  *sum = RowSum(x, n);
  *squares = RowSquares(x, n, *sum / T(n));
}

template <class T>
void RowProducts(const T* dy, const T* x, T mean, int64_t n, T* sum, T* product) {
  const Tag<T> d;
  const V<T> m = hn::Set(d, mean);
  Sum16<T> s, p;
  ForRow<T>(n, [&](int v, int64_t i, int64_t left) HWY_ATTR {
    const V<T> g = LoadSome(d, dy + i, left);
    s[v] = hn::Add(s[v], g);
    p[v] = hn::MulAdd(g, hn::Sub(LoadSome(d, x + i, left), m), p[v]);
  });
  *sum = s.total(), *product = p.total();
}

template <class T>
void RowApply(const T* x, const Affine<T>& by, T* y, int64_t n) {
  const Tag<T> d;
  const V<T> mean = hn::Set(d, *by.mean), scale = hn::Set(d, *by.scale);
  const V<T> shift = hn::Set(d, *by.shift);
  for (int64_t i = 0; i < n; i += LanesOf<T>())
    StoreSome(hn::MulAdd(hn::Sub(LoadSome(d, x + i, n - i), mean), scale, shift), d, y + i, n - i);
}

template <class T>
void RowGradient(const T* dy, const T* x, const AffineGradient<T>& by, T* dx, int64_t n) {
  const Tag<T> d;
  const V<T> mean = hn::Set(d, *by.mean), scale = hn::Set(d, *by.scale);
  const V<T> slope = hn::Set(d, *by.slope), offset = hn::Set(d, *by.offset);
  for (int64_t i = 0; i < n; i += LanesOf<T>()) {
    const V<T> z = hn::Sub(LoadSome(d, x + i, n - i), mean);
    StoreSome(hn::MulAdd(LoadSome(d, dy + i, n - i), scale, hn::MulAdd(z, slope, offset)), d,
              dx + i, n - i);
  }
}

template <class T>
void Normalize(bool centred, const T* HWY_RESTRICT x, int64_t n, T eps, const T* weight,
               const T* bias, T* HWY_RESTRICT y, T* mean, T* rstd) {
  const Tag<T> d;
  const T average = centred ? RowSum(x, n) / T(n) : T(0);
  const T scale = T(1) / std::sqrt(RowSquares(x, n, average) / T(n) + eps);
  if (mean) *mean = average;
  *rstd = scale;
  const V<T> m = hn::Set(d, average), r = hn::Set(d, scale);
  for (int64_t i = 0; i < n; i += LanesOf<T>()) {
    V<T> v = hn::Mul(hn::Sub(LoadSome(d, x + i, n - i), m), r);
    if (weight && bias)
      v = hn::MulAdd(v, LoadSome(d, weight + i, n - i), LoadSome(d, bias + i, n - i));
    else if (weight)
      v = hn::Mul(v, LoadSome(d, weight + i, n - i));
    else if (bias)
      v = hn::Add(v, LoadSome(d, bias + i, n - i));
    StoreSome(v, d, y + i, n - i);
  }
}

template <class T>
void NormalizeGradient(bool centred, const T* dy, const T* x, int64_t n, T mean, T rstd,
                       const T* weight, T* dx, T* dweight, T* dbias) {
  const Tag<T> d;
  const V<T> m = hn::Set(d, mean), r = hn::Set(d, rstd);
  const auto normal = [&](int64_t i)
                          HWY_ATTR { return hn::Mul(hn::Sub(LoadSome(d, x + i, n - i), m), r); };
  const auto weighted = [&](V<T> g, int64_t i) HWY_ATTR {
    return weight ? hn::Mul(g, LoadSome(d, weight + i, n - i)) : g;
  };
  Sum16<T> sum, product;
  ForRow<T>(n, [&](int v, int64_t i, int64_t left) HWY_ATTR {
    const V<T> g = LoadSome(d, dy + i, left), xhat = normal(i);
    const V<T> t = weighted(g, i);
    sum[v] = hn::Add(sum[v], t);
    product[v] = hn::MulAdd(t, xhat, product[v]);
    if (dweight)
      StoreSome(hn::MulAdd(g, xhat, LoadSome(d, dweight + i, n - i)), d, dweight + i, n - i);
    if (dbias) StoreSome(hn::Add(g, LoadSome(d, dbias + i, n - i)), d, dbias + i, n - i);
  });
  if (!dx) return;
  const V<T> a = hn::Set(d, centred ? sum.total() / T(n) : T(0));
  const V<T> b = hn::Set(d, product.total() / T(n));
  for (int64_t i = 0; i < n; i += LanesOf<T>()) {
    const V<T> t = weighted(LoadSome(d, dy + i, n - i), i);
    StoreSome(hn::Mul(r, hn::NegMulAdd(normal(i), b, hn::Sub(t, a))), d, dx + i, n - i);
  }
}

template <class T>
constexpr NormLanes<T> kLanes = {Moments<T>,    Products<T>,         Apply<T>,    Gradient<T>,
                                 RowMoments<T>, RowProducts<T>,      RowApply<T>, RowGradient<T>,
                                 Normalize<T>,  NormalizeGradient<T>};
const NormLanes<float>* LanesF32() { return &kLanes<float>; }
const NormLanes<double>* LanesF64() { return &kLanes<double>; }

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {
namespace {
HWY_EXPORT(LanesF32);
HWY_EXPORT(LanesF64);
}  // namespace
template <>
const NormLanes<float>& norm_lanes() {
  return *HWY_DYNAMIC_DISPATCH(LanesF32)();
}
template <>
const NormLanes<double>& norm_lanes() {
  return *HWY_DYNAMIC_DISPATCH(LanesF64)();
}
}  // namespace tandem::cpu
#endif
