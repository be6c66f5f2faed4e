#include "tandem/ops/special.h"

#include <cmath>
#include <numbers>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

namespace {

constexpr double pi = std::numbers::pi;

template <class O>
Tensor of_each(const O& op, const NumArg& input) {
  return apply_promoted(info_of<O>, &op, input);
}
template <class O>
Tensor of_each(const O& op, const NumArg& input, const NumArg& other) {
  return apply_promoted(info_of<O>, &op, input, other);
}
Type floating(std::string_view op, Type t) {
  if (!is_floating(t.dtype))
    fail(ErrorCode::dtype, op, "expected a floating operand, got ", t.dtype, ": cast it");
  return t;
}
Type floating(std::string_view op, const Type& a, const Type& b) {
  const Type* both[] = {&a, &b};
  return floating(op, broadcast(op, both));
}
[[noreturn]] void without_gradient(std::string_view op, std::string_view of = "it") {
  fail(ErrorCode::unsupported, op, of, " has no gradient here");
}

}  // namespace

// clang-format off
Tensor lgamma(const NumArg& input) { return of_each(Lgamma{}, input); }
Tensor digamma(const NumArg& input) { return of_each(Digamma{}, input); }
Tensor erfinv(const NumArg& input) { return of_each(Erfinv{}, input); }
Tensor i0(const NumArg& input) { return of_each(I0{}, input); }
Tensor special_i0e(const NumArg& input) { return of_each(SpecialI0e{}, input); }
Tensor special_i1(const NumArg& input) { return of_each(SpecialI1{}, input); }
Tensor special_i1e(const NumArg& input) { return of_each(SpecialI1e{}, input); }
Tensor special_erfcx(const NumArg& input) { return of_each(SpecialErfcx{}, input); }
Tensor special_log_ndtr(const NumArg& input) { return of_each(SpecialLogNdtr{}, input); }
Tensor special_ndtri(const NumArg& input) { return of_each(SpecialNdtri{}, input); }
Tensor special_bessel_j0(const NumArg& input) { return of_each(SpecialBesselJ0{}, input); }
Tensor special_bessel_j1(const NumArg& input) { return of_each(SpecialBesselJ1{}, input); }
Tensor special_bessel_y0(const NumArg& input) { return of_each(SpecialBesselY0{}, input); }
Tensor special_bessel_y1(const NumArg& input) { return of_each(SpecialBesselY1{}, input); }
Tensor special_modified_bessel_k0(const NumArg& input) { return of_each(SpecialModifiedBesselK0{}, input); }
Tensor special_modified_bessel_k1(const NumArg& input) { return of_each(SpecialModifiedBesselK1{}, input); }
Tensor special_scaled_modified_bessel_k0(const NumArg& input) { return of_each(SpecialScaledModifiedBesselK0{}, input); }
Tensor special_scaled_modified_bessel_k1(const NumArg& input) { return of_each(SpecialScaledModifiedBesselK1{}, input); }
Tensor special_spherical_bessel_j0(const NumArg& input) { return of_each(SpecialSphericalBesselJ0{}, input); }
Tensor special_airy_ai(const NumArg& input) { return of_each(SpecialAiryAi{}, input); }
Tensor polygamma(int64_t n, const NumArg& input) { return of_each(Polygamma{n}, input); }
Tensor special_zeta(const NumArg& input, const NumArg& other) { return of_each(SpecialZeta{}, input, other); }
Tensor special_gammainc(const NumArg& input, const NumArg& other) { return of_each(SpecialGammainc{}, input, other); }
Tensor special_gammaincc(const NumArg& input, const NumArg& other) { return of_each(SpecialGammaincc{}, input, other); }
Tensor special_chebyshev_polynomial_t(const NumArg& input, const NumArg& n) { return of_each(SpecialChebyshevPolynomialT{}, input, n); }
Tensor special_chebyshev_polynomial_u(const NumArg& input, const NumArg& n) { return of_each(SpecialChebyshevPolynomialU{}, input, n); }
Tensor special_chebyshev_polynomial_v(const NumArg& input, const NumArg& n) { return of_each(SpecialChebyshevPolynomialV{}, input, n); }
Tensor special_chebyshev_polynomial_w(const NumArg& input, const NumArg& n) { return of_each(SpecialChebyshevPolynomialW{}, input, n); }
Tensor special_shifted_chebyshev_polynomial_t(const NumArg& input, const NumArg& n) { return of_each(SpecialShiftedChebyshevPolynomialT{}, input, n); }
Tensor special_shifted_chebyshev_polynomial_u(const NumArg& input, const NumArg& n) { return of_each(SpecialShiftedChebyshevPolynomialU{}, input, n); }
Tensor special_shifted_chebyshev_polynomial_v(const NumArg& input, const NumArg& n) { return of_each(SpecialShiftedChebyshevPolynomialV{}, input, n); }
Tensor special_shifted_chebyshev_polynomial_w(const NumArg& input, const NumArg& n) { return of_each(SpecialShiftedChebyshevPolynomialW{}, input, n); }
Tensor special_hermite_polynomial_h(const NumArg& input, const NumArg& n) { return of_each(SpecialHermitePolynomialH{}, input, n); }
Tensor special_hermite_polynomial_he(const NumArg& input, const NumArg& n) { return of_each(SpecialHermitePolynomialHe{}, input, n); }
Tensor special_laguerre_polynomial_l(const NumArg& input, const NumArg& n) { return of_each(SpecialLaguerrePolynomialL{}, input, n); }
Tensor special_legendre_polynomial_p(const NumArg& input, const NumArg& n) { return of_each(SpecialLegendrePolynomialP{}, input, n); }
Tensor mvlgamma(Arg input, int64_t p) { return apply(Mvlgamma{p}, input); }
Tensor special_entr(Arg input) { return apply(SpecialEntr{}, input); }
Tensor special_xlog1py(const NumArg& input, const NumArg& other) { return of_each(SpecialXlog1py{}, input, other); }

Type Lgamma::infer(const Type& input) const { return floating("lgamma", input); }
Type Digamma::infer(const Type& input) const { return floating("digamma", input); }
Type Erfinv::infer(const Type& input) const { return floating("erfinv", input); }
Type I0::infer(const Type& input) const { return floating("i0", input); }
Type SpecialI0e::infer(const Type& input) const { return floating("special_i0e", input); }
Type SpecialI1::infer(const Type& input) const { return floating("special_i1", input); }
Type SpecialI1e::infer(const Type& input) const { return floating("special_i1e", input); }
Type SpecialErfcx::infer(const Type& input) const { return floating("special_erfcx", input); }
Type SpecialLogNdtr::infer(const Type& input) const { return floating("special_log_ndtr", input); }
Type SpecialNdtri::infer(const Type& input) const { return floating("special_ndtri", input); }
Type SpecialBesselJ0::infer(const Type& input) const { return floating("special_bessel_j0", input); }
Type SpecialBesselJ1::infer(const Type& input) const { return floating("special_bessel_j1", input); }
Type SpecialBesselY0::infer(const Type& input) const { return floating("special_bessel_y0", input); }
Type SpecialBesselY1::infer(const Type& input) const { return floating("special_bessel_y1", input); }
Type SpecialModifiedBesselK0::infer(const Type& input) const { return floating("special_modified_bessel_k0", input); }
Type SpecialModifiedBesselK1::infer(const Type& input) const { return floating("special_modified_bessel_k1", input); }
Type SpecialScaledModifiedBesselK0::infer(const Type& input) const { return floating("special_scaled_modified_bessel_k0", input); }
Type SpecialScaledModifiedBesselK1::infer(const Type& input) const { return floating("special_scaled_modified_bessel_k1", input); }
Type SpecialSphericalBesselJ0::infer(const Type& input) const { return floating("special_spherical_bessel_j0", input); }
Type SpecialAiryAi::infer(const Type& input) const { return floating("special_airy_ai", input); }
Type SpecialZeta::infer(const Type& input, const Type& other) const { return floating("special_zeta", input, other); }
Type SpecialGammainc::infer(const Type& input, const Type& other) const { return floating("special_gammainc", input, other); }
Type SpecialGammaincc::infer(const Type& input, const Type& other) const { return floating("special_gammaincc", input, other); }
Type SpecialChebyshevPolynomialT::infer(const Type& input, const Type& other) const { return floating("special_chebyshev_polynomial_t", input, other); }
Grads SpecialChebyshevPolynomialT::vjp(const Call&) const { without_gradient("special_chebyshev_polynomial_t"); }
Type SpecialChebyshevPolynomialU::infer(const Type& input, const Type& other) const { return floating("special_chebyshev_polynomial_u", input, other); }
Grads SpecialChebyshevPolynomialU::vjp(const Call&) const { without_gradient("special_chebyshev_polynomial_u"); }
Type SpecialChebyshevPolynomialV::infer(const Type& input, const Type& other) const { return floating("special_chebyshev_polynomial_v", input, other); }
Grads SpecialChebyshevPolynomialV::vjp(const Call&) const { without_gradient("special_chebyshev_polynomial_v"); }
Type SpecialChebyshevPolynomialW::infer(const Type& input, const Type& other) const { return floating("special_chebyshev_polynomial_w", input, other); }
Grads SpecialChebyshevPolynomialW::vjp(const Call&) const { without_gradient("special_chebyshev_polynomial_w"); }
Type SpecialShiftedChebyshevPolynomialT::infer(const Type& input, const Type& other) const { return floating("special_shifted_chebyshev_polynomial_t", input, other); }
Grads SpecialShiftedChebyshevPolynomialT::vjp(const Call&) const { without_gradient("special_shifted_chebyshev_polynomial_t"); }
Type SpecialShiftedChebyshevPolynomialU::infer(const Type& input, const Type& other) const { return floating("special_shifted_chebyshev_polynomial_u", input, other); }
Grads SpecialShiftedChebyshevPolynomialU::vjp(const Call&) const { without_gradient("special_shifted_chebyshev_polynomial_u"); }
Type SpecialShiftedChebyshevPolynomialV::infer(const Type& input, const Type& other) const { return floating("special_shifted_chebyshev_polynomial_v", input, other); }
Grads SpecialShiftedChebyshevPolynomialV::vjp(const Call&) const { without_gradient("special_shifted_chebyshev_polynomial_v"); }
Type SpecialShiftedChebyshevPolynomialW::infer(const Type& input, const Type& other) const { return floating("special_shifted_chebyshev_polynomial_w", input, other); }
Grads SpecialShiftedChebyshevPolynomialW::vjp(const Call&) const { without_gradient("special_shifted_chebyshev_polynomial_w"); }
Type SpecialHermitePolynomialH::infer(const Type& input, const Type& other) const { return floating("special_hermite_polynomial_h", input, other); }
Grads SpecialHermitePolynomialH::vjp(const Call&) const { without_gradient("special_hermite_polynomial_h"); }
Type SpecialHermitePolynomialHe::infer(const Type& input, const Type& other) const { return floating("special_hermite_polynomial_he", input, other); }
Grads SpecialHermitePolynomialHe::vjp(const Call&) const { without_gradient("special_hermite_polynomial_he"); }
Type SpecialLaguerrePolynomialL::infer(const Type& input, const Type& other) const { return floating("special_laguerre_polynomial_l", input, other); }
Grads SpecialLaguerrePolynomialL::vjp(const Call&) const { without_gradient("special_laguerre_polynomial_l"); }
Type SpecialLegendrePolynomialP::infer(const Type& input, const Type& other) const { return floating("special_legendre_polynomial_p", input, other); }
Grads SpecialLegendrePolynomialP::vjp(const Call&) const { without_gradient("special_legendre_polynomial_p"); }

Grads Lgamma::vjp(const Call& c) const { return {c.dy() * digamma(c.operand(0))}; }
Grads Digamma::vjp(const Call& c) const { return {c.dy() * polygamma(1, c.operand(0))}; }
Grads Erfinv::vjp(const Call& c) const { return {c.dy() * (exp(square(c.result())) * (std::sqrt(pi) / 2))}; }
Grads I0::vjp(const Call& c) const { return {c.dy() * special_i1(c.operand(0))}; }
Grads SpecialI0e::vjp(const Call& c) const { return {c.dy() * (special_i1e(c.operand(0)) - sign(c.operand(0)) * c.result())}; }
Grads SpecialErfcx::vjp(const Call& c) const { return {c.dy() * (c.operand(0) * 2 * c.result() - 2 / std::sqrt(pi))}; }
Grads SpecialLogNdtr::vjp(const Call& c) const { return {c.dy() * (exp(square(c.operand(0)) * -0.5 - c.result()) / std::sqrt(2 * pi))}; }
Grads SpecialNdtri::vjp(const Call& c) const { return {c.dy() * (exp(square(c.result()) * 0.5) * std::sqrt(2 * pi))}; }
Grads SpecialBesselJ0::vjp(const Call& c) const { return {-(c.dy() * special_bessel_j1(c.operand(0)))}; }
Grads SpecialBesselY0::vjp(const Call& c) const { return {-(c.dy() * special_bessel_y1(c.operand(0)))}; }
Grads SpecialBesselY1::vjp(const Call& c) const { return {c.dy() * (special_bessel_y0(c.operand(0)) - c.result() / c.operand(0))}; }
Grads SpecialModifiedBesselK0::vjp(const Call& c) const { return {-(c.dy() * special_modified_bessel_k1(c.operand(0)))}; }
Grads SpecialModifiedBesselK1::vjp(const Call& c) const { return {-(c.dy() * (special_modified_bessel_k0(c.operand(0)) + c.result() / c.operand(0)))}; }
Grads SpecialScaledModifiedBesselK0::vjp(const Call& c) const { return {c.dy() * (c.result() - special_scaled_modified_bessel_k1(c.operand(0)))}; }
Grads SpecialScaledModifiedBesselK1::vjp(const Call& c) const { return {c.dy() * (c.result() - special_scaled_modified_bessel_k0(c.operand(0)) - c.result() / c.operand(0))}; }
Grads SpecialSphericalBesselJ0::vjp(const Call&) const { without_gradient("special_spherical_bessel_j0"); }
Grads SpecialAiryAi::vjp(const Call&) const { without_gradient("special_airy_ai"); }
// clang-format on

namespace {

/// f / x, and `limit` at 0.
Tensor over(const Tensor& f, const Tensor& x, double limit) {
  const Tensor zero = eq(x, 0);
  return where(zero, limit, f / where(zero, 1, x));
}

}  // namespace

Grads SpecialI1::vjp(const Call& c) const {
  const Tensor x = c.operand(0);
  return {c.dy() * (i0(x) - over(c.result(), x, 0.5))};
}
Grads SpecialI1e::vjp(const Call& c) const {
  const Tensor x = c.operand(0), y = c.result();
  return {c.dy() * (special_i0e(x) - sign(x) * y - over(y, x, 0.5))};
}
Grads SpecialBesselJ1::vjp(const Call& c) const {
  const Tensor x = c.operand(0);
  return {c.dy() * (special_bessel_j0(x) - over(c.result(), x, 0.5))};
}

Type Polygamma::infer(const Type& input) const {
  if (n < 0) fail(ErrorCode::value, "polygamma", "expected an n of 0 or more, got ", n.value);
  return floating("polygamma", input);
}
Grads Polygamma::vjp(const Call& c) const { return {c.dy() * polygamma(n + 1, c.operand(0))}; }

Grads SpecialZeta::vjp(const Call& c) const {
  if (c.needs(0)) without_gradient("special_zeta", "its first operand");
  const Tensor s = c.operand(0);
  return {Tensor(), -(c.dy() * s * special_zeta(s + 1, c.operand(1)))};
}
namespace {
/// The derivative of the share up to x: x^(a-1) exp(-x) / gamma(a).
Tensor density(const Call& c, std::string_view op) {
  if (c.needs(0)) without_gradient(op, "its first operand");
  const Tensor a = c.operand(0), x = c.operand(1);
  return c.dy() * exp(xlogy(a - 1, x) - x - lgamma(a));
}
}  // namespace
Grads SpecialGammainc::vjp(const Call& c) const {
  return {Tensor(), density(c, "special_gammainc")};
}
Grads SpecialGammaincc::vjp(const Call& c) const {
  return {Tensor(), -density(c, "special_gammaincc")};
}

Tensor Mvlgamma::decompose(const Tensor& input) const {
  if (p < 1) fail(ErrorCode::value, "mvlgamma", "expected a p of 1 or more, got ", p.value);
  const Tensor x = is_floating(input.dtype()) ? input : cast(input, default_dtype);
  const Tensor steps = arange(0, p.value, 1, x.dtype()) * -0.5;
  const double constant = double(p) * double(p - 1) / 4 * std::log(pi);
  return sum(lgamma(unsqueeze(x, -1) + steps), -1) + constant;
}
Tensor SpecialEntr::decompose(const Tensor& input) const {
  const Tensor x = is_floating(input.dtype()) ? input : cast(input, default_dtype);
  const Tensor positive = gt(x, 0), safe = where(positive, x, 1);
  const Tensor below = where(lt(x, 0), -INFINITY, where(eq(x, 0), 0, x));
  return where(positive, -(safe * log(safe)), below);
}
Tensor SpecialXlog1py::decompose(const Tensor& input, const Tensor& other) const {
  const Tensor nothing = logical_and(eq(input, 0), logical_not(isnan(other)));
  return where(nothing, 0, input * log1p(where(nothing, 0, other)));
}

template struct Family<SpecialOps>;

}  // namespace tandem
