#include "tandem/cpu/matrix_exp.h"

#include <algorithm>

#include "tandem/cpu/factorize.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr double pade[] = {64764752532480000.,
                           32382376266240000.,
                           7771770303897600.,
                           1187353796428800.,
                           129060195264000.,
                           10559470521600.,
                           670442572800.,
                           33522128640.,
                           1323241920.,
                           40840800.,
                           960960.,
                           16380.,
                           182.,
                           1.};
/// The largest norm for which the approximant is exact to rounding.
constexpr double largest_norm = 5.371920351148152;

/// The largest sum of magnitudes in a column.
double norm_of(const DenseMatrix& a) {
  double largest = 0;
  for (int64_t j = 0; j < a.columns; ++j) {
    double sum = 0;
    for (int64_t i = 0; i < a.rows; ++i) sum += std::abs(a[i][std::size_t(j)]);
    if (!(sum <= largest)) largest = sum;
  }
  return largest;
}

}  // namespace

void matrix_exp(const DenseMatrix& a) {
  const int64_t n = a.rows;
  if (n == 0) return;
  Scratch scratch;
  const auto matrix = [&] { return DenseMatrix{scratch.get<double>(n * n), n, n, n}; };
  const double norm = norm_of(a);
  if (!std::isfinite(norm)) {
    for (int64_t i = 0; i < n; ++i) std::ranges::fill(a[i], std::nan(""));
    return;
  }
  const int squarings = norm > largest_norm ? std::max(0, std::ilogb(norm / largest_norm) + 1) : 0;
  for (int64_t i = 0; i < n; ++i)
    for (double& x : a[i]) x = std::ldexp(x, -squarings);
  const DenseMatrix a2 = matrix(), a4 = matrix(), a6 = matrix(), low = matrix(), high = matrix(),
                    odd = matrix(), even = matrix();
  product(a2, a, false, a, false);
  product(a4, a2, false, a2, false);
  product(a6, a4, false, a2, false);
  // even or odd powers: a6 (b[12] a6 + b[10] a4 + b[8] a2) + b[6] a6 + b[4] a4 + b[2] a2 + b[0]
  const auto sums = [&](const DenseMatrix& to, int first) {
    for (int64_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < std::size_t(n); ++j) {
        high[i][j] =
            pade[first + 12] * a6[i][j] + pade[first + 10] * a4[i][j] + pade[first + 8] * a2[i][j];
        low[i][j] = pade[first + 6] * a6[i][j] + pade[first + 4] * a4[i][j] +
                    pade[first + 2] * a2[i][j] + (std::size_t(i) == j ? pade[first] : 0);
      }
    product(to, a6, false, high, false);
    for (int64_t i = 0; i < n; ++i) add_scaled(to[i], 1, low[i]);
  };
  sums(even, 0);
  sums(odd, 1);
  product(low, a, false, odd, false);  // the odd powers: u
  // exp(a) = (even - u)^-1 (even + u)
  for (int64_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < std::size_t(n); ++j) {
      const double u = low[i][j], v = even[i][j];
      high[i][j] = v - u;
      a[i][j] = v + u;
    }
  int64_t* pivots = scratch.get<int64_t>(n);
  lu(high, pivots, true);
  for (int64_t k = 0; k < n; ++k)
    if (pivots[k] != k) std::ranges::swap_ranges(a[k], a[pivots[k]]);
  solve_triangular(high, false, true, a);
  solve_triangular(high, true, false, a);
  for (int s = 0; s < squarings; ++s) {
    product(low, a, false, a, false);
    for (int64_t i = 0; i < n; ++i) std::ranges::copy(low[i], a[i].begin());
  }
}

}  // namespace tandem::cpu
