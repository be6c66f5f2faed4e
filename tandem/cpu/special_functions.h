// Functions of mathematics in double precision, of one element.
#pragma once
#include <cstdint>

namespace tandem::special {

double log_gamma(double x);
double digamma(double x);
double erfinv(double x);
double bessel_i0(double x);
double bessel_i0e(double x);
double bessel_i1(double x);
double bessel_i1e(double x);
double erfcx(double x);
double ndtr(double x);
double log_ndtr(double x);
double ndtri(double x);
double bessel_j0(double x);
double bessel_j1(double x);
double bessel_y0(double x);
double bessel_y1(double x);
double modified_bessel_k0(double x);
double modified_bessel_k1(double x);
double scaled_modified_bessel_k0(double x);
double scaled_modified_bessel_k1(double x);
double spherical_bessel_j0(double x);
double airy_ai(double x);
double polygamma(int64_t n, double x);
/// The sum of (q + k)^-s over k = 0, 1, ….
double zeta(double s, double q);
/// The regularized incomplete gamma functions, lower and upper.
double gamma_share(double a, double x);
double gamma_rest(double a, double x);

/// Polynomials of degree n, which is cut towards zero; 0 for a negative one.
double chebyshev_polynomial_t(double x, double n);
double chebyshev_polynomial_u(double x, double n);
double chebyshev_polynomial_v(double x, double n);
double chebyshev_polynomial_w(double x, double n);
double shifted_chebyshev_polynomial_t(double x, double n);
double shifted_chebyshev_polynomial_u(double x, double n);
double shifted_chebyshev_polynomial_v(double x, double n);
double shifted_chebyshev_polynomial_w(double x, double n);
double hermite_polynomial_h(double x, double n);
double hermite_polynomial_he(double x, double n);
double laguerre_polynomial_l(double x, double n);
double legendre_polynomial_p(double x, double n);

}  // namespace tandem::special
