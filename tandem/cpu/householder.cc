#include <algorithm>

#include "tandem/cpu/factorize.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr int64_t block = 32;

/// The reflection that sends column k of a, from row k on, to its first entry: the tail of v stands
/// where what vanishes stood. Gives tau.
double reflect_column(const DenseMatrix& a, int64_t k) {
  const std::size_t at = std::size_t(k);
  // Scaled, so that no square overflows or vanishes.
  double largest = 0;
  for (int64_t i = k + 1; i < a.rows; ++i) largest = std::max(largest, std::abs(a[i][at]));
  if (largest == 0) return 0;
  largest = std::max(largest, std::abs(a[k][at]));
  double squares = 0;
  for (int64_t i = k; i < a.rows; ++i) {
    const double x = a[i][at] / largest;
    squares += x * x;
  }
  const double head = a[k][at], length = -std::copysign(largest * std::sqrt(squares), head);
  for (int64_t i = k + 1; i < a.rows; ++i) a[i][at] /= head - length;
  a[k][at] = length;
  return (length - head) / length;
}

/// c -= tau v (v' c) for the reflection in column k of a, of rows k and below. `sums`: as wide as
/// c.
void apply_reflection(const DenseMatrix& a, int64_t k, double tau, const DenseMatrix& c,
                      double* sums) {
  if (tau == 0) return;
  const std::size_t at = std::size_t(k);
  const MatrixRow s(sums, std::size_t(c.columns));
  std::ranges::copy(c[k], s.begin());
  for (int64_t i = k + 1; i < a.rows; ++i) add_scaled(s, a[i][at], c[i]);
  add_scaled(c[k], -tau, s);
  for (int64_t i = k + 1; i < a.rows; ++i) add_scaled(c[i], -tau * a[i][at], s);
}

/// Reflections k … k + width of a as one: I - V T V', T upper triangular.
struct Reflectors {
  DenseMatrix v, t;

  Reflectors(const DenseMatrix& a, const double* tau, int64_t k, int64_t width, Scratch& scratch)
      : v{scratch.get<double>((a.rows - k) * width), a.rows - k, width, width},
        t{scratch.get<double>(width * width), width, width, width} {
    for (int64_t i = 0; i < v.rows; ++i)
      for (int64_t j = 0; j < width; ++j)
        v[i][std::size_t(j)] = i < j ? 0 : i == j ? 1 : a[k + i][std::size_t(k + j)];
    for (int64_t i = 0; i < width; ++i) std::ranges::fill(t[i], 0.0);
    double* overlap = scratch.get<double>(width);
    for (int64_t j = 0; j < width; ++j) {
      // t[:j, j] = -tau_j t[:j, :j] (V[:, :j]' v_j)
      std::fill_n(overlap, j, 0.0);
      for (int64_t i = j; i < v.rows; ++i)
        add_scaled(MatrixRow(overlap, std::size_t(j)), v[i][std::size_t(j)],
                   v[i].first(std::size_t(j)));
      for (int64_t i = 0; i < j; ++i) {
        double sum = 0;
        for (int64_t l = i; l < j; ++l) sum += t[i][std::size_t(l)] * overlap[l];
        t[i][std::size_t(j)] = -tau[k + j] * sum;
      }
      t[j][std::size_t(j)] = tau[k + j];
    }
  }
  /// c := (I - V T V') c, or with T transposed.
  void apply(const DenseMatrix& c, bool transposed, Scratch& scratch) const {
    const DenseMatrix w{scratch.get<double>(t.rows * c.columns), t.rows, c.columns, c.columns};
    const DenseMatrix tw{scratch.get<double>(t.rows * c.columns), t.rows, c.columns, c.columns};
    product(w, v, true, c, false);
    product(tw, t, transposed, w, false);
    subtract_product(c, v, false, tw, false);
  }
};

}  // namespace

void householder(const DenseMatrix& a, double* tau) {
  const int64_t count = std::min(a.rows, a.columns);
  Scratch scratch;
  double* sums = scratch.get<double>(a.columns);
  for (int64_t k = 0; k < count; k += block) {
    const int64_t width = std::min(block, count - k), end = k + width;
    for (int64_t j = k; j < end; ++j) {
      tau[j] = reflect_column(a, j);
      apply_reflection(a, j, tau[j], {a.data + j + 1, a.rows, end - j - 1, a.pitch}, sums);
    }
    if (end == a.columns) continue;
    Scratch of_block;
    const Reflectors reflections(a, tau, k, width, of_block);
    reflections.apply(a.part(k, end, a.rows - k, a.columns - end), true, of_block);
  }
}

void householder_product(const DenseMatrix& a, const double* tau, int64_t count,
                         const DenseMatrix& q) {
  for (int64_t i = 0; i < q.rows; ++i) {
    std::ranges::fill(q[i], 0.0);
    if (i < q.columns) q[i][std::size_t(i)] = 1;
  }
  const int64_t last = (count - 1) / block * block;
  for (int64_t k = last; k >= 0 && count > 0; k -= block) {
    Scratch scratch;
    const Reflectors reflections(a, tau, k, std::min(block, count - k), scratch);
    reflections.apply(q.part(k, k, q.rows - k, q.columns - k), false, scratch);
  }
}

}  // namespace tandem::cpu
