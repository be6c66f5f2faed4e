#include <algorithm>

#include "tandem/cpu/factorize.h"

namespace tandem::cpu {
namespace {

constexpr int64_t small_cholesky = 48;

/// x := x l'^-1, a row after the other.
void solve_rows(const DenseMatrix& l, const DenseMatrix& x) {
  const int64_t n = l.rows;
  if (n <= small_cholesky) {
    for (int64_t r = 0; r < x.rows; ++r) {
      const MatrixRow row = x[r];
      for (int64_t j = 0; j < n; ++j)
        row[std::size_t(j)] =
            (row[std::size_t(j)] - dot(row.first(std::size_t(j)), l[j].first(std::size_t(j)))) /
            l[j][std::size_t(j)];
    }
    return;
  }
  const int64_t h = n / 2, rest = n - h;
  const DenseMatrix left = x.part(0, 0, x.rows, h), right = x.part(0, h, x.rows, rest);
  solve_rows(l.part(0, 0, h, h), left);
  subtract_product(right, left, false, l.part(h, 0, rest, h), true);
  solve_rows(l.part(h, h, rest, rest), right);
}

}  // namespace

int64_t cholesky(const DenseMatrix& a) {
  const int64_t n = a.rows;
  if (n <= small_cholesky) {
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        const std::size_t k = std::size_t(j);
        const double rest = a[i][k] - dot(a[i].first(k), a[j].first(k));
        if (i != j) {
          a[i][k] = rest / a[j][k];
          continue;
        }
        if (!(rest > 0)) return i + 1;
        a[i][k] = std::sqrt(rest);
      }
    return 0;
  }
  const int64_t h = n / 2, rest = n - h;
  if (const int64_t bad = cholesky(a.part(0, 0, h, h))) return bad;
  const DenseMatrix below = a.part(h, 0, rest, h), corner = a.part(h, h, rest, rest);
  solve_rows(a.part(0, 0, h, h), below);
  // Above the diagonal of the corner stand the operand's numbers, which are nobody's to change.
  for (int64_t i = 0; i < rest; i += small_cholesky) {
    const int64_t rows = std::min(small_cholesky, rest - i);
    const DenseMatrix own = below.part(i, 0, rows, h);
    subtract_product(corner.part(i, 0, rows, i), own, false, below.part(0, 0, i, h), true);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c <= r; ++c)
        corner[i + r][std::size_t(i + c)] -= dot(below[i + r], below[i + c]);
  }
  const int64_t bad = cholesky(corner);
  return bad ? h + bad : 0;
}

}  // namespace tandem::cpu
