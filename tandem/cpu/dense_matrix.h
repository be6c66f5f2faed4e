// Matrices of doubles, row-major, for the factorizations: f32 is computed in f64 too, so that its
// results are rounded once.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>

namespace tandem::cpu {

using MatrixRow = std::span<double>;

/// A part of a matrix: element (i, j) at data[i * pitch + j].
struct DenseMatrix {
  double* data;
  int64_t rows, columns, pitch;

  MatrixRow operator[](int64_t i) const { return {data + i * pitch, std::size_t(columns)}; }
  DenseMatrix part(int64_t row, int64_t column, int64_t height, int64_t width) const {
    return {data + row * pitch + column, height, width, pitch};
  }
};

/// One order for every length, which vectors keep.
inline double dot(std::span<const double> a, std::span<const double> b) {
  double lanes[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lanes[k] += a[i + k] * b[i + k];
  for (std::size_t k = 0; i < a.size(); ++i, ++k) lanes[k] += a[i] * b[i];
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}
inline void add_scaled(MatrixRow to, double scale, std::span<const double> from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}
/// x, y := c x - s y, s x + c y
inline void rotate(MatrixRow x, MatrixRow y, double c, double s) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/// c -= a b, where either may be taken transposed. Large ones on the register tile.
void subtract_product(const DenseMatrix& c, const DenseMatrix& a, bool a_transposed,
                      const DenseMatrix& b, bool b_transposed);
/// c = a b
void product(const DenseMatrix& c, const DenseMatrix& a, bool a_transposed, const DenseMatrix& b,
             bool b_transposed);

}  // namespace tandem::cpu
