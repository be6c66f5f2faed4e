// Elementary functions on Highway vectors of f32 or f64, full vectors only.
//
// Included once per target, inside its region. Every function is correct over the whole range:
// zeros keep their sign, infinities and NaN follow C99, subnormals are neither lost nor flushed.
// Errors are below 2 ulp, or as said (tests/cpu/math_test.cc has the bound of each). On targets
// with FMA the bits are the same everywhere and for every vector length: each lane goes through one
// fixed sequence of correctly rounded operations; what depends on the values of other lanes (huge
// angles) changes only the lanes concerned. Targets without FMA keep the bounds by Dekker's exact
// product.
//
// Methods: argument reduction after Cody and Waite, polynomials of math_coefficients.h, and where
// one rounding too many would show, pairs of numbers whose sum is the value ("high" and "low").
// Vectors are parameters and locals only, never members: SVE and RVV vectors have no size.
#if defined(TANDEM_CPU_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_MATH_INL_H
#undef TANDEM_CPU_MATH_INL_H
#else
#define TANDEM_CPU_MATH_INL_H
#endif
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include "tandem/cpu/argument_reduction.h"
#include "tandem/cpu/math_coefficients.h"
#include "tandem/cpu/repeated_coefficients.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace math {
namespace hn = hwy::HWY_NAMESPACE;

/// Whether MulAdd rounds once.
inline constexpr bool kHasFma = HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128 &&
                                HWY_TARGET != HWY_SSSE3 && HWY_TARGET != HWY_SSE4 &&
                                HWY_TARGET != HWY_WASM;

/// The layout of a floating-point type.
template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = uint32_t;
  static constexpr int mantissa = 23, bias = 127;
};
template <>
struct Format<double> {
  using Bits = uint64_t;
  static constexpr int mantissa = 52, bias = 1023;
};

template <class D>
using T = hn::TFromD<D>;
template <class D>
using Table = detail::Coefficients<T<D>>;
template <class D>
inline constexpr T<D> infinity = std::numeric_limits<T<D>>::infinity();

template <class D>
HWY_INLINE hn::Vec<D> Constant(D d, double value) {
  return hn::Set(d, static_cast<T<D>>(value));
}

template <const auto& c, size_t I, class D>
HWY_INLINE hn::Vec<D> Coefficient(D d) {
  if constexpr (HWY_TARGET == HWY_AVX2)
    return hn::Load(d, detail::repeated<T<D>, c>[I].data());
  else
    return hn::Set(d, c[I]);
}

/// c[0] + x (c[1] + x (c[2] + ...)).
template <const auto& c, size_t I = 0, class D, class V>
HWY_INLINE V Polynomial(D d, V x) {
  if constexpr (I + 1 == std::size(c))
    return Coefficient<c, I>(d);
  else
    return hn::MulAdd(Polynomial<c, I + 1>(d, x), x, Coefficient<c, I>(d));
}

// ---- Sums and products with what they round away

/// a * b - product, exactly, where product = Mul(a, b) and nothing overflows or underflows.
template <class D, class V>
HWY_INLINE V ProductError(D d, V a, V b, V product) {
  if constexpr (kHasFma) {
    return hn::MulSub(a, b, product);
  } else {  // Dekker 1971, with halves cut by mask
    using F = Format<T<D>>;
    const hn::RebindToUnsigned<D> du;
    using Bits = typename F::Bits;
    const auto mask = hn::Set(du, static_cast<Bits>(~Bits{0} << ((F::mantissa + 2) / 2)));
    const V ah = hn::BitCast(d, hn::And(hn::BitCast(du, a), mask)), al = hn::Sub(a, ah);
    const V bh = hn::BitCast(d, hn::And(hn::BitCast(du, b), mask)), bl = hn::Sub(b, bh);
    const V left =
        hn::Add(hn::Add(hn::Sub(hn::Mul(ah, bh), product), hn::Mul(ah, bl)), hn::Mul(al, bh));
    return hn::Add(left, hn::Mul(al, bl));
  }
}

/// a + b = result + low exactly, for |a| >= |b| or a = 0.
template <class D, class V>
HWY_INLINE V FastSum(D, V a, V b, V& low) {
  const V sum = hn::Add(a, b);
  low = hn::Add(hn::Sub(a, sum), b);
  return sum;
}

/// a + b = result + low exactly (Knuth).
template <class D, class V>
HWY_INLINE V Sum(D, V a, V b, V& low) {
  const V sum = hn::Add(a, b), from_b = hn::Sub(sum, a);
  low = hn::Add(hn::Sub(a, hn::Sub(sum, from_b)), hn::Sub(b, from_b));
  return sum;
}

/// (ah + al) * (bh + bl) = result + low, to twice the precision of the type.
template <class D, class V>
HWY_INLINE V Product(D d, V ah, V al, V bh, V bl, V& low) {
  const V product = hn::Mul(ah, bh);
  low = hn::MulAdd(ah, bl, hn::MulAdd(al, bh, ProductError(d, ah, bh, product)));
  return product;
}

/// (top + top_low) / (bottom + bottom_low) = result + low, to twice the precision of the type, from
/// a `reciprocal` of bottom that is right to a few ulp.
template <class D, class V>
HWY_INLINE V QuotientBy(D d, V reciprocal, V top, V top_low, V bottom, V bottom_low, V& low) {
  const V q = hn::Mul(top, reciprocal), back = hn::Mul(q, bottom);
  const V left = hn::Sub(hn::Sub(top, back), ProductError(d, q, bottom, back));
  low = hn::Mul(hn::Add(left, hn::NegMulAdd(q, bottom_low, top_low)), reciprocal);
  return q;
}
template <class D, class V>
HWY_INLINE V Quotient(D d, V top, V top_low, V bottom, V bottom_low, V& low) {
  const V reciprocal = hn::Div(Constant(d, 1), bottom);
  return QuotientBy(d, reciprocal, top, top_low, bottom, bottom_low, low);
}

// ---- Exponents

/// Adding it rounds to an integer and leaves integer + bias in the low bits of the pattern.
template <class D>
HWY_INLINE hn::Vec<D> RoundingShift(D d) {
  using F = Format<T<D>>;
  return Constant(d, 1.5 * double(typename F::Bits{1} << F::mantissa) + F::bias);
}

/// 2^n from n + RoundingShift, for n an exponent of a normal number.
template <class D, class V>
HWY_INLINE V PowerOfTwo(D d, V shifted) {
  const hn::RebindToUnsigned<D> du;
  return hn::BitCast(d, hn::ShiftLeft<Format<T<D>>::mantissa>(hn::BitCast(du, shifted)));
}

/// v * 2^n for whole n, in two steps, as 2^n itself may be out of range: a result that is
/// subnormal is rounded once, one too large is infinite.
template <class D, class V>
HWY_INLINE V Scale(D d, V v, V n) {
  const V shift = RoundingShift(d), half_shifted = hn::MulAdd(n, Constant(d, 0.5), shift);
  const V rest = hn::Sub(n, hn::Sub(half_shifted, shift));
  return hn::Mul(hn::Mul(v, PowerOfTwo(d, half_shifted)), PowerOfTwo(d, hn::Add(rest, shift)));
}

/// x = result * 2^exponent with result in [sqrt(1/2), sqrt(2)), for x positive and finite.
template <class D, class V>
HWY_INLINE V Decompose(D d, V x, V& exponent) {
  using F = Format<T<D>>;
  using Bits = typename F::Bits;
  const hn::RebindToUnsigned<D> du;
  const auto subnormal = hn::Lt(x, hn::Set(d, std::numeric_limits<T<D>>::min()));
  const double raise = double(Bits{1} << (F::mantissa + 1));
  x = hn::IfThenElse(subnormal, hn::Mul(x, Constant(d, raise)), x);
  constexpr Bits one = Bits{F::bias} << F::mantissa;
  constexpr Bits root_half = sizeof(T<D>) == 4 ? Bits(0x3f3504f3) : Bits(0x3fe6a09e667f3bcc);
  const auto moved = hn::Add(hn::BitCast(du, x), hn::Set(du, static_cast<Bits>(one - root_half)));
  // The exponent becomes a float by standing in the low bits of 2^mantissa.
  const V magic = Constant(d, double(Bits{1} << F::mantissa));
  const V biased =
      hn::BitCast(d, hn::Or(hn::ShiftRight<F::mantissa>(moved), hn::BitCast(du, magic)));
  const V bias = hn::IfThenElse(subnormal, hn::Add(magic, Constant(d, F::bias + F::mantissa + 1)),
                                hn::Add(magic, Constant(d, F::bias)));
  exponent = hn::Sub(biased, bias);
  const auto fraction =
      hn::And(moved, hn::Set(du, static_cast<Bits>((Bits{1} << F::mantissa) - 1)));
  return hn::BitCast(d, hn::Add(fraction, hn::Set(du, root_half)));
}

// ---- exp

/// exp(high + low) = (result + low_result) * 2^n, for |high| below the overflow bounds.
template <class D, class V>
HWY_INLINE V ExpParts(D d, V high, V low, V& n, V& low_result) {
  const V shift = RoundingShift(d);
  n = hn::Sub(hn::MulAdd(high, hn::Set(d, Table<D>::log2_e[0]), shift), shift);
  const V whole = hn::NegMulAdd(n, hn::Set(d, Table<D>::ln2[0]), high);  // exact
  V r_low;
  const V r = Sum(d, whole, hn::NegMulAdd(n, hn::Set(d, Table<D>::ln2[1]), low), r_low);
  const V tail =
      hn::MulAdd(hn::Mul(r, r), Polynomial<Table<D>::exp>(d, r), hn::MulAdd(r, r_low, r_low));
  V sum_low, result_low;
  const V sum = FastSum(d, Constant(d, 1), r, sum_low);
  const V result = FastSum(d, sum, tail, result_low);
  low_result = hn::Add(sum_low, result_low);
  return result;
}

/// x brought between two bounds; NaN stays.
template <class D, class V>
HWY_INLINE V Between(D d, V x, double low, double high) {
  const V lowest = Constant(d, low), highest = Constant(d, high);
  x = hn::IfThenElse(hn::Lt(x, lowest), lowest, x);
  return hn::IfThenElse(hn::Gt(x, highest), highest, x);
}

/// exp(x) / 2^n, and n: what exp, sinh and cosh share.
template <class D, class V>
HWY_INLINE V ExpFraction(D d, V x, V& n) {
  constexpr bool single = sizeof(T<D>) == 4;
  x = Between(d, x, single ? -104 : -746, single ? 90 : 711);
  const V shift = RoundingShift(d);
  n = hn::Sub(hn::MulAdd(x, hn::Set(d, Table<D>::log2_e[0]), shift), shift);
  V r = hn::NegMulAdd(n, hn::Set(d, Table<D>::ln2[0]), x);
  r = hn::NegMulAdd(n, hn::Set(d, Table<D>::ln2[1]), r);
  const V tail = hn::MulAdd(hn::Mul(r, r), Polynomial<Table<D>::exp>(d, r), r);
  return hn::Add(Constant(d, 1), tail);
}

template <class D, class V>
inline V Exp(D d, V x) {
  V n;
  const V fraction = ExpFraction(d, x, n);
  return Scale(d, fraction, n);
}

/// exp(x) - 1 without cancellation.
template <class D, class V>
inline V Expm1(D d, V x) {
  constexpr bool single = sizeof(T<D>) == 4;
  const V one = Constant(d, 1), shift = RoundingShift(d);
  const V bounded = Between(d, x, single ? -18 : -40, single ? 89 : 710);
  const V shifted = hn::MulAdd(bounded, hn::Set(d, Table<D>::log2_e[0]), shift);
  const V n = hn::Sub(shifted, shift);
  V r_low;
  const V r = FastSum(d, hn::NegMulAdd(n, hn::Set(d, Table<D>::ln2[0]), bounded),
                      hn::Mul(hn::Neg(n), hn::Set(d, Table<D>::ln2[1])), r_low);
  const V e = hn::Add(
      r, hn::MulAdd(hn::Mul(r, r), Polynomial<Table<D>::exp>(d, r), hn::MulAdd(r, r_low, r_low)));
  // 2^n e + (2^n - 1), at half the size because 2^n may be too large by one.
  const V power = PowerOfTwo(d, hn::Sub(shifted, one));
  const V half = hn::MulAdd(power, e, hn::Sub(power, Constant(d, 0.5)));
  return hn::IfThenElse(hn::Eq(n, hn::Zero(d)), hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, e),
                        hn::Add(half, half));
}

// ---- log

/// n ln(2) + log(1 + f) + low for 1 + f in [sqrt(1/2), sqrt(2)).
template <class D, class V>
HWY_INLINE V LogOfParts(D d, V n, V f, V low) {
  const V s = hn::Div(f, hn::Add(Constant(d, 2), f)), z = hn::Mul(s, s);
  const V half_square = hn::Mul(hn::Mul(Constant(d, 0.5), f), f);
  const V sum = hn::MulAdd(z, Polynomial<Table<D>::log>(d, z), half_square);
  const V rest = hn::MulAdd(s, sum, hn::MulAdd(n, hn::Set(d, Table<D>::ln2[1]), low));
  const V fine = hn::Sub(hn::Sub(half_square, rest), f);
  return hn::MulSub(n, hn::Set(d, Table<D>::ln2[0]), fine);
}

/// What every logarithm gives for x outside (0, inf).
template <class D, class V>
HWY_INLINE V LogEdges(D d, V x, V result) {
  const V inf = hn::Set(d, infinity<D>);
  result = hn::IfThenElse(hn::Lt(x, inf), result, x);  // inf, NaN
  result = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(inf), result);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::NaN(d), result);
}

template <class D, class V>
inline V Log(D d, V x) {
  V n;
  const V m = Decompose(d, x, n);
  return LogEdges(d, x, LogOfParts(d, n, hn::Sub(m, Constant(d, 1)), hn::Zero(d)));
}

/// log(1 + x) without cancellation.
template <class D, class V>
inline V Log1p(D d, V x) {
  const V one = Constant(d, 1), zero = hn::Zero(d);
  V u_low, n;
  const V u = Sum(d, one, x, u_low), m = Decompose(d, u, n);
  // Around 0 x itself is f, and nothing was rounded away.
  const auto near = hn::Eq(n, zero);
  const V f = hn::IfThenElse(near, x, hn::Sub(m, one));
  const V low = hn::IfThenElse(near, zero, hn::Div(u_low, u));
  V result = LogOfParts(d, n, f, low);
  const V inf = hn::Set(d, infinity<D>);
  result = hn::IfThenElse(hn::Lt(x, inf), result, x);
  result = hn::IfThenElse(hn::Eq(x, zero), x, result);
  result = hn::IfThenElse(hn::Eq(x, Constant(d, -1)), hn::Neg(inf), result);
  return hn::IfThenElse(hn::Lt(x, Constant(d, -1)), hn::NaN(d), result);
}

/// log2(x) = result + low to twice the precision of the type, for x positive and finite.
template <class D, class V>
HWY_INLINE V Log2Parts(D d, V x, V& low) {
  V n;
  const V one = Constant(d, 1), m = Decompose(d, x, n), f = hn::Sub(m, one);
  // s = f / (2 + f), log(m) = 2 s + s^3 (2/3 + z Q(z)), z = s^2
  V bottom_low, s_low;
  const V bottom = Sum(d, one, m, bottom_low);
  const V s = Quotient(d, f, hn::Zero(d), bottom, bottom_low, s_low);
  V z_low, cube_low, c_low, t_low, sum_low, scaled_low;
  const V z = Product(d, s, s_low, s, s_low, z_low);
  const V cube = Product(d, z, z_low, s, s_low, cube_low);
  const V c = FastSum(d, hn::Set(d, Table<D>::two_thirds[0]),
                      hn::Mul(z, Polynomial<Table<D>::log_tail>(d, z)), c_low);
  c_low = hn::Add(c_low, hn::MulAdd(z_low, Constant(d, 0.4), hn::Set(d, Table<D>::two_thirds[1])));
  const V t = Product(d, cube, cube_low, c, c_low, t_low);
  const V sum = FastSum(d, hn::Add(s, s), t, sum_low);
  sum_low = hn::Add(sum_low, hn::Add(t_low, hn::Add(s_low, s_low)));
  const V scaled = Product(d, sum, sum_low, hn::Set(d, Table<D>::log2_e[0]),
                           hn::Set(d, Table<D>::log2_e[1]), scaled_low);
  V rounded;
  const V result = FastSum(d, n, scaled, rounded);
  return FastSum(d, result, hn::Add(rounded, scaled_low), low);
}

template <class D, class V>
inline V Log2(D d, V x) {
  V low;
  const V high = Log2Parts(d, x, low);
  return LogEdges(d, x, high);
}

template <class D, class V>
inline V Log10(D d, V x) {
  V low, result_low;
  const V high = Log2Parts(d, x, low);
  const V result = Product(d, high, low, hn::Set(d, Table<D>::log10_2[0]),
                           hn::Set(d, Table<D>::log10_2[1]), result_low);
  return LogEdges(d, x, hn::Add(result, result_low));
}

// ---- pow

/// 2^(high + low).
template <class D, class V>
HWY_INLINE V Exp2OfSum(D d, V high, V low) {
  constexpr bool single = sizeof(T<D>) == 4;
  const V bounded = Between(d, high, single ? -160 : -1100, single ? 140 : 1100);
  low = hn::IfThenElseZero(hn::Eq(bounded, high), low);
  const V shift = RoundingShift(d), n = hn::Sub(hn::Add(bounded, shift), shift);
  V r_low;
  const V fraction = FastSum(d, hn::Sub(bounded, n), low, low);
  const V r = Product(d, fraction, low, hn::Set(d, Table<D>::ln2_sum[0]),
                      hn::Set(d, Table<D>::ln2_sum[1]), r_low);
  const V tail =
      hn::MulAdd(hn::Mul(r, r), Polynomial<Table<D>::exp>(d, r), hn::MulAdd(r, r_low, r_low));
  return Scale(d, hn::Add(Constant(d, 1), hn::Add(r, tail)), n);
}

template <class D, class V>
inline V Exp2(D d, V x) {
  return Exp2OfSum(d, x, hn::Zero(d));
}

/// x^y with the special cases of C99 (annex F.9.4.4): 1 for y = 0 and for x = 1, NaN included; for
/// x < 0 a NaN unless y is whole, and the sign of x for odd y.
template <class D, class V>
inline V Pow(D d, V x, V y) {
  const V zero = hn::Zero(d), one = Constant(d, 1), inf = hn::Set(d, infinity<D>);
  const V magnitude = hn::Abs(x);
  V log_low, low;
  V log = Log2Parts(d, magnitude, log_low);
  const auto regular = hn::And(hn::Lt(magnitude, inf), hn::Gt(magnitude, zero));
  log_low = hn::IfThenElseZero(regular, log_low);
  log = hn::IfThenElse(regular, log,
                       hn::IfThenElse(hn::Eq(magnitude, zero), hn::Neg(inf), magnitude));
  V high = Product(d, log, log_low, y, zero, low);
  // A product out of range has no meaningful low part.
  low = hn::IfThenElseZero(hn::Lt(hn::Abs(high), Constant(d, 1e30)), low);
  V result = Exp2OfSum(d, high, low);

  const V half = hn::Mul(y, Constant(d, 0.5));
  const auto whole = hn::Eq(hn::Trunc(y), y);
  const auto odd = hn::AndNot(hn::Eq(hn::Trunc(half), half), whole);
  const auto negative = hn::Lt(x, zero);
  result = hn::IfThenElse(hn::AndNot(hn::Or(whole, hn::Eq(magnitude, inf)), negative), hn::NaN(d),
                          result);
  result = hn::IfThenElse(odd, hn::CopySign(result, x), result);
  // 1^inf and (-1)^inf were inf * 0.
  const auto is_one =
      hn::Or(hn::Eq(x, one), hn::And(hn::Eq(magnitude, one), hn::Eq(hn::Abs(y), inf)));
  return hn::IfThenElse(hn::Or(is_one, hn::Eq(y, zero)), one, result);
}

// ---- Hyperbolic functions

template <class D, class V>
inline V Tanh(D d, V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x), one = Constant(d, 1);
  const V near = hn::MulAdd(hn::Mul(x, z), Polynomial<Table<D>::tanh>(d, z), x);
  V n;
  const V bounded = Between(d, a, 0, 22);
  const V fraction = ExpFraction(d, hn::Add(bounded, bounded), n);
  const V e = hn::Mul(fraction, PowerOfTwo(d, hn::Add(n, RoundingShift(d))));
  const V far = hn::Sub(one, hn::Div(Constant(d, 2), hn::Add(e, one)));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, Constant(d, 0.625)), near, far), x);
}

/// exp(a) / 2, finite a little longer than exp(a).
template <class D, class V>
inline V HalfExp(D d, V a) {
  V n;
  const V fraction = ExpFraction(d, a, n);
  return Scale(d, fraction, hn::Sub(n, Constant(d, 1)));
}

template <class D, class V>
inline V Sinh(D d, V x) {
  const V a = hn::Abs(x), half = HalfExp(d, a), z = hn::Mul(a, a);
  const V near = hn::MulAdd(hn::Mul(a, z), Polynomial<Table<D>::sinh>(d, z), a);
  const V far = hn::Sub(half, hn::Div(Constant(d, 0.25), half));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, Constant(d, 1)), near, far), x);
}

template <class D, class V>
inline V Cosh(D d, V x) {
  const V half = HalfExp(d, hn::Abs(x));
  return hn::Add(half, hn::Div(Constant(d, 0.25), half));
}

template <class D, class V>
inline V Asinh(D d, V x) {
  // log1p(a + a^2 / (1 + sqrt(1 + a^2))); beyond `large` log(2 a), before a^2 overflows
  const V a = hn::Abs(x), one = Constant(d, 1), z = hn::Mul(a, a);
  const auto large = hn::Gt(a, Constant(d, sizeof(T<D>) == 4 ? 1e8 : 1e17));
  const V t = hn::Add(a, hn::Div(z, hn::Add(one, hn::Sqrt(hn::Add(one, z)))));
  const V result = Log1p(d, hn::IfThenElse(large, a, t));
  const V shift = hn::IfThenElseZero(large, hn::Set(d, Table<D>::ln2_sum[0]));
  return hn::CopySign(hn::Add(result, shift), x);
}

template <class D, class V>
inline V Acosh(D d, V x) {
  const V one = Constant(d, 1), t = hn::Sub(x, one);
  const auto large = hn::Gt(x, Constant(d, sizeof(T<D>) == 4 ? 1e8 : 1e17));
  const V root = hn::Sqrt(hn::MulAdd(t, t, hn::Add(t, t)));
  const V log = Log1p(d, hn::IfThenElse(large, x, hn::Add(t, root)));
  const V result = hn::Add(log, hn::IfThenElseZero(large, hn::Set(d, Table<D>::ln2_sum[0])));
  return hn::IfThenElse(hn::Lt(x, one), hn::NaN(d), result);
}

template <class D, class V>
inline V Atanh(D d, V x) {
  const V a = hn::Abs(x), double_a = hn::Add(a, a);
  const V t = hn::Div(double_a, hn::Sub(Constant(d, 1), a));
  const V half = hn::Mul(Constant(d, 0.5), Log1p(d, t));
  const V result = hn::IfThenElse(hn::Gt(a, Constant(d, 1)), hn::NaN(d), half);
  return hn::CopySign(hn::IfThenElse(hn::Eq(t, double_a), a, result), x);
}

// ---- erf

/// erf(x) for |x| < 0.92.
template <class D, class V>
HWY_INLINE V ErfNearZero(D d, V x) {
  const V z = hn::Mul(x, x);
  const V slope =
      hn::MulAdd(z, Polynomial<Table<D>::erf>(d, z), hn::Set(d, Table<D>::two_over_root_pi[1]));
  return hn::MulAdd(x, hn::Set(d, Table<D>::two_over_root_pi[0]), hn::Mul(x, slope));
}

/// The variable of the polynomial for erfc, t = (a - k) / (a + k), and a reciprocal of `bottom`:
/// two quotients by one division.
template <class D, class V>
HWY_INLINE V ErfcVariable(D d, V a, V bottom, V& reciprocal) {
  const V center = Constant(d, sizeof(T<D>) == 4 ? 2 : 4), sum = hn::Add(a, center);
  const V inverse = hn::Div(Constant(d, 1), hn::Mul(sum, bottom));
  reciprocal = hn::Mul(sum, inverse);
  return hn::Mul(hn::Sub(a, center), hn::Mul(bottom, inverse));
}

/// erfc(a) for a >= 1/2, relative: exp(-a^2) (1 + p(t)) / (1 + 2 a) after Shepherd and Laframboise,
/// "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", 1981. (Below 1/2 the rounding of t would
/// show.)
template <class D, class V>
inline V ErfcOfLarge(D d, V a) {
  const V one = Constant(d, 1);
  a = Between(d, a, 0.5, sizeof(T<D>) == 4 ? 10.5 : 28);
  V top_low, bottom_low, reciprocal, q_low, n, e_low;
  const V bottom = Sum(d, one, hn::Add(a, a), bottom_low);
  const V t = ErfcVariable(d, a, bottom, reciprocal);
  const V top = FastSum(d, one, Polynomial<Table<D>::erfc>(d, t), top_low);
  const V q = QuotientBy(d, reciprocal, top, top_low, bottom, bottom_low, q_low);
  const V square = hn::Mul(a, a), square_low = ProductError(d, a, a, square);
  const V e = ExpParts(d, hn::Neg(square), hn::Neg(square_low), n, e_low);
  const V product = hn::MulAdd(e, q, hn::MulAdd(e, q_low, hn::Mul(e_low, q)));
  return Scale(d, product, n);
}

/// 1 - erfc(a) for a >= 0.92, where a few ulp of erfc do not show.
template <class D, class V>
inline V ErfOfLarge(D d, V a) {
  const V one = Constant(d, 1);
  a = Between(d, a, 0.5, sizeof(T<D>) == 4 ? 4 : 6);
  V reciprocal, n;
  const V t = ErfcVariable(d, a, hn::Add(one, hn::Add(a, a)), reciprocal);
  const V q = hn::Mul(hn::Add(one, Polynomial<Table<D>::erfc>(d, t)), reciprocal);
  const V e = ExpFraction(d, hn::Neg(hn::Mul(a, a)), n);
  const V power = PowerOfTwo(d, hn::Add(n, RoundingShift(d)));
  return hn::NegMulAdd(hn::Mul(e, power), q, one);
}

template <class D, class V>
inline V Erf(D d, V x) {
  const V a = hn::Abs(x);
  const auto near = hn::Lt(a, Constant(d, 0.92));
  return hn::CopySign(hn::IfThenElse(near, ErfNearZero(d, x), ErfOfLarge(d, a)), x);
}

template <class D, class V>
inline V Erfc(D d, V x) {
  const V a = hn::Abs(x), large = ErfcOfLarge(d, a);
  const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(Constant(d, 2), large), large);
  const V near = hn::Sub(Constant(d, 1), ErfNearZero(d, x));
  return hn::IfThenElse(hn::Lt(a, Constant(d, 0.5)), near, far);
}

// ---- the normal distribution

/// Below 0 the density's exponential times a polynomial in (a - k) / (a + k), a = |x|; above, what
/// is left of 1; below 6 ulp, not 2, since GELU wants it cheap. Beside exp(-x^2 / 2), as gradients
/// have it, compilers compute the exponential once.
template <class D, class V>
inline V Ndtr(D d, V x) {
  constexpr bool single = sizeof(T<D>) == 4;
  constexpr double center = single ? 3 : 4;
  const V one = Constant(d, 1), largest = Constant(d, single ? 14.5 : 38.6);
  const V e = Exp(d, hn::Mul(Constant(d, -0.5), hn::Mul(x, x)));
  V a = hn::Abs(x);
  a = hn::IfThenElse(hn::Gt(a, largest), largest, a);
  const V r = hn::Div(one, hn::Add(a, Constant(d, center)));
  const V u = hn::NegMulAdd(Constant(d, 2 * center), r, one);
  const V q = hn::Mul(Polynomial<Table<D>::ndtr>(d, u), r);
  // exp(-low / 2) = 1 - low / 2 for what the square has rounded away.
  const V low = ProductError(d, a, a, hn::Mul(a, a));
  V tail = hn::Mul(e, hn::NegMulAdd(hn::Mul(q, Constant(d, 0.5)), low, q));
  if constexpr (!single) {  // near 0 the polynomial is steep, and the rounding of u would show
    const V erf = ErfNearZero(d, hn::Mul(a, Constant(d, std::numbers::sqrt2 / 2)));
    const V half = Constant(d, 0.5);
    tail = hn::IfThenElse(hn::Lt(a, Constant(d, 0.67)), hn::NegMulAdd(half, erf, half), tail);
  }
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
}

// ---- sin, cos, tan

/// The lanes at `limit` and above, NaN included, reduced one by one.
template <class D, class V, class I>
HWY_NOINLINE void ReduceHuge(D d, V x, T<D> limit, V& high, V& low, I& quadrant) {
  const hn::RebindToUnsigned<D> du;
  using Bits = typename Format<T<D>>::Bits;
  HWY_ALIGN T<D> value[hn::MaxLanes(d)], high_lane[hn::MaxLanes(d)], low_lane[hn::MaxLanes(d)];
  HWY_ALIGN Bits quadrant_lane[hn::MaxLanes(d)];
  hn::Store(x, d, value);
  hn::Store(high, d, high_lane);
  hn::Store(low, d, low_lane);
  hn::Store(quadrant, du, quadrant_lane);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    if (value[i] < limit && value[i] > -limit) continue;
    double h, l;
    quadrant_lane[i] = static_cast<Bits>(detail::reduce_angle(value[i], h, l));
    high_lane[i] = static_cast<T<D>>(h);
    low_lane[i] = static_cast<T<D>>(h - double(high_lane[i]) + l);
  }
  high = hn::Load(d, high_lane);
  low = hn::Load(d, low_lane);
  quadrant = hn::Load(du, quadrant_lane);
}

/// x = quadrant pi/2 + result + low, |result| <= pi/4 and a rounding; the quadrant's low two bits.
template <class D, class V, class I>
HWY_INLINE V ReduceAngle(D d, V x, V& low, I& quadrant) {
  constexpr bool single = sizeof(T<D>) == 4;
  const hn::RebindToUnsigned<D> du;
  using F = Format<T<D>>;
  const V shift = Constant(d, 1.5 * double(typename F::Bits{1} << F::mantissa));
  const V shifted = hn::MulAdd(x, Constant(d, 0.636619772367581343076), shift);
  const V n = hn::Sub(shifted, shift);
  quadrant = hn::BitCast(du, shifted);
  // x - n pi/2 with pi/2 in three parts. The first difference is exact: it is a multiple of the
  // last bit of pi/2 and below 1.
  const V first = hn::Set(d, Table<D>::half_pi[0]), second = hn::Set(d, Table<D>::half_pi[1]);
  const V product = hn::Mul(n, first);
  const V a = hn::Sub(hn::Sub(x, product), ProductError(d, n, first, product));
  const V b = hn::Mul(n, second), b_low = ProductError(d, n, second, b);
  V high = Sum(d, a, hn::Neg(b), low);
  low = hn::Sub(low, hn::MulAdd(n, hn::Set(d, Table<D>::half_pi[2]), b_low));
  high = FastSum(d, high, low, low);
  // Beyond, n has too many bits for three parts.
  const T<D> limit = single ? T<D>(1 << 16) : T<D>(1 << 26);
  if (HWY_UNLIKELY(!hn::AllTrue(d, hn::Lt(hn::Abs(x), hn::Set(d, limit)))))
    ReduceHuge(d, x, limit, high, low, quadrant);
  return high;
}

/// sin and cos of a reduced angle, as result + result_low.
template <class D, class V>
HWY_INLINE V SinOfReduced(D d, V r, V low, V& result_low) {
  const V z = hn::Mul(r, r);
  return FastSum(d, r, hn::MulAdd(hn::Mul(r, z), Polynomial<Table<D>::sin>(d, z), low), result_low);
}
template <class D, class V>
HWY_INLINE V CosOfReduced(D d, V r, V low, V& result_low) {
  const V z = hn::Mul(r, r), half = hn::Mul(z, Constant(d, 0.5)), one = Constant(d, 1);
  const V main = hn::Sub(one, half), lost = hn::Sub(hn::Sub(one, main), half);
  const V tail = hn::MulSub(hn::Mul(z, z), Polynomial<Table<D>::cos>(d, z), hn::Mul(r, low));
  return FastSum(d, main, hn::Add(lost, tail), result_low);
}

/// sin(x + turn pi/2).
template <int Turn, class D, class V>
inline V SinOfQuadrant(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  using Bits = typename Format<T<D>>::Bits;
  auto quadrant = hn::Zero(du);
  V low;
  const V r = ReduceAngle(d, x, low, quadrant);
  quadrant = hn::Add(quadrant, hn::Set(du, Bits{Turn}));
  const auto odd = hn::MaskFromVec(
      hn::BitCast(d, hn::Sub(hn::Zero(du), hn::And(quadrant, hn::Set(du, Bits{1})))));
  const auto sign = hn::ShiftLeft<sizeof(T<D>) * 8 - 2>(hn::And(quadrant, hn::Set(du, Bits{2})));
  V unused;
  const V value =
      hn::IfThenElse(odd, CosOfReduced(d, r, low, unused), SinOfReduced(d, r, low, unused));
  return hn::Xor(value, hn::BitCast(d, sign));
}

template <class D, class V>
inline V Sin(D d, V x) {
  return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, SinOfQuadrant<0>(d, x));
}

template <class D, class V>
inline V Cos(D d, V x) {
  return SinOfQuadrant<1>(d, x);
}

template <class D, class V>
inline V Tan(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  using Bits = typename Format<T<D>>::Bits;
  auto quadrant = hn::Zero(du);
  V low;
  const V r = ReduceAngle(d, x, low, quadrant);
  V sine_low, cosine_low, result_low;
  const V sine = SinOfReduced(d, r, low, sine_low), cosine = CosOfReduced(d, r, low, cosine_low);
  const auto odd = hn::MaskFromVec(
      hn::BitCast(d, hn::Sub(hn::Zero(du), hn::And(quadrant, hn::Set(du, Bits{1})))));
  const V result = Quotient(d, hn::IfThenElse(odd, hn::Neg(cosine), sine),
                            hn::IfThenElse(odd, hn::Neg(cosine_low), sine_low),
                            hn::IfThenElse(odd, sine, cosine),
                            hn::IfThenElse(odd, sine_low, cosine_low), result_low);
  return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, hn::Add(result, result_low));
}

// ---- Inverse trigonometric functions

template <class D, class V>
inline V Atan(D d, V x) {
  const V a = hn::Abs(x), one = Constant(d, 1), zero = hn::Zero(d);
  const auto middle = hn::Ge(a, Constant(d, 0.5)), far = hn::Gt(a, Constant(d, 2));
  // atan(a) = atan(r) + 0, pi/4 or pi/2 with r = a, (a - 1) / (a + 1) or -1 / a
  V top = hn::IfThenElse(middle, hn::Sub(a, one), a);
  V bottom = hn::IfThenElse(middle, hn::Add(a, one), one);
  top = hn::IfThenElse(far, hn::Neg(one), top);
  bottom = hn::IfThenElse(far, a, bottom);
  const V r = hn::Div(top, bottom), z = hn::Mul(r, r);
  const V half = hn::IfThenElse(far, one, hn::IfThenElse(middle, Constant(d, 0.5), zero));
  const V tail = hn::MulAdd(hn::Mul(r, z), Polynomial<Table<D>::atan>(d, z),
                            hn::Mul(half, hn::Set(d, Table<D>::half_pi[1])));
  const V base = hn::Mul(half, hn::Set(d, Table<D>::half_pi[0]));
  // Near 0 the sum must not lose -0, nor r a bit.
  return hn::CopySign(hn::Add(base, hn::Add(r, tail)), x);
}

/// The angle of the point (x, y), in [-pi, pi], with C99's rules for zeros and infinities.
template <class D, class V>
inline V Atan2(D d, V y, V x) {
  const V zero = hn::Zero(d), one = Constant(d, 1), inf = hn::Set(d, infinity<D>);
  V ax = hn::Abs(x), ay = hn::Abs(y);
  const auto both_infinite = hn::And(hn::Eq(ax, inf), hn::Eq(ay, inf));
  ax = hn::IfThenElse(both_infinite, one, ax);
  ay = hn::IfThenElse(both_infinite, one, ay);
  const auto on_axis = hn::Eq(ay, zero);  // also at the origin
  const V ratio = hn::Div(ay, hn::IfThenElse(on_axis, one, ax));
  const V angle = Atan(d, hn::IfThenElse(on_axis, zero, ratio));
  const V pi = hn::Mul(Constant(d, 2), hn::Set(d, Table<D>::half_pi[0]));
  const V pi_low = hn::Mul(Constant(d, 2), hn::Set(d, Table<D>::half_pi[1]));
  const auto left = hn::Lt(hn::CopySign(one, x), zero);
  const V turned = hn::Sub(pi, hn::Sub(angle, pi_low));
  const V result = hn::CopySign(hn::IfThenElse(left, turned, angle), y);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::IsNaN(y), y, result));
}

/// sqrt((1 - a) / 2) = result + low, and the asin of it less itself in `tail`: 1/2 <= a <= 1.
template <class D, class V>
HWY_INLINE V AsinOfRoot(D d, V a, V& tail) {
  const V z = hn::Mul(hn::Sub(Constant(d, 1), a), Constant(d, 0.5)), s = hn::Sqrt(z);
  const V square = hn::Mul(s, s);
  const V left = hn::Sub(hn::Sub(z, square), ProductError(d, s, s, square));
  const V low = hn::IfThenElseZero(hn::Gt(s, hn::Zero(d)), hn::Div(left, hn::Add(s, s)));
  tail = hn::MulAdd(hn::Mul(s, z), Polynomial<Table<D>::asin>(d, z), low);
  return s;
}

template <class D, class V>
inline V Asin(D d, V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x), two = Constant(d, 2);
  const V near = hn::MulAdd(hn::Mul(a, z), Polynomial<Table<D>::asin>(d, z), a);
  V tail, low;
  const V s = AsinOfRoot(d, a, tail);
  const V high = FastSum(d, hn::Set(d, Table<D>::half_pi[0]), hn::Mul(Constant(d, -2), s), low);
  const V far =
      hn::Add(high, hn::NegMulAdd(two, tail, hn::Add(low, hn::Set(d, Table<D>::half_pi[1]))));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, Constant(d, 0.5)), near, far), x);
}

template <class D, class V>
inline V Acos(D d, V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x), two = Constant(d, 2);
  const V half_pi = hn::Set(d, Table<D>::half_pi[0]),
          half_pi_low = hn::Set(d, Table<D>::half_pi[1]);
  V tail, low, middle_low;
  const V s = AsinOfRoot(d, a, tail);
  const V right = hn::MulAdd(two, tail, hn::Add(s, s));
  const V high = FastSum(d, hn::Add(half_pi, half_pi), hn::Mul(Constant(d, -2), s), low);
  const V left = hn::Add(high, hn::MulAdd(two, hn::Sub(half_pi_low, tail), low));
  const V middle_high = FastSum(d, half_pi, hn::Neg(x), middle_low);
  const V middle =
      hn::Add(middle_high, hn::NegMulAdd(hn::Mul(x, z), Polynomial<Table<D>::asin>(d, z),
                                         hn::Add(middle_low, half_pi_low)));
  return hn::IfThenElse(hn::Lt(a, Constant(d, 0.5)), middle,
                        hn::IfThenElse(hn::Lt(x, hn::Zero(d)), left, right));
}

// ---- Division with remainder

/// fmod lane by lane in libm: exact on every machine, and quotients may have a thousand bits.
template <class D, class V>
HWY_NOINLINE V Fmod(D d, V a, V b) {
  HWY_ALIGN T<D> x[hn::MaxLanes(d)], y[hn::MaxLanes(d)];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  for (size_t i = 0; i < hn::Lanes(d); ++i) x[i] = std::fmod(x[i], y[i]);
  return hn::Load(d, x);
}

/// fmod moved by b where its sign is not b's.
template <class D, class V>
inline V Remainder(D d, V a, V b) {
  const V zero = hn::Zero(d), r = Fmod(d, a, b);
  const auto other_sign = hn::Xor(hn::Lt(r, zero), hn::Lt(b, zero));
  return hn::IfThenElse(hn::And(hn::Ne(r, zero), other_sign), hn::Add(r, b), r);
}

/// The quotient that goes with Remainder: floor of the exact a / b, not of the rounded one.
template <class D, class V>
inline V FloorDivide(D d, V a, V b) {
  const V zero = hn::Zero(d), one = Constant(d, 1), r = Fmod(d, a, b);
  const auto other_sign = hn::Xor(hn::Lt(r, zero), hn::Lt(b, zero));
  V quotient = hn::Div(hn::Sub(a, r), b);
  quotient = hn::IfThenElse(hn::And(hn::Ne(r, zero), other_sign), hn::Sub(quotient, one), quotient);
  V whole = hn::Floor(quotient);
  whole = hn::IfThenElse(hn::Gt(hn::Sub(quotient, whole), Constant(d, 0.5)), hn::Add(whole, one),
                         whole);
  const V plain = hn::Div(a, b);
  whole = hn::IfThenElse(hn::Eq(quotient, zero), hn::CopySign(zero, plain), whole);
  return hn::IfThenElse(hn::Eq(b, zero), plain, whole);
}

// ---- Activations

/// 1 / (1 + exp(-x)), also where exp(-x) is infinite.
template <class D, class V>
inline V Sigmoid(D d, V x) {
  const V one = Constant(d, 1), e = Exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

}  // namespace math
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
