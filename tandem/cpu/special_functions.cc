#include "tandem/cpu/special_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "tandem/base/error.h"

namespace tandem::special {
namespace {

constexpr double pi = std::numbers::pi, epsilon = std::numeric_limits<double>::epsilon(),
                 infinity = std::numeric_limits<double>::infinity(), euler = std::numbers::egamma;
const double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double log_gamma(double x) {
  int sign;
  return ::lgamma_r(x, &sign);  // std::lgamma writes to a global
}

double digamma(double x) {
  if (x == 0) return std::copysign(infinity, -x);
  double result = 0;
  if (x < 0) {  // psi(x) = psi(1 - x) - pi / tan(pi x)
    const double rest = x - std::floor(x);
    if (rest == 0) return nan;
    result = -pi / std::tan(pi * rest);
    x = 1 - x;
  }
  for (; x < 12; ++x) result -= 1 / x;
  const double y = 1 / (x * x);
  const double tail =
      y * (1. / 12 -
           y * (1. / 120 -
                y * (1. / 252 - y * (1. / 240 - y * (1. / 132 - y * (691. / 32760 - y / 12))))));
  return result + std::log(x) - 0.5 / x - tail;
}

double zeta(double s, double q) {
  if (s == 1) return infinity;
  if (s < 1 || s != s || q != q) return nan;
  if (q <= 0) {
    if (q == std::floor(q)) return infinity;
    if (s != std::floor(s)) return nan;  // a negative number to a power that is not whole
  }
  // Euler's and Maclaurin's summation from q + 9 on.
  double sum = std::pow(q, -s), a = q, term = 0;
  for (int i = 0; i < 9 || a <= 9; ++i) {
    a += 1;
    term = std::pow(a, -s);
    sum += term;
    if (std::abs(term / sum) < epsilon / 2) return sum;
  }
  sum += term * a / (s - 1) - term / 2;
  constexpr double factors[] = {12.0,
                                -720.0,
                                30240.0,
                                -1209600.0,
                                47900160.0,
                                -1.8924375803183791606e9,
                                7.47242496e10,
                                -2.950130727918164224e12,
                                1.1646782814350067249e14,
                                -4.5979787224074726105e15,
                                1.8152105401943546773e17,
                                -7.1661652561756670113e18};
  double product = 1, k = 0;
  for (const double factor : factors) {
    product *= s + k;
    term /= a;
    const double t = product * term / factor;
    sum += t;
    if (std::abs(t / sum) < epsilon / 2) break;
    k += 1;
    product *= s + k;
    term /= a;
    k += 1;
  }
  return sum;
}

double polygamma(int64_t n, double x) {
  if (n == 0) return digamma(x);
  const double size = std::exp(log_gamma(double(n) + 1)) * zeta(double(n) + 1, x);
  return n % 2 ? size : -size;
}

namespace {

/// x >= 0 with erfc(x) = y, 0 < y <= 1.
double inverse_erfc(double y) {
  const double t = std::sqrt(-2 * std::log(y / 2));
  double x = -0.70711 * ((2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t);
  for (int i = 0; i < 3; ++i) {  // Halley's steps
    const double error = std::erfc(x) - y;
    const double slope = 2 / std::sqrt(pi) * std::exp(-x * x);
    if (slope == 0) break;
    x += error / (slope - x * error);
  }
  return x;
}

}  // namespace

double erfinv(double x) {
  if (x != x || std::abs(x) > 1) return nan;
  if (std::abs(x) == 1) return std::copysign(infinity, x);
  if (std::abs(x) > 0.5) return std::copysign(inverse_erfc(1 - std::abs(x)), x);
  double y = x * std::sqrt(pi) / 2;
  for (int i = 0; i < 5; ++i) {
    const double error = std::erf(y) - x;
    y -= error / (2 / std::sqrt(pi) * std::exp(-y * y) + y * error);
  }
  return y;
}
double ndtri(double p) {
  if (p != p || p < 0 || p > 1) return nan;
  if (p == 0) return -infinity;
  if (p == 1) return infinity;
  if (p < 0.5) return -std::numbers::sqrt2 * inverse_erfc(2 * p);
  return std::numbers::sqrt2 * inverse_erfc(2 * (1 - p));
}

double erfcx(double x) {
  if (x < 25) {  // exp of the rounded square, and of what rounding took
    const double square = x * x, rest = std::fma(x, x, -square);
    const double e = std::exp(square);
    return e * std::erfc(x) * (1 + rest);
  }
  const double y = 1 / (2 * x * x);
  return (1 - y * (1 - y * (3 - y * (15 - y * 105)))) / (x * std::sqrt(pi));
}
double ndtr(double x) {
  // erfc(t + low) of -x / sqrt(2) as t + low: far out the rounding of t alone would show.
  constexpr double factor = std::numbers::sqrt2 / 2, rest = -4.833646656726457e-17;
  const double t = -x * factor, low = std::fma(-x, factor, -t) - x * rest;
  const double slope = 2 / std::sqrt(pi) * std::exp(-t * t);
  return 0.5 * (std::erfc(t) - (slope == 0 ? 0 : slope * low));
}
double log_ndtr(double x) {
  const double t = x / std::numbers::sqrt2;
  if (x < -1) return std::log(erfcx(-t) / 2) - t * t;
  return std::log1p(-std::erfc(t) / 2);
}

namespace {

constexpr double large = 30;

/// The power series of I_order without its factor (x / 2)^order: all terms are positive.
double modified_series(double x, int order) {
  const double y = x * x / 4;
  double term = 1, sum = 1;
  for (int k = 1; term > epsilon / 4 * sum; ++k) {
    term *= y / (double(k) * double(k + order));
    sum += term;
  }
  return sum;
}
/// exp(-x) I_order(x) from x = 30 on.
double modified_tail(double x, int order) {
  const double mu = 4.0 * order * order;
  double term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) {
    const double next = -term * (mu - double(2 * k - 1) * double(2 * k - 1)) / (8 * x * k);
    if (std::abs(next) > std::abs(term) || std::abs(next) < epsilon / 4) break;
    sum += term = next;
  }
  return sum / std::sqrt(2 * pi * x);
}

}  // namespace

double bessel_i0e(double x) {
  const double size = std::abs(x);
  if (size == infinity) return 0;
  return size < large ? std::exp(-size) * modified_series(size, 0) : modified_tail(size, 0);
}
double bessel_i1e(double x) {
  const double size = std::abs(x);
  if (size == infinity) return std::copysign(0.0, x);
  const double y =
      size < large ? std::exp(-size) * modified_series(size, 1) * size / 2 : modified_tail(size, 1);
  return std::copysign(y, x);
}
double bessel_i0(double x) {
  const double size = std::abs(x);
  if (size < large) return modified_series(size, 0);
  return modified_tail(size, 0) * std::exp(size / 2) * std::exp(size / 2);
}
double bessel_i1(double x) {
  const double size = std::abs(x);
  if (size < large) return modified_series(size, 1) * x / 2;
  return std::copysign(modified_tail(size, 1) * std::exp(size / 2) * std::exp(size / 2), x);
}

double bessel_j0(double x) { return ::j0(x); }
double bessel_j1(double x) { return ::j1(x); }
double bessel_y0(double x) { return x < 0 ? nan : ::y0(x); }
double bessel_y1(double x) { return x < 0 ? nan : ::y1(x); }

namespace {

/// exp(x) K_order(x) for x >= 1, order of 0 … 1: the integral of exp(x - x cosh t) cosh(order t)
/// from 0 on, by trapezoids, which converge as fast as the integrand falls.
double scaled_k_integral(double order, double x) {
  constexpr double step = 1.0 / 32;
  double sum = 0.5;
  for (int i = 1;; ++i) {
    const double t = step * i, half = std::sinh(t / 2);
    const double term = std::exp(-2 * x * half * half) * std::cosh(order * t);
    sum += term;
    if (term < epsilon / 8 * sum) return sum * step;
  }
}
/// K_order(x) for 0 < x < 2, order 0 or 1.
double k_series(int order, double x) {
  const double y = x * x / 4, log_half = std::log(x / 2);
  double term = 1, harmonic = 0, sum = 0;
  if (order == 0) {
    for (int k = 0; k < 40; ++k) {
      sum += term * (harmonic - euler - log_half);
      term *= y / (double(k + 1) * double(k + 1));
      harmonic += 1.0 / (k + 1);
    }
    return sum;
  }
  for (int k = 0; k < 40; ++k) {
    const double next = harmonic + 1.0 / (k + 1);
    sum += term * (log_half + euler - (harmonic + next) / 2);
    term *= y / (double(k + 1) * double(k + 2));
    harmonic = next;
  }
  return 1 / x + x / 2 * sum;
}
double modified_k(int order, double x, bool scaled) {
  if (x != x || x < 0) return nan;
  if (x == 0) return infinity;
  if (x < 2) return k_series(order, x) * (scaled ? std::exp(x) : 1);
  return scaled_k_integral(order, x) * (scaled ? 1 : std::exp(-x));
}

}  // namespace

double modified_bessel_k0(double x) { return modified_k(0, x, false); }
double modified_bessel_k1(double x) { return modified_k(1, x, false); }
double scaled_modified_bessel_k0(double x) { return modified_k(0, x, true); }
double scaled_modified_bessel_k1(double x) { return modified_k(1, x, true); }

double spherical_bessel_j0(double x) {
  if (std::isinf(x)) return 0;
  if (std::abs(x) < 1e-4) return 1 - x * x / 6;
  return std::sin(x) / x;
}

double airy_ai(double x) {
  if (x != x) return nan;
  if (x == infinity) return 0;
  const double size = std::abs(x), z = 2.0 / 3 * size * std::sqrt(size);
  if (x > 2) return std::sqrt(x / 3) / pi * scaled_k_integral(1.0 / 3, z) * std::exp(-z);
  if (x < -8) {  // |x|^(-1/4) / sqrt(pi) (sin(z + pi/4) P - cos(z + pi/4) Q)
    if (x == -infinity) return 0;
    double term = 1, p = 1, q = 0;
    for (int k = 1; k < 30; ++k) {
      const double next =
          term * (6.0 * k - 5) * (6.0 * k - 3) * (6.0 * k - 1) / (216.0 * k * (2.0 * k - 1) * z);
      if (next > term || next < epsilon / 4) break;
      term = next;
      const double sign = k / 2 % 2 ? -1 : 1;
      (k % 2 ? q : p) += sign * term;
    }
    const double angle = z + pi / 4;
    return (std::sin(angle) * p - std::cos(angle) * q) / std::sqrt(pi * std::sqrt(size));
  }
  // Maclaurin's series, whose terms cancel: in the widest type there is.
  const long double cube = (long double)(x)*x * x;
  long double f = 1, g = x, sum_f = f, sum_g = g;
  for (int k = 1; k < 90; ++k) {
    f *= cube / ((3.0L * k - 1) * (3.0L * k));
    g *= cube / ((3.0L * k) * (3.0L * k + 1));
    sum_f += f;
    sum_g += g;
  }
  return double(0.355028053887817239260063186004183177L * sum_f -
                0.258819403792806798405183560189203963L * sum_g);
}

namespace {

/// The share by its series, for x < a + 1.
double gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (double k = a + 1; std::abs(term) > epsilon / 4 * std::abs(sum); ++k) {
    term *= x / k;
    sum += term;
  }
  return sum * std::exp(a * std::log(x) - x - log_gamma(a));
}
/// The rest by Lentz' continued fraction, for x >= a + 1.
double gamma_fraction(double a, double x) {
  constexpr double tiny = 1e-300;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
  for (int i = 1; i < 100000; ++i) {
    const double an = -double(i) * (double(i) - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double factor = d * c;
    h *= factor;
    if (std::abs(factor - 1) < epsilon) break;
  }
  return h * std::exp(a * std::log(x) - x - log_gamma(a));
}

}  // namespace

double gamma_share(double a, double x) {
  if (x < 0 || a < 0 || a != a || x != x) return nan;
  if (a == 0) return x > 0 ? 1 : nan;
  if (x == 0) return 0;
  if (std::isinf(a)) return std::isinf(x) ? nan : 0;
  if (std::isinf(x)) return 1;
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}
double gamma_rest(double a, double x) {
  if (x < 0 || a < 0 || a != a || x != x) return nan;
  if (a == 0) return x > 0 ? 0 : nan;
  if (x == 0) return 1;
  if (std::isinf(a)) return std::isinf(x) ? nan : 1;
  if (std::isinf(x)) return 0;
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

namespace {

/// p[0] = 1, p[1] = first, p[k + 1] = next(k, p[k], p[k - 1]). A value that stays finite takes one
/// step a degree, so a degree has a limit.
template <class Next>
double recurrence(double n, double first, Next next) {
  constexpr int64_t limit = 1'000'000;
  if (n != n) return nan;
  const double degree = std::trunc(n);
  if (degree < 0) return 0;
  if (degree == 0) return 1;
  double before = 1, now = first;
  for (double k = 1; k < degree && std::isfinite(now); ++k) {
    if (k == limit)
      fail(ErrorCode::value, "polynomial", "expected a degree n of at most ", limit,
           " where the value is not known in closed form, got ", n);
    const double later = next(k, now, before);
    before = now;
    now = later;
  }
  return now;
}
/// At x = 1 and -1 every family here is `size` there, with the sign of (-1)^n at one of the two.
double at_end(double n, double size, bool alternates) {
  if (n != n) return nan;
  const double degree = std::trunc(n);
  if (degree < 0) return 0;
  if (!alternates) return size;
  return std::isinf(degree) ? nan : std::fmod(degree, 2) != 0 ? -size : size;
}
double chebyshev(double x, double n, double first) {
  return recurrence(n, first,
                    [x](double, double now, double before) { return 2 * x * now - before; });
}

}  // namespace

double chebyshev_polynomial_t(double x, double n) {
  if (std::abs(x) == 1) return at_end(n, 1, x < 0);
  if (n > 6 && std::abs(x) < 1) return std::cos(std::trunc(n) * std::acos(x));
  return chebyshev(x, n, x);
}
double chebyshev_polynomial_u(double x, double n) {
  if (std::abs(x) == 1) return at_end(n, std::trunc(n) + 1, x < 0);
  if (n > 8 && std::abs(x) < 1 && std::sin(std::acos(x)) != 0)
    return std::sin((std::trunc(n) + 1) * std::acos(x)) / std::sin(std::acos(x));
  return chebyshev(x, n, 2 * x);
}
double chebyshev_polynomial_v(double x, double n) {
  if (std::abs(x) == 1) return at_end(n, x > 0 ? 1 : 2 * std::trunc(n) + 1, x < 0);
  if (n > 8 && std::abs(x) < 1 && std::cos(std::acos(x) / 2) != 0)
    return std::cos((std::trunc(n) + 0.5) * std::acos(x)) / std::cos(std::acos(x) / 2);
  return chebyshev(x, n, 2 * x - 1);
}
double chebyshev_polynomial_w(double x, double n) {
  if (std::abs(x) == 1) return at_end(n, x > 0 ? 2 * std::trunc(n) + 1 : 1, x < 0);
  if (n > 8 && std::abs(x) < 1 && std::sin(std::acos(x) / 2) != 0)
    return std::sin((std::trunc(n) + 0.5) * std::acos(x)) / std::sin(std::acos(x) / 2);
  return chebyshev(x, n, 2 * x + 1);
}
double shifted_chebyshev_polynomial_t(double x, double n) {
  return chebyshev_polynomial_t(2 * x - 1, n);
}
double shifted_chebyshev_polynomial_u(double x, double n) {
  return chebyshev_polynomial_u(2 * x - 1, n);
}
double shifted_chebyshev_polynomial_v(double x, double n) {
  return chebyshev_polynomial_v(2 * x - 1, n);
}
double shifted_chebyshev_polynomial_w(double x, double n) {
  return chebyshev_polynomial_w(2 * x - 1, n);
}
double hermite_polynomial_h(double x, double n) {
  return recurrence(
      n, 2 * x, [x](double k, double now, double before) { return 2 * x * now - 2 * k * before; });
}
double hermite_polynomial_he(double x, double n) {
  return recurrence(n, x,
                    [x](double k, double now, double before) { return x * now - k * before; });
}
double laguerre_polynomial_l(double x, double n) {
  if (x == 0) return at_end(n, 1, false);
  return recurrence(n, 1 - x, [x](double k, double now, double before) {
    return ((2 * k + 1 - x) * now - k * before) / (k + 1);
  });
}
double legendre_polynomial_p(double x, double n) {
  if (std::abs(x) == 1) return at_end(n, 1, x < 0);
  return recurrence(n, x, [x](double k, double now, double before) {
    return ((2 * k + 1) * x * now - k * before) / (k + 1);
  });
}

}  // namespace tandem::special
