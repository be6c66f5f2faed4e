// Functions of mathematics against values from tables (Abramowitz and Stegun; DLMF).
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tandem/base/error.h"
#include "tandem/cpu/special_functions.h"

namespace tandem::special {
namespace {

/// Relative to the expected value.
void expect_near(double found, double expected, double tolerance = 4e-15) {
  EXPECT_NEAR(found, expected, tolerance * std::abs(expected));
}

TEST(Special, Gamma) {
  constexpr double pi = std::numbers::pi;
  expect_near(digamma(1), -std::numbers::egamma);
  expect_near(digamma(0.5), -1.9635100260214235);
  expect_near(digamma(-0.5), 0.03648997397857652, 1e-13);
  EXPECT_EQ(digamma(0), -INFINITY);
  EXPECT_TRUE(std::isnan(digamma(-2)));
  expect_near(polygamma(1, 1), pi * pi / 6);
  expect_near(polygamma(2, 1), -2.4041138063191885);
  expect_near(zeta(2, 1), pi * pi / 6);
  expect_near(zeta(4, 0.5), pi * pi * pi * pi / 6);
  EXPECT_EQ(zeta(1, 3), INFINITY);
  expect_near(gamma_share(2, 1), 1 - 2 / std::numbers::e);
  expect_near(gamma_rest(2, 30), 31 * std::exp(-30.0), 1e-14);
  expect_near(gamma_share(0.5, 0.25), std::erf(0.5));
}

TEST(Special, Errors) {
  expect_near(erfinv(0.5), 0.4769362762044699);
  expect_near(std::erf(erfinv(-0.9)), -0.9);
  expect_near(ndtri(0.975), 1.959963984540054);
  expect_near(ndtri(1e-10), -6.361340902404056, 1e-14);
  expect_near(erfcx(1), 0.427583576155807);
  expect_near(erfcx(5), 0.11070463773306863);
  expect_near(erfcx(-2), 108.9409043899779, 1e-14);
  expect_near(erfcx(1e10), 5.641895835477563e-11);
  expect_near(log_ndtr(-40), -804.6084420137538);
  expect_near(log_ndtr(0), -std::numbers::ln2);
}

TEST(Special, BesselFunctions) {
  expect_near(bessel_i0(1), 1.2660658777520084);
  expect_near(bessel_i1(1), 0.5651591039924851);
  expect_near(bessel_i1(-1), -0.5651591039924851);
  expect_near(bessel_i0(20), 43558282.559553534, 1e-14);
  expect_near(bessel_i0e(29.999999), bessel_i0e(30.000001), 1e-7);  // where the formula changes
  EXPECT_NEAR(bessel_i0(700) / 1.529593347671874e302, 1, 1e-12);
  EXPECT_EQ(bessel_i0(1000), INFINITY);
  expect_near(modified_bessel_k0(1), 0.42102443824070834);
  expect_near(modified_bessel_k1(1), 0.6019072301972346);
  expect_near(modified_bessel_k0(2.5), 0.06234755320036619, 1e-14);
  expect_near(modified_bessel_k1(0.01), 99.97389411829624);
  EXPECT_EQ(modified_bessel_k0(0), INFINITY);
  EXPECT_TRUE(std::isnan(modified_bessel_k1(-1)));
  expect_near(bessel_j0(1), 0.7651976865579666);
  expect_near(bessel_y1(1), -0.7812128213002887);
}

TEST(Special, Airy) {
  expect_near(airy_ai(0), 0.3550280538878172);
  expect_near(airy_ai(1), 0.1352924163128814);
  expect_near(airy_ai(5), 1.0834442813607442e-4, 1e-13);
  EXPECT_NEAR(airy_ai(-2.338107410459767), 0, 1e-15);
  EXPECT_NEAR(airy_ai(-7.999999), airy_ai(-8.000001), 2e-6);  // where the formula changes
  expect_near(airy_ai(-10), 0.04024123848644319, 1e-12);
}

TEST(Special, Polynomials) {
  expect_near(chebyshev_polynomial_t(0.5, 3), -1);
  expect_near(chebyshev_polynomial_t(1.5, 3), 9);
  expect_near(chebyshev_polynomial_u(0.5, 4), -1);
  expect_near(chebyshev_polynomial_u(0.3, 12),
              std::sin(13 * std::acos(0.3)) / std::sin(std::acos(0.3)));
  expect_near(hermite_polynomial_h(0.5, 3), -5);
  expect_near(hermite_polynomial_he(2, 3), 2);
  expect_near(laguerre_polynomial_l(1, 2), -0.5);
  expect_near(legendre_polynomial_p(0.5, 2), -0.125);
  EXPECT_EQ(legendre_polynomial_p(0.5, -1), 0);
}

/// The ends of the interval have closed forms, equal to the recurrence; elsewhere a huge degree is
/// an error, not a loop without end.
TEST(Special, PolynomialsOfHugeDegree) {
  EXPECT_EQ(chebyshev_polynomial_u(-1, 7), -8);
  EXPECT_EQ(chebyshev_polynomial_v(-1, 2), 5);
  EXPECT_EQ(chebyshev_polynomial_w(-1, 3), -1);
  EXPECT_EQ(chebyshev_polynomial_w(1, 2), 5);
  EXPECT_EQ(legendre_polynomial_p(-1, 3), -1);
  EXPECT_EQ(laguerre_polynomial_l(0, 12), 1);
  EXPECT_EQ(chebyshev_polynomial_t(-1, 0x1p60), 1);
  EXPECT_EQ(chebyshev_polynomial_u(1, 0x1p60), 0x1p60);
  EXPECT_TRUE(std::isnan(chebyshev_polynomial_t(-1, INFINITY)));
  EXPECT_TRUE(std::isnan(legendre_polynomial_p(1, NAN)));
  EXPECT_EQ(hermite_polynomial_h(3, 0x1p60) < 1e300, false);  // leaves the finite numbers soon
  EXPECT_THROW(legendre_polynomial_p(0.5, 0x1p60), Error);
  EXPECT_THROW(laguerre_polynomial_l(1, INFINITY), Error);
}

}  // namespace
}  // namespace tandem::special
