// Factorizations of matrices and of batches of them, [..., m, n], of float32 and float64; computed
// in float64.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// A matrix for which there is no result: singular, or not positive definite.
class LinAlgError : public Error {
 public:
  LinAlgError(std::string_view op, std::string_view message)
      : Error(ErrorCode::value, op, message) {}
};
[[noreturn]] void raise(LinAlgError error);

/// Lower triangular L with L @ L.mT = A for positive definite A, of which the lower triangle is
/// read, or with `upper` its transpose; info: int32 [...], 0 or the order of the first leading
/// minor that is not positive. check_errors: that is an error. The gradient is that of symmetric A.
struct LinalgCholeskyEx {
  static constexpr Signature signature = "linalg_cholesky_ex(A, upper, check_errors)";
  static constexpr std::string_view results[] = {"L", "info"};
  static constexpr Keep keep = Keep::result;
  bool upper = false;
  bool check_errors = false;
  std::array<Type, 2> infer(const Type& A) const;
  Grads vjp(const Call& c) const;
};
/// The same; an A that is not positive definite is a LinAlgError, in a program NaN.
struct LinalgCholesky {
  static constexpr Signature signature = "linalg_cholesky(A, upper)";
  bool upper = false;
  Tensor decompose(const Tensor& A) const;
};

/// LU with row pivots as LAPACK packs it: U, below it L without its ones; pivots: int32 [..., k],
/// row i was exchanged with row pivots[i], from 1; info: int32 [...], 0 or the place of the first
/// pivot that is zero.
struct LinalgLuFactorEx {
  static constexpr Signature signature = "linalg_lu_factor_ex(A, pivot, check_errors)";
  static constexpr std::string_view results[] = {"LU", "pivots", "info"};
  static constexpr Keep keep = Keep::result;
  bool pivot = true;
  bool check_errors = false;
  std::array<Type, 3> infer(const Type& A) const;
  Grads vjp(const Call& c) const;
};
/// The same without info.
struct LinalgLuFactor {
  static constexpr Signature signature = "linalg_lu_factor(A, pivot)";
  static constexpr std::string_view results[] = {"LU", "pivots"};
  bool pivot = true;
  std::array<Tensor, 2> decompose(const Tensor& A) const;
};
/// Which row of A stands where after the exchanges that `pivots` [..., k] name: int64 [..., rows].
struct LuOrder {
  static constexpr Signature signature = "lu_order(pivots, rows)";
  Required<int64_t> rows;
  Type infer(const Type& pivots) const;
  Grads vjp(const Call&) const { return {}; }
};
/// P, L and U with P @ L @ U = A from what linalg_lu_factor() gives.
struct LuUnpack {
  static constexpr Signature signature =
      "lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)";
  static constexpr std::string_view results[] = {"P", "L", "U"};
  bool unpack_data = true;
  bool unpack_pivots = true;
  std::array<Tensor, 3> decompose(const Tensor& LU_data, const Tensor& LU_pivots) const;
};
/// P, L and U with P @ L @ U = A; without `pivot` P is empty.
struct LinalgLu {
  static constexpr Signature signature = "linalg_lu(A, pivot)";
  static constexpr std::string_view results[] = {"P", "L", "U"};
  bool pivot = true;
  std::array<Tensor, 3> decompose(const Tensor& A) const;
};

/// X with A @ X = B (left) or X @ A = B, of which the upper or the lower triangle of A is read;
/// unitriangular: its diagonal counts as ones. Batch dims broadcast.
struct LinalgSolveTriangular {
  static constexpr Signature signature =
      "linalg_solve_triangular(A, B, upper, left, unitriangular)";
  static constexpr Keep keep = Keep::both;
  Required<bool> upper;
  bool left = true;
  bool unitriangular = false;
  Type infer(const Type& A, const Type& B) const;
  Grads vjp(const Call& c) const;
};

/// Householder's reflections: R, and below its diagonal the tails of the vectors; and their factors
/// tau [..., k], as LAPACK's geqrf. It has no gradient: linalg_qr() does.
struct Geqrf {
  static constexpr Signature signature = "geqrf(input)";
  static constexpr std::string_view results[] = {"a", "tau"};
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The first n columns of the product of the reflections I - tau v v', whose vectors stand below
/// the diagonal of input [..., m, n], m >= n >= k.
struct LinalgHouseholderProduct {
  static constexpr Signature signature = "linalg_householder_product(input, tau)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, const Type& tau) const;
  Tensor decompose(const Tensor& input, const Tensor& tau) const;
};
/// other times (left) or before the product Q of such reflections, or with `transpose` its
/// transpose.
struct Ormqr {
  static constexpr Signature signature = "ormqr(input, tau, other, left, transpose)";
  bool left = true;
  bool transpose = false;
  Tensor decompose(const Tensor& input, const Tensor& tau, const Tensor& other) const;
};
/// Q with orthonormal columns and R upper triangular, Q @ R = A. mode: "reduced", "complete", or
/// "r", where Q is empty.
struct LinalgQr {
  static constexpr Signature signature = "linalg_qr(A, mode)";
  static constexpr std::string_view results[] = {"Q", "R"};
  static constexpr Keep keep = Keep::result;
  Name mode = "reduced";
  std::array<Type, 2> infer(const Type& A) const;
  std::array<Tensor, 2> decompose(const Tensor& A) const;
  Grads vjp(const Call& c) const;
};

/// Ascending eigenvalues [..., n] and, as columns, eigenvectors of symmetric matrices, of which the
/// lower ("L") or upper ("U") triangle is read. The gradient of vectors is finite for distinct
/// eigenvalues only.
struct LinalgEigh {
  static constexpr Signature signature = "linalg_eigh(A, UPLO)";
  static constexpr std::string_view results[] = {"eigenvalues", "eigenvectors"};
  static constexpr Keep keep = Keep::result;
  Name UPLO = "L";
  std::array<Type, 2> infer(const Type& A) const;
  Grads vjp(const Call& c) const;
};
/// The eigenvalues alone.
struct LinalgEigvalsh {
  static constexpr Signature signature = "linalg_eigvalsh(A, UPLO)";
  Name UPLO = "L";
  Tensor decompose(const Tensor& A) const;
};
/// U, descending S, Vh with U * S @ Vh = A. The gradient is finite for distinct singular values
/// only, and that of the columns which full_matrices adds is left out.
struct LinalgSvd {
  static constexpr Signature signature = "linalg_svd(A, full_matrices)";
  static constexpr std::string_view results[] = {"U", "S", "Vh"};
  static constexpr Keep keep = Keep::result;
  bool full_matrices = true;
  std::array<Type, 3> infer(const Type& A) const;
  Grads vjp(const Call& c) const;
};
/// The singular values alone.
struct LinalgSvdvals {
  static constexpr Signature signature = "linalg_svdvals(A)";
  Tensor decompose(const Tensor& A) const;
};
/// The sum of A^k / k! over all k.
struct LinalgMatrixExp {
  static constexpr Signature signature = "linalg_matrix_exp(A)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& A) const;
  Grads vjp(const Call& c) const;
};

struct LinalgOps
    : List<LinalgCholeskyEx, LinalgCholesky, LinalgLuFactorEx, LinalgLuFactor, LuOrder, LuUnpack,
           LinalgLu, LinalgSolveTriangular, Geqrf, LinalgHouseholderProduct, Ormqr, LinalgQr,
           LinalgEigh, LinalgEigvalsh, LinalgSvd, LinalgSvdvals, LinalgMatrixExp> {};

/// Errors unless `A` is a matrix or a batch of them, of float32 or float64.
void check_matrices(std::string_view op, const Type& A);
void check_square(std::string_view op, const Type& A);
/// Throws a LinAlgError if any info is not 0; but not while a program is traced.
void check_info(std::string_view op, const Tensor& info, std::string_view what);
/// The batch dims of both broadcast.
std::array<Tensor, 2> with_equal_batches(std::string_view op, const Tensor& A, const Tensor& B);

}  // namespace tandem
