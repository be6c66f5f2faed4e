#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/norm_lanes.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "tandem/cpu/norm_lanes.h"
#include "tandem/cpu/partial-inl.h"
#include "tandem/cpu/sum16-inl.h"

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

template <class T, class Whole>
HWY_INLINE V<T> SumPixels(Tag<T> d, const T* HWY_RESTRICT x, int64_t pitch, int64_t pixels,
                          Whole whole, int64_t left) {
  V<T> s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t p = 0;
  for (; p + 4 <= pixels; p += 4, x += 4 * pitch) {
    s0 = hn::Add(s0, LoadLanes(whole, d, x, left));
    s1 = hn::Add(s1, LoadLanes(whole, d, x + pitch, left));
    s2 = hn::Add(s2, LoadLanes(whole, d, x + 2 * pitch, left));
    s3 = hn::Add(s3, LoadLanes(whole, d, x + 3 * pitch, left));
  }
  for (; p < pixels; ++p, x += pitch) s0 = hn::Add(s0, LoadLanes(whole, d, x, left));
  return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
}

template <class T, class Whole>
HWY_INLINE V<T> SumSquares(Tag<T> d, const T* HWY_RESTRICT x, int64_t pitch, V<T> mean,
                           int64_t pixels, Whole whole, int64_t left) {
  const auto deviation = [&](const T* at)
                             HWY_ATTR { return hn::Sub(LoadLanes(whole, d, at, left), mean); };
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
  ForLanes(d, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
    const V<T> s = SumPixels(d, x.data + c, x.pitch, pixels, whole, left);
    const V<T> mean = hn::Div(s, hn::Set(d, T(pixels)));
    StoreLanes(whole, s, d, sum + c, left);
    StoreLanes(whole, SumSquares(d, x.data + c, x.pitch, mean, pixels, whole, left), d, squares + c,
               left);
  });
}

template <class T>
void Products(Pixels<const T> dy, Pixels<const T> x, const T* mean, int64_t pixels,
              int64_t channels, T* sum, T* product) {
  const Tag<T> d;
  ForLanes(d, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
    const V<T> m = LoadLanes(whole, d, mean + c, left);
    const T* HWY_RESTRICT g = dy.data + c;
    const T* HWY_RESTRICT at = x.data + c;
    V<T> s0 = hn::Zero(d), s1 = s0, p0 = s0, p1 = s0;
    int64_t p = 0;
    for (; p + 2 <= pixels; p += 2, g += 2 * dy.pitch, at += 2 * x.pitch) {
      const V<T> g0 = LoadLanes(whole, d, g, left), g1 = LoadLanes(whole, d, g + dy.pitch, left);
      s0 = hn::Add(s0, g0), s1 = hn::Add(s1, g1);
      p0 = hn::MulAdd(g0, hn::Sub(LoadLanes(whole, d, at, left), m), p0);
      p1 = hn::MulAdd(g1, hn::Sub(LoadLanes(whole, d, at + x.pitch, left), m), p1);
    }
    if (p < pixels) {
      const V<T> g0 = LoadLanes(whole, d, g, left);
      s0 = hn::Add(s0, g0);
      p0 = hn::MulAdd(g0, hn::Sub(LoadLanes(whole, d, at, left), m), p0);
    }
    StoreLanes(whole, hn::Add(s0, s1), d, sum + c, left);
    StoreLanes(whole, hn::Add(p0, p1), d, product + c, left);
  });
}

/// Pixels that are walked for one vector of channels before the next: few enough that memory is
/// read and written nearly in order, enough to load the numbers of a channel once for several
/// pixels.
constexpr int64_t kStrip = 8;

/// Not MulAdd: the bits are those of sub, mul and add, into which a program takes batch_norm apart.
template <class V>
HWY_INLINE V Affined(V x, V mean, V scale, V shift) {
  return hn::Add(hn::Mul(hn::Sub(x, mean), scale), shift);
}

template <class T>
void Apply(Pixels<const T> x, const Affine<T>& by, Pixels<T> y, int64_t pixels, int64_t channels) {
  const Tag<T> d;
  for (int64_t p0 = 0; p0 < pixels; p0 += kStrip)
    ForLanes(d, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
      const int64_t p1 = std::min(pixels, p0 + kStrip);
      const V<T> mean = LoadLanes(whole, d, by.mean + c, left),
                 scale = LoadLanes(whole, d, by.scale + c, left);
      const V<T> shift = LoadLanes(whole, d, by.shift + c, left);
      const T* HWY_RESTRICT from = x.data + p0 * x.pitch + c;
      T* HWY_RESTRICT to = y.data + p0 * y.pitch + c;
      for (int64_t p = p0; p < p1; ++p, from += x.pitch, to += y.pitch)
        StoreLanes(whole, Affined(LoadLanes(whole, d, from, left), mean, scale, shift), d, to,
                   left);
    });
}

template <class T>
void Gradient(Pixels<const T> dy, Pixels<const T> x, const AffineGradient<T>& by, Pixels<T> dx,
              int64_t pixels, int64_t channels) {
  const Tag<T> d;
  for (int64_t p0 = 0; p0 < pixels; p0 += kStrip)
    ForLanes(d, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
      const int64_t p1 = std::min(pixels, p0 + kStrip);
      const V<T> mean = LoadLanes(whole, d, by.mean + c, left),
                 scale = LoadLanes(whole, d, by.scale + c, left);
      const V<T> slope = LoadLanes(whole, d, by.slope + c, left);
      const V<T> offset = LoadLanes(whole, d, by.offset + c, left);
      const T* HWY_RESTRICT g = dy.data + p0 * dy.pitch + c;
      const T* HWY_RESTRICT from = x.data + p0 * x.pitch + c;
      T* HWY_RESTRICT to = dx.data + p0 * dx.pitch + c;
      for (int64_t p = p0; p < p1; ++p, g += dy.pitch, from += x.pitch, to += dx.pitch) {
        const V<T> z = hn::Sub(LoadLanes(whole, d, from, left), mean);
        StoreLanes(whole,
                   hn::MulAdd(LoadLanes(whole, d, g, left), scale, hn::MulAdd(z, slope, offset)), d,
                   to, left);
      }
    });
}

// ---- Adjacent elements in 16 virtual lanes -----------------------------------------------------

/// Calls body(vector of the sixteen, offset, whole, left) over a row; the last call may be partial.
template <class T, class Body>
HWY_INLINE void ForRow(int64_t n, const Body& body) {
  constexpr int vectors = Sum16<T>::vectors;
  const int64_t lanes = LanesOf<T>();
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int v = 0; v < vectors; ++v) body(v, i + v * lanes, std::true_type(), lanes);
  for (int v = 0; i < n; ++v, i += lanes) body(v, i, std::false_type(), n - i);
}

/// Lanes beyond `left` become zero: what is loaded there is zero already, what is computed is not.
template <bool Whole, class D>
HWY_INLINE hn::Vec<D> Existing(std::bool_constant<Whole>, D d, hn::Vec<D> v, int64_t left) {
  if (Whole || left >= int64_t(hn::Lanes(d))) return v;
  return hn::IfThenElseZero(hn::FirstN(d, size_t(left)), v);
}

template <class T>
T RowSum(const T* x, int64_t n) {
  const Tag<T> d;
  Sum16<T> sum;
  ForRow<T>(n, [&](int v, int64_t i, auto whole, int64_t left)
                   HWY_ATTR { sum[v] = hn::Add(sum[v], LoadLanes(whole, d, x + i, left)); });
  return sum.total();
}

template <class T>
T RowSquares(const T* x, int64_t n, T mean) {
  const Tag<T> d;
  const V<T> m = hn::Set(d, mean);
  Sum16<T> sum;
  ForRow<T>(n, [&](int v, int64_t i, auto whole, int64_t left) HWY_ATTR {
    const V<T> z = Existing(whole, d, hn::Sub(LoadLanes(whole, d, x + i, left), m), left);
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
  ForRow<T>(n, [&](int v, int64_t i, auto whole, int64_t left) HWY_ATTR {
    const V<T> g = LoadLanes(whole, d, dy + i, left);
    s[v] = hn::Add(s[v], g);
    p[v] = hn::MulAdd(g, hn::Sub(LoadLanes(whole, d, x + i, left), m), p[v]);
  });
  *sum = s.total(), *product = p.total();
}

template <class T>
void RowApply(const T* x, const Affine<T>& by, T* y, int64_t n) {
  const Tag<T> d;
  const V<T> mean = hn::Set(d, *by.mean), scale = hn::Set(d, *by.scale);
  const V<T> shift = hn::Set(d, *by.shift);
  ForLanes(d, n, [&](int64_t i, auto whole, int64_t left) HWY_ATTR {
    StoreLanes(whole, Affined(LoadLanes(whole, d, x + i, left), mean, scale, shift), d, y + i,
               left);
  });
}

template <class T>
void RowGradient(const T* dy, const T* x, const AffineGradient<T>& by, T* dx, int64_t n) {
  const Tag<T> d;
  const V<T> mean = hn::Set(d, *by.mean), scale = hn::Set(d, *by.scale);
  const V<T> slope = hn::Set(d, *by.slope), offset = hn::Set(d, *by.offset);
  ForLanes(d, n, [&](int64_t i, auto whole, int64_t left) HWY_ATTR {
    const V<T> z = hn::Sub(LoadLanes(whole, d, x + i, left), mean);
    const V<T> g = LoadLanes(whole, d, dy + i, left);
    StoreLanes(whole, hn::MulAdd(g, scale, hn::MulAdd(z, slope, offset)), d, dx + i, left);
  });
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
  ForLanes(d, n, [&](int64_t i, auto whole, int64_t left) HWY_ATTR {
    V<T> v = hn::Mul(hn::Sub(LoadLanes(whole, d, x + i, left), m), r);
    if (weight && bias)
      v = hn::MulAdd(v, LoadLanes(whole, d, weight + i, left), LoadLanes(whole, d, bias + i, left));
    else if (weight)
      v = hn::Mul(v, LoadLanes(whole, d, weight + i, left));
    else if (bias)
      v = hn::Add(v, LoadLanes(whole, d, bias + i, left));
    StoreLanes(whole, v, d, y + i, left);
  });
}

template <class T>
void NormalizeGradient(bool centred, const T* dy, const T* x, int64_t n, T mean, T rstd,
                       const T* weight, T* dx, T* dweight, T* dbias) {
  const Tag<T> d;
  const V<T> m = hn::Set(d, mean), r = hn::Set(d, rstd);
  const auto normal = [&](int64_t i, auto whole, int64_t left) HWY_ATTR {
    return hn::Mul(hn::Sub(LoadLanes(whole, d, x + i, left), m), r);
  };
  const auto weighted = [&](V<T> g, int64_t i, auto whole, int64_t left) HWY_ATTR {
    return weight ? hn::Mul(g, LoadLanes(whole, d, weight + i, left)) : g;
  };
  Sum16<T> sum, product;
  ForRow<T>(n, [&](int v, int64_t i, auto whole, int64_t left) HWY_ATTR {
    const V<T> g = LoadLanes(whole, d, dy + i, left), xhat = normal(i, whole, left);
    const V<T> t = weighted(g, i, whole, left);
    sum[v] = hn::Add(sum[v], t);
    product[v] = hn::MulAdd(t, xhat, product[v]);
    if (dweight)
      StoreLanes(whole, hn::MulAdd(g, xhat, LoadLanes(whole, d, dweight + i, left)), d, dweight + i,
                 left);
    if (dbias)
      StoreLanes(whole, hn::Add(g, LoadLanes(whole, d, dbias + i, left)), d, dbias + i, left);
  });
  if (!dx) return;
  const V<T> a = hn::Set(d, centred ? sum.total() / T(n) : T(0));
  const V<T> b = hn::Set(d, product.total() / T(n));
  ForLanes(d, n, [&](int64_t i, auto whole, int64_t left) HWY_ATTR {
    const V<T> t = weighted(LoadLanes(whole, d, dy + i, left), i, whole, left);
    const V<T> xhat = normal(i, whole, left);
    StoreLanes(whole, hn::Mul(r, hn::NegMulAdd(xhat, b, hn::Sub(t, a))), d, dx + i, left);
  });
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
