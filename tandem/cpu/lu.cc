#include <algorithm>

#include "tandem/cpu/factorize.h"

namespace tandem::cpu {
namespace {

constexpr int64_t small_lu = 16;

void exchange_rows(const DenseMatrix& a, int64_t from, int64_t to, const int64_t* pivots) {
  for (int64_t k = from; k < to; ++k)
    if (pivots[k] != k) std::ranges::swap_ranges(a[k], a[pivots[k]]);
}

}  // namespace

int64_t lu(const DenseMatrix& a, int64_t* pivots, bool pivoting) {
  const int64_t m = a.rows, n = a.columns, count = std::min(m, n);
  int64_t zero = 0;
  if (count <= small_lu) {
    for (int64_t k = 0; k < count; ++k) {
      const std::size_t at = std::size_t(k);
      int64_t largest = k;
      for (int64_t i = k + 1; i < m && pivoting; ++i) {
        // A NaN is found once and stays.
        if (std::abs(a[i][at]) > std::abs(a[largest][at]) ||
            (a[i][at] != a[i][at] && a[largest][at] == a[largest][at]))
          largest = i;
      }
      pivots[k] = largest;
      if (largest != k) std::ranges::swap_ranges(a[k], a[largest]);
      const double pivot = a[k][at];
      if (pivot == 0) {
        if (!zero) zero = k + 1;
        continue;
      }
      for (int64_t i = k + 1; i < m; ++i) {
        const double share = a[i][at] /= pivot;
        if (share != 0) add_scaled(a[i].subspan(at + 1), -share, a[k].subspan(at + 1));
      }
    }
    return zero;
  }
  const int64_t h = count / 2, rest = m - h;
  zero = lu(a.part(0, 0, m, h), pivots, pivoting);
  const DenseMatrix right = a.part(0, h, m, n - h);
  exchange_rows(right, 0, h, pivots);
  const DenseMatrix top = right.part(0, 0, h, n - h), corner = right.part(h, 0, rest, n - h);
  solve_triangular(a.part(0, 0, h, h), false, true, top);
  subtract_product(corner, a.part(h, 0, rest, h), false, top, false);
  const int64_t later = lu(corner, pivots + h, pivoting);
  for (int64_t k = h; k < count; ++k) pivots[k] += h;
  exchange_rows(a.part(0, 0, m, h), h, count, pivots);
  return zero ? zero : later ? h + later : 0;
}

void solve_triangular(const DenseMatrix& a, bool upper, bool unit, const DenseMatrix& b) {
  const int64_t n = a.rows;
  if (n <= small_lu) {
    for (int64_t step = 0; step < n; ++step) {
      const int64_t i = upper ? n - 1 - step : step;
      const int64_t begin = upper ? i + 1 : 0, end = upper ? n : i;
      for (int64_t j = begin; j < end; ++j)
        if (const double share = a[i][std::size_t(j)]; share != 0) add_scaled(b[i], -share, b[j]);
      if (unit) continue;
      const double pivot = a[i][std::size_t(i)];
      for (double& x : b[i]) x /= pivot;
    }
    return;
  }
  const int64_t h = n / 2, rest = n - h;
  const DenseMatrix first = b.part(0, 0, h, b.columns), second = b.part(h, 0, rest, b.columns);
  if (upper) {
    solve_triangular(a.part(h, h, rest, rest), upper, unit, second);
    subtract_product(first, a.part(0, h, h, rest), false, second, false);
    solve_triangular(a.part(0, 0, h, h), upper, unit, first);
  } else {
    solve_triangular(a.part(0, 0, h, h), upper, unit, first);
    subtract_product(second, a.part(h, 0, rest, h), false, first, false);
    solve_triangular(a.part(h, h, rest, rest), upper, unit, second);
  }
}

}  // namespace tandem::cpu
