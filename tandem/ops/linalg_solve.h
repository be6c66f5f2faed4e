// What factorizations are for: equations, inverses, determinants, the best where there is none.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// X with A @ X = B, or with left=False X @ A = B, by LU; info: int32 [...], 0 or the place of the
/// first pivot that is zero. B: [..., n, k], batch dims broadcast; or [..., n], vectors.
struct LinalgSolveEx {
  static constexpr Signature signature = "linalg_solve_ex(A, B, left, check_errors)";
  static constexpr std::string_view results[] = {"result", "info"};
  static constexpr Keep keep = Keep::both;
  bool left = true;
  bool check_errors = false;
  std::array<Type, 2> infer(const Type& A, const Type& B) const;
  std::array<Tensor, 2> decompose(const Tensor& A, const Tensor& B) const;
  Grads vjp(const Call& c) const;
};
/// The same; a singular A is a LinAlgError, in a program an infinite or NaN result.
struct LinalgSolve {
  static constexpr Signature signature = "linalg_solve(A, B, left)";
  bool left = true;
  Tensor decompose(const Tensor& A, const Tensor& B) const;
};
/// linalg_solve() with the LU and pivots of A (linalg_lu_factor), or with `adjoint` of A.mT.
struct LinalgLuSolve {
  static constexpr Signature signature = "linalg_lu_solve(LU, pivots, B, left, adjoint)";
  bool left = true;
  bool adjoint = false;
  Tensor decompose(const Tensor& LU, const Tensor& pivots, const Tensor& B) const;
};
/// X with A @ X = B, L being Cholesky's factor of A, or with `upper` its transpose.
struct CholeskySolve {
  static constexpr Signature signature = "cholesky_solve(B, L, upper)";
  bool upper = false;
  Tensor decompose(const Tensor& B, const Tensor& L) const;
};
/// The inverse of A, L being its Cholesky factor, or with `upper` its transpose.
struct CholeskyInverse {
  static constexpr Signature signature = "cholesky_inverse(L, upper)";
  bool upper = false;
  Tensor decompose(const Tensor& L) const;
};

/// The inverse; info as of linalg_solve_ex().
struct LinalgInvEx {
  static constexpr Signature signature = "linalg_inv_ex(A, check_errors)";
  static constexpr std::string_view results[] = {"inverse", "info"};
  static constexpr Keep keep = Keep::result;
  bool check_errors = false;
  std::array<Type, 2> infer(const Type& A) const;
  std::array<Tensor, 2> decompose(const Tensor& A) const;
  Grads vjp(const Call& c) const;
};
/// The same; a singular A is a LinAlgError, in a program an infinite or NaN result.
struct LinalgInv {
  static constexpr Signature signature = "linalg_inv(A)";
  Tensor decompose(const Tensor& A) const;
};
/// The determinants: [...].
struct LinalgDet {
  static constexpr Signature signature = "linalg_det(A)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& A) const;
  Tensor decompose(const Tensor& A) const;
  Grads vjp(const Call& c) const;
};
/// The determinants' signs and the logarithms of their magnitudes.
struct LinalgSlogdet {
  static constexpr Signature signature = "linalg_slogdet(A)";
  static constexpr std::string_view results[] = {"sign", "logabsdet"};
  static constexpr Keep keep = Keep::operands;
  std::array<Type, 2> infer(const Type& A) const;
  std::array<Tensor, 2> decompose(const Tensor& A) const;
  Grads vjp(const Call& c) const;
};
/// The logarithms of the determinants, NaN of negative ones.
struct Logdet {
  static constexpr Signature signature = "logdet(input)";
  Tensor decompose(const Tensor& input) const;
};

/// The pseudo-inverse: [..., n, m] of A [..., m, n]. Singular values up to max(atol, rtol * the
/// largest) count as zero; rtol is max(m, n) * eps where neither is given. `hermitian`: by the
/// eigenvalues of symmetric A, of which the lower triangle is read.
struct LinalgPinv {
  static constexpr Signature signature = "linalg_pinv(A, rtol?, hermitian, atol?)";
  static constexpr uint16_t numbers = 0b110;
  static constexpr Keep keep = Keep::both;
  bool hermitian = false;
  Type infer(const Type& A, const Type* rtol, const Type* atol) const;
  Tensor decompose(const Tensor& A, const Tensor* rtol, const Tensor* atol) const;
  Grads vjp(const Call& c) const;
};
/// linalg_pinv() by its old name.
struct Pinverse {
  static constexpr Signature signature = "pinverse(input, rcond)";
  double rcond = 1e-15;
  Tensor decompose(const Tensor& input) const;
};
/// How many singular values are more than rounding, by the bounds of linalg_pinv(); `tol` is atol
/// by its old name.  result: int64 [...].
struct LinalgMatrixRank {
  static constexpr Signature signature = "linalg_matrix_rank(A, tol?, hermitian, atol?, rtol?)";
  static constexpr uint16_t numbers = 0b1110;
  bool hermitian = false;
  Tensor decompose(const Tensor& A, const Tensor* tol, const Tensor* atol,
                   const Tensor* rtol) const;
};
/// X with the least |A @ X - B|, of several the smallest. residuals: the squares of what is left, a
/// column's sum, where A has more rows than columns and full rank, but not of "gelsy", else empty;
/// rank: of the drivers "gelsy", "gelsd" and "gelss"; singular_values: of the last two; else empty.
struct LinalgLstsq {
  static constexpr Signature signature = "linalg_lstsq(A, B, rcond, driver)";
  static constexpr std::string_view results[] = {"solution", "residuals", "rank",
                                                 "singular_values"};
  std::optional<double> rcond;
  Name driver = "gelsy";
  std::array<Tensor, 4> decompose(const Tensor& A, const Tensor& B) const;
};
/// The inverse of a tensor as a map from its last dims to its first `ind` ones.
struct LinalgTensorinv {
  static constexpr Signature signature = "linalg_tensorinv(A, ind)";
  int64_t ind = 2;
  Tensor decompose(const Tensor& A) const;
};
/// X with tensordot(A, X, X.ndim) = B; `dims` of A are moved to its end first.
struct LinalgTensorsolve {
  static constexpr Signature signature = "linalg_tensorsolve(A, B, dims)";
  Dims dims;
  Tensor decompose(const Tensor& A, const Tensor& B) const;
};

struct LinalgSolveOps
    : List<LinalgSolveEx, LinalgSolve, LinalgLuSolve, CholeskySolve, CholeskyInverse, LinalgInvEx,
           LinalgInv, LinalgDet, LinalgSlogdet, Logdet, LinalgPinv, Pinverse, LinalgMatrixRank,
           LinalgLstsq, LinalgTensorinv, LinalgTensorsolve> {};

}  // namespace tandem
