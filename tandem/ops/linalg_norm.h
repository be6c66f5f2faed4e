// Norms of vectors and matrices, and products.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The p-norm along dims (all of them when `dim` is empty), as of one vector. ord: any number, inf
/// and -inf are the extremes, 0 counts.
struct LinalgVectorNorm {
  static constexpr Signature signature = "linalg_vector_norm(x, ord, dim, keepdim, dtype)";
  double ord = 2;
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& x) const;
};
/// ord: "fro", "nuc", or "1", "-1" (sums of columns), "inf", "-inf" (of rows), "2", "-2" (singular
/// values). dim: rows and columns.
struct LinalgMatrixNorm {
  static constexpr Signature signature = "linalg_matrix_norm(A, ord, dim, keepdim, dtype)";
  Name ord = "fro";
  Dims dim{-2, -1};
  bool keepdim = false;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& A) const;
};
/// linalg_vector_norm() of all elements or of one dim, linalg_matrix_norm() of two.
struct LinalgNorm {
  static constexpr Signature signature = "linalg_norm(A, ord, dim, keepdim, dtype)";
  std::optional<double> ord;
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& A) const;
};
/// How much a solution magnifies errors: norm(A) * norm(inv(A)), p as in linalg_matrix_norm().
struct LinalgCond {
  static constexpr Signature signature = "linalg_cond(A, p)";
  Name p = "2";
  Tensor decompose(const Tensor& A) const;
};
/// Products summed along a dim.
struct LinalgVecdot {
  static constexpr Signature signature = "linalg_vecdot(x, y, dim)";
  int64_t dim = -1;
  Tensor decompose(const Tensor& x, const Tensor& y) const;
};
/// The cross product of vectors of three elements along a dim.
struct LinalgCross {
  static constexpr Signature signature = "linalg_cross(input, other, dim)";
  int64_t dim = -1;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// The same; the dim is the first of size 3 where none is given.
struct Cross {
  static constexpr Signature signature = "cross(input, other, dim)";
  std::optional<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// The diagonals of matrices.
struct LinalgDiagonal {
  static constexpr Signature signature = "linalg_diagonal(A, offset, dim1, dim2)";
  int64_t offset = 0;
  int64_t dim1 = -2;
  int64_t dim2 = -1;
  Tensor decompose(const Tensor& A) const;
};
/// A multiplied n times by itself; of the inverse for a negative n.
struct LinalgMatrixPower {
  static constexpr Signature signature = "linalg_matrix_power(A, n)";
  Required<int64_t> n;
  Tensor decompose(const Tensor& A) const;
};
/// The product of matrices, in the cheapest order; the first and the last may be vectors.
struct LinalgMultiDot {
  static constexpr Signature signature = "linalg_multi_dot(*tensors)";
  Tensor decompose(Operands tensors) const;
};
/// Powers 0 … N-1 of each number as a row; N is the number of numbers where it is not given.
struct LinalgVander {
  static constexpr Signature signature = "linalg_vander(x, N)";
  std::optional<int64_t> N;
  Tensor decompose(const Tensor& x) const;
};
/// The same of a 1-d x, with the powers descending unless `increasing`.
struct Vander {
  static constexpr Signature signature = "vander(x, N, increasing)";
  std::optional<int64_t> N;
  bool increasing = false;
  Tensor decompose(const Tensor& x) const;
};

struct LinalgNormOps
    : List<LinalgVectorNorm, LinalgMatrixNorm, LinalgNorm, LinalgCond, LinalgVecdot, LinalgCross,
           Cross, LinalgDiagonal, LinalgMatrixPower, LinalgMultiDot, LinalgVander, Vander> {};

}  // namespace tandem
