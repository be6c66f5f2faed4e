// Functions of mathematics that no lane expression gives: computed an element at a time in float64
// and rounded once. Integers become float32.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The logarithm of the magnitude of the gamma function.
struct Lgamma {
  static constexpr Signature signature = "lgamma(input)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The derivative of lgamma().
struct Digamma {
  static constexpr Signature signature = "digamma(input)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// x with erf(x) = input.
struct Erfinv {
  static constexpr Signature signature = "erfinv(input)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The modified Bessel function of the first kind of order 0.
struct I0 {
  static constexpr Signature signature = "i0(input)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// exp(-|input|) i0(input).
struct SpecialI0e {
  static constexpr Signature signature = "special_i0e(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The modified Bessel function of the first kind of order 1.
struct SpecialI1 {
  static constexpr Signature signature = "special_i1(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// exp(-|input|) i1(input).
struct SpecialI1e {
  static constexpr Signature signature = "special_i1e(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// exp(input²) erfc(input), without overflow.
struct SpecialErfcx {
  static constexpr Signature signature = "special_erfcx(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The logarithm of the normal distribution's area up to input.
struct SpecialLogNdtr {
  static constexpr Signature signature = "special_log_ndtr(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// x up to which the normal distribution has the area `input`.
struct SpecialNdtri {
  static constexpr Signature signature = "special_ndtri(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The Bessel function of the first kind of order 0.
struct SpecialBesselJ0 {
  static constexpr Signature signature = "special_bessel_j0(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The Bessel function of the first kind of order 1.
struct SpecialBesselJ1 {
  static constexpr Signature signature = "special_bessel_j1(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The Bessel function of the second kind of order 0.
struct SpecialBesselY0 {
  static constexpr Signature signature = "special_bessel_y0(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The Bessel function of the second kind of order 1.
struct SpecialBesselY1 {
  static constexpr Signature signature = "special_bessel_y1(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The modified Bessel function of the second kind of order 0.
struct SpecialModifiedBesselK0 {
  static constexpr Signature signature = "special_modified_bessel_k0(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The modified Bessel function of the second kind of order 1.
struct SpecialModifiedBesselK1 {
  static constexpr Signature signature = "special_modified_bessel_k1(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// exp(x) times the modified Bessel function of the second kind of order 0.
struct SpecialScaledModifiedBesselK0 {
  static constexpr Signature signature = "special_scaled_modified_bessel_k0(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// exp(x) times the modified Bessel function of the second kind of order 1.
struct SpecialScaledModifiedBesselK1 {
  static constexpr Signature signature = "special_scaled_modified_bessel_k1(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// sin(x) / x, 1 at 0.
struct SpecialSphericalBesselJ0 {
  static constexpr Signature signature = "special_spherical_bessel_j0(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// Airy's function Ai. It has no gradient.
struct SpecialAiryAi {
  static constexpr Signature signature = "special_airy_ai(input)";
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The n-th derivative of digamma().
struct Polygamma {
  static constexpr Signature signature = "polygamma(n, input)";
  Required<int64_t> n;
  static constexpr uint16_t numbers = 1;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// Hurwitz' zeta function: the sum of (other + k)^-input over k = 0, 1, …. The gradient is that of
/// `other`.
struct SpecialZeta {
  static constexpr Signature signature = "special_zeta(input, other)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// The lower incomplete gamma function of (input, other), as a share. The gradient is that of
/// `other`.
struct SpecialGammainc {
  static constexpr Signature signature = "special_gammainc(input, other)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// 1 - special_gammainc(input, other), without its cancellation.
struct SpecialGammaincc {
  static constexpr Signature signature = "special_gammaincc(input, other)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::both;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the first kind of degree n. It has no gradient.
struct SpecialChebyshevPolynomialT {
  static constexpr Signature signature = "special_chebyshev_polynomial_t(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the second kind of degree n. It has no gradient.
struct SpecialChebyshevPolynomialU {
  static constexpr Signature signature = "special_chebyshev_polynomial_u(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the third kind of degree n. It has no gradient.
struct SpecialChebyshevPolynomialV {
  static constexpr Signature signature = "special_chebyshev_polynomial_v(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the fourth kind of degree n. It has no gradient.
struct SpecialChebyshevPolynomialW {
  static constexpr Signature signature = "special_chebyshev_polynomial_w(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the first kind at 2 input - 1, of degree n. It has no gradient.
struct SpecialShiftedChebyshevPolynomialT {
  static constexpr Signature signature = "special_shifted_chebyshev_polynomial_t(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the second kind at 2 input - 1, of degree n. It has no gradient.
struct SpecialShiftedChebyshevPolynomialU {
  static constexpr Signature signature = "special_shifted_chebyshev_polynomial_u(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the third kind at 2 input - 1, of degree n. It has no gradient.
struct SpecialShiftedChebyshevPolynomialV {
  static constexpr Signature signature = "special_shifted_chebyshev_polynomial_v(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Chebyshev's polynomial of the fourth kind at 2 input - 1, of degree n. It has no gradient.
struct SpecialShiftedChebyshevPolynomialW {
  static constexpr Signature signature = "special_shifted_chebyshev_polynomial_w(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// The physicists' Hermite polynomial of degree n. It has no gradient.
struct SpecialHermitePolynomialH {
  static constexpr Signature signature = "special_hermite_polynomial_h(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// The probabilists' Hermite polynomial of degree n. It has no gradient.
struct SpecialHermitePolynomialHe {
  static constexpr Signature signature = "special_hermite_polynomial_he(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Laguerre's polynomial of degree n. It has no gradient.
struct SpecialLaguerrePolynomialL {
  static constexpr Signature signature = "special_laguerre_polynomial_l(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// Legendre's polynomial of degree n. It has no gradient.
struct SpecialLegendrePolynomialP {
  static constexpr Signature signature = "special_legendre_polynomial_p(input, n)";
  static constexpr uint16_t numbers = 3;
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& other) const;
  Grads vjp(const Call& c) const;
};
/// The logarithm of the multivariate gamma function of dimension p.
struct Mvlgamma {
  static constexpr Signature signature = "mvlgamma(input, p)";
  Required<int64_t> p;
  Tensor decompose(const Tensor& input) const;
};
/// -x ln x; 0 at 0, -inf below it.
struct SpecialEntr {
  static constexpr Signature signature = "special_entr(input)";
  Tensor decompose(const Tensor& input) const;
};
/// input log(1 + other); 0 where input is 0 and other is no NaN.
struct SpecialXlog1py {
  static constexpr Signature signature = "special_xlog1py(input, other)";
  static constexpr uint16_t numbers = 0b11;
  static constexpr Promotion promotion = Promotion::floating;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};

struct SpecialOps
    : List<Lgamma, Digamma, Erfinv, I0, SpecialI0e, SpecialI1, SpecialI1e, SpecialErfcx,
           SpecialLogNdtr, SpecialNdtri, SpecialBesselJ0, SpecialBesselJ1, SpecialBesselY0,
           SpecialBesselY1, SpecialModifiedBesselK0, SpecialModifiedBesselK1,
           SpecialScaledModifiedBesselK0, SpecialScaledModifiedBesselK1, SpecialSphericalBesselJ0,
           SpecialAiryAi, Polygamma, SpecialZeta, SpecialGammainc, SpecialGammaincc,
           SpecialChebyshevPolynomialT, SpecialChebyshevPolynomialU, SpecialChebyshevPolynomialV,
           SpecialChebyshevPolynomialW, SpecialShiftedChebyshevPolynomialT,
           SpecialShiftedChebyshevPolynomialU, SpecialShiftedChebyshevPolynomialV,
           SpecialShiftedChebyshevPolynomialW, SpecialHermitePolynomialH,
           SpecialHermitePolynomialHe, SpecialLaguerrePolynomialL, SpecialLegendrePolynomialP,
           Mvlgamma, SpecialEntr, SpecialXlog1py> {};

}  // namespace tandem
