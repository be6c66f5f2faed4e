// Eigenvalues of symmetric matrices and singular values of any.
#pragma once
#include <cstdint>

#include "tandem/cpu/dense_matrix.h"

namespace tandem::cpu {

/// Eigenvalues of symmetric `a`, ascending; a becomes the eigenvectors, as rows. False where they
/// do not converge. Finite entries of at most some 1 in size.
bool eigen(const DenseMatrix& a, double* values);

/// Singular values, descending, of the matrix whose columns are the rows of `a` [n, m], n <= m. a
/// becomes the left vectors, orthonormal, as rows; right [n, n] the right ones. False where they do
/// not converge.
bool singular(const DenseMatrix& a, double* values, const DenseMatrix& right);

/// Rows `known` … of `rows`, which are at most as many as columns, become an orthonormal
/// complement of the orthonormal rows before.
void complete_rows(const DenseMatrix& rows, int64_t known);

}  // namespace tandem::cpu
