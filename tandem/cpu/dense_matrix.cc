#include "tandem/cpu/dense_matrix.h"

#include <algorithm>

#include "tandem/cpu/gemm.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

Matrix<double> operand(const DenseMatrix& m, bool transposed) {
  return transposed ? Matrix<double>{m.data, 1, m.pitch} : Matrix<double>{m.data, m.pitch, 1};
}

}  // namespace

void product(const DenseMatrix& c, const DenseMatrix& a, bool a_transposed, const DenseMatrix& b,
             bool b_transposed) {
  const int64_t k = a_transposed ? a.rows : a.columns;
  if (c.rows == 0 || c.columns == 0) return;
  if (k == 0) {
    for (int64_t i = 0; i < c.rows; ++i) std::ranges::fill(c[i], 0.0);
    return;
  }
  Gemm<double> g{.m = c.rows,
                 .n = c.columns,
                 .k = k,
                 .a = operand(a, a_transposed),
                 .b = operand(b, b_transposed),
                 .c = c.data,
                 .c_pitch = c.pitch};
  gemm(g);
}

void subtract_product(const DenseMatrix& c, const DenseMatrix& a, bool a_transposed,
                      const DenseMatrix& b, bool b_transposed) {
  if (c.rows == 0 || c.columns == 0 || a.rows == 0 || a.columns == 0) return;
  Scratch scratch;
  const DenseMatrix p{scratch.get<double>(c.rows * c.columns), c.rows, c.columns, c.columns};
  product(p, a, a_transposed, b, b_transposed);
  for (int64_t i = 0; i < c.rows; ++i) add_scaled(c[i], -1, p[i]);
}

}  // namespace tandem::cpu
