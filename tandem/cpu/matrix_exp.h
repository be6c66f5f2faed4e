// The exponential of a matrix.
#pragma once
#include "tandem/cpu/dense_matrix.h"

namespace tandem::cpu {

/// a := exp(a), by the Padé approximant of degree 13 of a / 2^s, squared s times (Higham, 2005).
void matrix_exp(const DenseMatrix& a);

}  // namespace tandem::cpu
