#include "tandem/cpu/eigen.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "tandem/cpu/factorize.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
/// The square of a length that is nothing beside 1, and that products can still be compared with.
constexpr double vanishing = 1e-270;
constexpr int most_rounds = 60;

DenseMatrix scratch_matrix(int64_t rows, int64_t columns, Scratch& scratch) {
  return {scratch.get<double>(rows * columns), rows, columns, columns};
}

/// Householder's reflections: symmetric a = Q T Q', where T has entries on its diagonal and beside
/// it alone. q becomes Q'.
void to_tridiagonal(const DenseMatrix& a, const DenseMatrix& q, double* diagonal, double* beside) {
  const int64_t n = a.rows;
  for (int64_t i = 0; i < n; ++i) {
    std::ranges::fill(q[i], 0.0);
    q[i][std::size_t(i)] = 1;
  }
  Scratch scratch;
  double *mirror = scratch.get<double>(n), *product = scratch.get<double>(n),
         *sums = scratch.get<double>(n);
  for (int64_t k = 0; k + 2 < n; ++k) {
    const std::size_t from = std::size_t(k + 1), length = std::size_t(n - k - 1);
    const MatrixRow v(mirror + from, length), w(product + from, length);
    std::ranges::copy(a[k].subspan(from), v.begin());
    const double size = std::sqrt(dot(v, v));
    if (size == 0) continue;
    v[0] += std::copysign(size, v[0]);
    const double norm = std::sqrt(dot(v, v));
    for (double& x : v) x /= norm;
    // (I - 2 v v') A (I - 2 v v') = A - 2 (v w' + w v'), w = A v - (v' A v) v
    for (int64_t i = k + 1; i < n; ++i) product[i] = dot(a[i].subspan(from), v);
    add_scaled(w, -dot(v, w), v);
    const double first = dot(a[k].subspan(from), v);
    add_scaled(a[k].subspan(from), -2 * first, v);
    for (int64_t i = k + 1; i < n; ++i) {
      a[i][std::size_t(k)] = a[k][std::size_t(i)];
      add_scaled(a[i].subspan(from), -2 * mirror[i], w);
      add_scaled(a[i].subspan(from), -2 * product[i], v);
    }
    const MatrixRow total(sums, std::size_t(n));
    std::ranges::fill(total, 0.0);
    for (int64_t i = k + 1; i < n; ++i) add_scaled(total, mirror[i], q[i]);
    for (int64_t i = k + 1; i < n; ++i) add_scaled(q[i], -2 * mirror[i], total);
  }
  for (int64_t i = 0; i < n; ++i) {
    diagonal[i] = a[i][std::size_t(i)];
    beside[i] = i + 1 < n ? a[i][std::size_t(i + 1)] : 0;
  }
}

/// Rotations with Wilkinson's shift chase what is beside the diagonal out of the matrix, from `l`
/// on; the rows of q turn with it.
bool diagonalize(double* d, double* e, const DenseMatrix& q) {
  const int64_t n = q.rows;
  for (int64_t l = 0; l < n; ++l)
    for (int round = 0;; ++round) {
      int64_t m = l;  // the first place from l on where the matrix falls apart
      while (m + 1 < n && std::abs(e[m]) > epsilon * (std::abs(d[m]) + std::abs(d[m + 1]))) ++m;
      if (m == l) break;
      if (round == most_rounds) return false;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, p = 0;
      int64_t i = m;
      for (; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) break;
        s = f / r, c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(q[i], q[i + 1], c, s);
      }
      e[m] = 0;
      if (i + 1 == l) {  // all the way
        d[l] -= p;
        e[l] = g;
      } else {
        d[i + 1] -= p;
      }
    }
  return true;
}

/// The places of n values in the order of `less`, equal ones as they stand.
template <class Less>
int64_t* order_of(const double* values, int64_t n, Less less, Scratch& scratch) {
  int64_t* order = scratch.get<int64_t>(n);
  std::iota(order, order + n, int64_t{0});
  std::sort(order, order + n, [&](int64_t i, int64_t j) {
    return values[i] == values[j] ? i < j : less(values[i], values[j]);
  });
  return order;
}
void put_in_order(const DenseMatrix& to, const DenseMatrix& from, const int64_t* order) {
  for (int64_t i = 0; i < to.rows; ++i) std::ranges::copy(from[order[i]], to[i].begin());
}

/// One sweep of Jacobi's rotations over all pairs of rows; did any turn?
bool sweep(const DenseMatrix& left, const DenseMatrix& right) {
  bool turned = false;
  for (int64_t i = 0; i + 1 < left.rows; ++i)
    for (int64_t j = i + 1; j < left.rows; ++j) {
      const MatrixRow x = left[i], y = left[j];
      const double between = dot(x, y), xx = dot(x, x), yy = dot(y, y);
      if (std::min(xx, yy) < vanishing) continue;
      if (std::abs(between) <= 4 * epsilon * std::sqrt(xx) * std::sqrt(yy)) continue;
      turned = true;
      const double theta = (yy - xx) / (2 * between);
      const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
      const double c = 1 / std::hypot(t, 1.0), s = c * t;
      rotate(x, y, c, s);
      rotate(right[i], right[j], c, s);
    }
  return turned;
}

}  // namespace

bool eigen(const DenseMatrix& a, double* values) {
  const int64_t n = a.rows;
  Scratch scratch;
  const DenseMatrix q = scratch_matrix(n, n, scratch);
  double* d = scratch.get<double>(n);
  to_tridiagonal(a, q, d, values);
  if (!diagonalize(d, values, q)) return false;
  const int64_t* order = order_of(d, n, [](double x, double y) { return x < y; }, scratch);
  put_in_order(a, q, order);
  for (int64_t i = 0; i < n; ++i) values[i] = d[order[i]];
  return true;
}

void complete_rows(const DenseMatrix& rows, int64_t known) {
  const int64_t n = rows.rows, m = rows.columns;
  if (known == n) return;
  // The reflections that make the known columns have Q's further columns at right angles to them.
  Scratch scratch;
  const DenseMatrix columns = scratch_matrix(m, known, scratch), q = scratch_matrix(m, n, scratch);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < known; ++j) columns[i][std::size_t(j)] = rows[j][std::size_t(i)];
  double* tau = scratch.get<double>(known);
  householder(columns, tau);
  householder_product(columns, tau, known, q);
  for (int64_t j = known; j < n; ++j)
    for (int64_t i = 0; i < m; ++i) rows[j][std::size_t(i)] = q[i][std::size_t(j)];
}

// Jacobi's rotations make the columns orthogonal, to full accuracy for small values too; starting
// from the eigenvectors of A'A, which lose those, they have little left to do.
bool singular(const DenseMatrix& a, double* values, const DenseMatrix& right) {
  const int64_t n = a.rows, m = a.columns;
  Scratch scratch;
  const DenseMatrix turned = scratch_matrix(n, n, scratch), left = scratch_matrix(n, m, scratch);
  product(turned, a, false, a, true);
  double* lengths = scratch.get<double>(n);
  if (!eigen(turned, lengths)) return false;
  product(left, turned, false, a, false);
  for (int round = 0; sweep(left, turned); ++round)
    if (round == most_rounds) return false;
  for (int64_t i = 0; i < n; ++i) lengths[i] = std::sqrt(dot(left[i], left[i]));
  const int64_t* order = order_of(lengths, n, [](double x, double y) { return x > y; }, scratch);
  put_in_order(a, left, order);
  put_in_order(right, turned, order);
  for (int64_t i = 0; i < n; ++i) values[i] = lengths[order[i]];
  // Columns of no length beside the longest have no direction of their own.
  int64_t known = 0;
  const double least = n ? epsilon * values[0] * double(m) : 0;
  while (known < n && values[known] > least) ++known;
  for (int64_t i = 0; i < known; ++i)
    for (double& x : a[i]) x /= values[i];
  complete_rows(a, known);
  return true;
}

}  // namespace tandem::cpu
