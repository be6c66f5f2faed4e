// Cholesky's factor, LU and QR of one matrix, and what is solved with them. By halves or by blocks,
// so that most of the work of large ones is in products.
#pragma once
#include <cstdint>

#include "tandem/cpu/dense_matrix.h"

namespace tandem::cpu {

/// The lower triangle of symmetric positive definite `a` becomes L, a = L L'; what is above is left
/// alone. Gives 0, or the order of the first leading minor that is not positive: from there on L is
/// unfinished.
int64_t cholesky(const DenseMatrix& a);

/// a becomes L below the diagonal (whose own ones are not stored) and U: of the rows exchanged, row
/// i with row pivots[i] >= i in ascending order, the product is a. Gives 0, or the 1-based place of
/// the first pivot that is zero. Without `pivoting` no row moves.
int64_t lu(const DenseMatrix& a, int64_t* pivots, bool pivoting);

/// b := a^-1 b of triangular a; `unit`: with ones on the diagonal, which is not read.
void solve_triangular(const DenseMatrix& a, bool upper, bool unit, const DenseMatrix& b);

/// a [m, n] becomes R, and below the diagonal the tails of the min(m, n) reflections
/// I - tau[k] v v', v = (0, …, 0, 1, tail), whose product is Q: LAPACK's geqrf.
void householder(const DenseMatrix& a, double* tau);
/// The first columns of the product of these reflections, as many as q [m, *] has.
void householder_product(const DenseMatrix& a, const double* tau, int64_t count,
                         const DenseMatrix& q);

}  // namespace tandem::cpu
