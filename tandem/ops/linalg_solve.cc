#include "tandem/ops/linalg_solve.h"

#include <algorithm>
#include <limits>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/linalg.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
Tensor linalg_lu_solve(Arg LU, Arg pivots, Arg B, bool left, bool adjoint) { return apply(LinalgLuSolve{left, adjoint}, LU, pivots, B); }
Tensor linalg_solve(Arg A, Arg B, bool left) { return apply(LinalgSolve{left}, A, B); }
Tensor cholesky_solve(Arg B, Arg L, bool upper) { return apply(CholeskySolve{upper}, B, L); }
Tensor cholesky_inverse(Arg L, bool upper) { return apply(CholeskyInverse{upper}, L); }
std::array<Tensor, 2> linalg_inv_ex(Arg A, bool check_errors) { return apply(LinalgInvEx{check_errors}, A); }
Tensor linalg_inv(Arg A) { return apply(LinalgInv{}, A); }
Tensor linalg_det(Arg A) { return apply(LinalgDet{}, A); }
std::array<Tensor, 2> linalg_slogdet(Arg A) { return apply(LinalgSlogdet{}, A); }
Tensor logdet(Arg input) { return apply(Logdet{}, input); }
Tensor pinverse(Arg input, double rcond) { return apply(Pinverse{rcond}, input); }
std::array<Tensor, 4> linalg_lstsq(Arg A, Arg B, std::optional<double> rcond, Name driver) { return apply(LinalgLstsq{rcond, driver}, A, B); }
Tensor linalg_tensorinv(Arg A, int64_t ind) { return apply(LinalgTensorinv{ind}, A); }
Tensor linalg_tensorsolve(Arg A, Arg B, Dims dims) { return apply(LinalgTensorsolve{dims}, A, B); }
// clang-format on

namespace {

/// Is B a batch of vectors for A?
bool is_vector(const Tensor& A, const Tensor& B) {
  if (B.dim() == 1) return true;
  if (B.dim() != A.dim() - 1) return false;
  for (int d = 0; d < B.dim(); ++d)
    if (A.shape()[d] != B.shape()[d]) return false;
  return true;
}
constexpr std::string_view singular =
    "the matrix is singular; linalg.pinv() or linalg.lstsq() give the best there is; the first "
    "pivot that is zero has place ";

/// A number or tensor as an operand of A's dtype.
Tensor bound_of(const OptNumArg& bound, const Tensor& A) {
  if (bound.tensor) return cast(*bound.tensor, A.dtype());
  return bound.is_number ? full({}, bound.number, A.dtype()) : Tensor();
}
/// Up to here singular values count as zero: [..., 1].
Tensor cutoff(const Tensor& values, const Dims& shape, const Tensor* rtol, const Tensor* atol) {
  const auto beside = [](const Tensor& t) { return t.dim() ? unsqueeze(t, -1) : t; };
  const Tensor largest = amax(values, -1, true);
  if (!rtol && atol) return maximum(zeros_like(largest), beside(*atol));
  const double eps = values.dtype() == DType::f64 ? std::numeric_limits<double>::epsilon()
                                                  : std::numeric_limits<float>::epsilon();
  const double longest = double(std::max(shape[shape.size() - 1], shape[shape.size() - 2]));
  const Tensor relative = rtol ? beside(*rtol) * largest : largest * (longest * eps);
  return atol ? maximum(relative, beside(*atol)) : relative;
}

}  // namespace

std::array<Tensor, 2> linalg_solve_ex(Arg A, Arg B, bool left, bool check_errors) {
  const At line(A.where);
  const bool vector = is_vector(*A.tensor, *B.tensor);
  const Tensor b = !vector ? *B.tensor : unsqueeze(*B.tensor, left ? -1 : -2);
  const auto [x, y] = with_equal_batches("linalg_solve_ex", *A.tensor, b);
  auto out = apply(LinalgSolveEx{left, false}, Arg(x), Arg(y));
  if (check_errors) check_info("linalg_solve_ex", out[1], singular);
  if (vector) out[0] = squeeze(out[0], left ? -1 : -2);
  return out;
}
Tensor linalg_pinv(Arg A, const OptNumArg& rtol, bool hermitian, const OptNumArg& atol) {
  check_matrices("linalg_pinv", A.tensor->type());
  const At line(A.where);
  const Tensor r = bound_of(rtol, *A.tensor), a = bound_of(atol, *A.tensor);
  return apply(LinalgPinv{hermitian}, A, r ? OptArg(r) : OptArg(), a ? OptArg(a) : OptArg());
}
Tensor linalg_matrix_rank(Arg A, const OptNumArg& tol, bool hermitian, const OptNumArg& atol,
                          const OptNumArg& rtol) {
  check_matrices("linalg_matrix_rank", A.tensor->type());
  const At line(A.where);
  const Tensor t = bound_of(tol, *A.tensor), a = bound_of(atol, *A.tensor),
               r = bound_of(rtol, *A.tensor);
  const auto given = [](const Tensor& x) { return x ? OptArg(x) : OptArg(); };
  return apply(LinalgMatrixRank{hermitian}, A, given(t), given(a), given(r));
}

std::array<Type, 2> LinalgSolveEx::infer(const Type& A, const Type& B) const {
  constexpr std::string_view op = "linalg_solve_ex";
  check_square(op, A);
  check_matrices(op, B);
  const int n = B.shape.size();
  Dims of_a = A.shape, of_b = B.shape;
  of_a.resize(of_a.size() - 2), of_b.resize(n - 2);
  if (of_a != of_b || A.dtype != B.dtype || A.shape.back() != B.shape[left ? n - 2 : n - 1])
    fail(ErrorCode::shape, op, "A is ", A, ", and B ", B, " does not fit it: expected ",
         A.shape.back(), left ? " rows" : " columns");
  return {B, Type{DType::i32, of_a}};
}
std::array<Tensor, 2> LinalgSolveEx::decompose(const Tensor& A, const Tensor& B) const {
  const auto [LU, pivots, info] = linalg_lu_factor_ex(A);
  return {linalg_lu_solve(LU, pivots, B, left), info};
}
Grads LinalgSolveEx::vjp(const Call& c) const {
  if (!c.dys[0]) return {};
  const Tensor X = c.result(0);
  const Tensor dB = linalg_solve_ex(mT(c.operand(0)), c.dy(), left)[0];
  const Tensor dA = left ? matmul(dB, mT(X)) : matmul(mT(X), dB);
  return {c.needs(0) ? -dA : Tensor(), dB};
}
Tensor LinalgSolve::decompose(const Tensor& A, const Tensor& B) const {
  const auto [X, info] = linalg_solve_ex(A, B, left);
  check_info("linalg_solve", info, singular);
  return X;
}
Tensor LinalgLuSolve::decompose(const Tensor& LU, const Tensor& pivots, const Tensor& B) const {
  if (!left) return mT(linalg_lu_solve(LU, pivots, mT(B), true, !adjoint));
  const auto [lu, b] = with_equal_batches("linalg_lu_solve", LU, B);
  Tensor order = lu_order(pivots, lu.size(-1));
  Dims lines = b.shape();
  lines.resize(lines.size() - 1);
  order = expand(order, lines);
  const auto in_order = [&](const Tensor& X, const Tensor& o) {
    return gather(X, -2, expand(unsqueeze(o, -1), X.shape()));
  };
  if (adjoint) {
    const Tensor y = linalg_solve_triangular(mT(lu), b, false);
    return in_order(linalg_solve_triangular(mT(lu), y, true, true, true), argsort(order));
  }
  const Tensor y = linalg_solve_triangular(lu, in_order(b, order), false, true, true);
  return linalg_solve_triangular(lu, y, true);
}
Tensor CholeskySolve::decompose(const Tensor& B, const Tensor& L) const {
  const Tensor lower = upper ? mT(L) : L;
  return linalg_solve_triangular(mT(lower), linalg_solve_triangular(lower, B, false), true);
}
Tensor CholeskyInverse::decompose(const Tensor& L) const {
  check_square("cholesky_inverse", L.type());
  return cholesky_solve(expand(eye(L.size(-1), {}, L.dtype()), L.shape()), L, upper);
}

std::array<Type, 2> LinalgInvEx::infer(const Type& A) const {
  check_square("linalg_inv_ex", A);
  Dims batch = A.shape;
  batch.resize(batch.size() - 2);
  return {A, Type{DType::i32, batch}};
}
std::array<Tensor, 2> LinalgInvEx::decompose(const Tensor& A) const {
  const auto out = linalg_solve_ex(A, expand(eye(A.size(-1), {}, A.dtype()), A.shape()));
  if (check_errors) check_info("linalg_inv_ex", out[1], singular);
  return out;
}
Grads LinalgInvEx::vjp(const Call& c) const {
  if (!c.dys[0]) return {};
  const Tensor Xt = mT(c.result(0));
  return {-matmul(matmul(Xt, c.dy()), Xt)};
}
Tensor LinalgInv::decompose(const Tensor& A) const {
  const auto [X, info] = linalg_inv_ex(A);
  check_info("linalg_inv", info, singular);
  return X;
}

namespace {

Type of_each(std::string_view op, const Type& A) {
  check_square(op, A);
  Type out = A;
  out.shape.resize(A.shape.size() - 2);
  return out;
}
/// -1 for an odd number of exchanges.
Tensor sign_of(const Tensor& pivots, DType dtype) {
  const Tensor stays = eq(pivots, arange(1, pivots.size(-1) + 1, 1, DType::i32));
  return prod(cast(stays, dtype) * 2 - 1, -1);
}
Tensor diagonal_of(const Tensor& A) { return diagonal(A, 0, -2, -1); }

}  // namespace

Type LinalgDet::infer(const Type& A) const { return of_each("linalg_det", A); }
Tensor LinalgDet::decompose(const Tensor& A) const {
  const auto [LU, pivots, info] = linalg_lu_factor_ex(A);
  return sign_of(pivots, A.dtype()) * prod(diagonal_of(LU), -1);
}
/// det(A) A'^-1. Where a pivot is zero it is taken for a very small number: their product still has
/// the limit that it should.
Grads LinalgDet::vjp(const Call& c) const {
  const Tensor A = c.operand(0);
  auto [LU, pivots, info] = linalg_lu_factor_ex(A);
  const double small = A.dtype() == DType::f64 ? std::numeric_limits<double>::epsilon()
                                               : std::numeric_limits<float>::epsilon();
  LU = LU + diag_embed(cast(eq(diagonal_of(LU).detach(), 0), A.dtype()) * small);
  const Tensor det = sign_of(pivots, A.dtype()) * prod(diagonal_of(LU), -1);
  const Tensor scaled = unsqueeze(unsqueeze(c.dy() * det, -1), -1);
  const Tensor identity = eye(A.size(-1), {}, A.dtype());
  return {linalg_lu_solve(LU, pivots, expand(scaled * identity, A.shape()), true, true)};
}
std::array<Type, 2> LinalgSlogdet::infer(const Type& A) const {
  const Type each = of_each("linalg_slogdet", A);
  return {each, each};
}
std::array<Tensor, 2> LinalgSlogdet::decompose(const Tensor& A) const {
  const auto [LU, pivots, info] = linalg_lu_factor_ex(A);
  const Tensor d = diagonal_of(LU);
  return {sign_of(pivots, A.dtype()) * prod(sign(d), -1), sum(log(abs(d)), -1)};
}
Grads LinalgSlogdet::vjp(const Call& c) const {
  if (!c.dys[1]) return {};
  const Tensor A = c.operand(0);
  const Tensor scaled = unsqueeze(unsqueeze(c.dys[1], -1), -1) * eye(A.size(-1), {}, A.dtype());
  return {linalg_solve_ex(mT(A), expand(scaled, A.shape()))[0]};
}
Tensor Logdet::decompose(const Tensor& input) const {
  const auto [sign, value] = linalg_slogdet(input);
  return where(lt(sign, 0), std::numeric_limits<double>::quiet_NaN(), value);
}

Type LinalgPinv::infer(const Type& A, const Type*, const Type*) const {
  check_matrices("linalg_pinv", A);
  if (hermitian) check_square("linalg_pinv", A);
  Type out = A;
  std::swap(out.shape[out.shape.size() - 1], out.shape[out.shape.size() - 2]);
  return out;
}
Tensor LinalgPinv::decompose(const Tensor& A, const Tensor* rtol, const Tensor* atol) const {
  if (A.size(-1) == 0 || A.size(-2) == 0)
    return full(infer(A.type(), nullptr, nullptr).shape, 0, A.dtype());
  const auto inverse = [&](const Tensor& values, const Tensor& sizes) {
    const Tensor kept = gt(sizes, cutoff(sizes, A.shape(), rtol, atol));
    return where(kept, 1 / where(kept, values, 1), 0);
  };
  if (hermitian) {
    const auto [values, V] = linalg_eigh(A);
    return matmul(V * unsqueeze(inverse(values, abs(values)), -2), mT(V));
  }
  const auto [U, S, Vh] = linalg_svd(A, false);
  return matmul(mT(Vh) * unsqueeze(inverse(S, S), -2), mT(U));
}
Grads LinalgPinv::vjp(const Call& c) const {
  const Tensor A = c.operand(0), P = c.result(), Pt = mT(P), g = mT(c.dy());
  if (A.size(-2) <= A.size(-1)) {
    const Tensor K = matmul(g, P), KPt = matmul(K, Pt);
    return {-mT(matmul(P, K)) + KPt - matmul(matmul(A, P), KPt) +
            matmul(matmul(Pt, P), g - matmul(K, A))};
  }
  const Tensor K = matmul(P, g), PtK = matmul(Pt, K);
  return {-mT(matmul(K, P)) + matmul(matmul(g - matmul(A, K), P), Pt) + PtK -
          matmul(matmul(PtK, P), A)};
}
Tensor Pinverse::decompose(const Tensor& input) const { return linalg_pinv(input, rcond); }
Tensor LinalgMatrixRank::decompose(const Tensor& A, const Tensor* tol, const Tensor* atol,
                                   const Tensor* rtol) const {
  check_matrices("linalg_matrix_rank", A.type());
  if (A.size(-1) == 0 || A.size(-2) == 0) {
    Dims batch = A.shape();
    batch.resize(batch.size() - 2);
    return full(batch, 0, DType::i64);
  }
  const Tensor values = hermitian ? abs(linalg_eigvalsh(A)) : linalg_svdvals(A);
  return sum(gt(values, cutoff(values, A.shape(), rtol, tol ? tol : atol)), -1);
}
std::array<Tensor, 4> LinalgLstsq::decompose(const Tensor& A, const Tensor& B) const {
  constexpr std::string_view op = "linalg_lstsq";
  check_matrices(op, A.type());
  if (driver != "gels" && driver != "gelsy" && driver != "gelsd" && driver != "gelss")
    fail(ErrorCode::value, op, "driver must be 'gels', 'gelsy', 'gelsd' or 'gelss', got '", driver,
         '\'');
  const bool vector = B.dim() == A.dim() - 1;
  const Tensor right = vector ? unsqueeze(B, -1) : B;
  if (right.dim() < 2 || right.size(-2) != A.size(-2) || A.dtype() != B.dtype())
    fail(ErrorCode::shape, op, "A is ", A.type(), ", and B ", B.type(), " does not fit it");
  const int64_t m = A.size(-2), n = A.size(-1);
  const bool full_rank = driver == "gels";
  const Tensor inverse = rcond && !full_rank ? linalg_pinv(A, *rcond) : linalg_pinv(A);
  const Tensor X = matmul(inverse, right);
  const Tensor none = empty({0}, A.dtype());
  const Tensor rank = full_rank ? empty({0}, DType::i64)
                      : rcond   ? linalg_matrix_rank(A, {}, false, {}, *rcond)
                                : linalg_matrix_rank(A);
  Tensor residuals = none;
  if (m > n && driver != "gelsy" && (full_rank || all(eq(rank, n)).item<bool>()))
    residuals = sum(square(matmul(A, X) - right), -2);
  const bool has_values = driver == "gelsd" || driver == "gelss";
  return {vector ? squeeze(X, -1) : X, residuals, rank,
          has_values ? linalg_svdvals(A.detach()) : none};
}
Tensor LinalgTensorinv::decompose(const Tensor& A) const {
  constexpr std::string_view op = "linalg_tensorinv";
  if (ind < 1 || ind >= A.dim())
    fail(ErrorCode::value, op, "expected ind in 1..", A.dim() - 1, " for shape ", A.shape(),
         ", got ", ind);
  Dims first, last;
  for (int d = 0; d < A.dim(); ++d) (d < ind ? first : last).push_back(A.shape()[d]);
  if (first.product() != last.product())
    fail(ErrorCode::shape, op, "the first ", ind, " dims of ", A.shape(),
         " must have as many elements as the others");
  Dims out = last;
  for (int64_t n : first) out.push_back(n);
  return reshape(linalg_inv(reshape(A, {first.product(), last.product()})), out);
}
Tensor LinalgTensorsolve::decompose(const Tensor& A, const Tensor& B) const {
  Tensor a = A;
  if (!dims.empty()) {
    Dims to;
    for (int i = 0; i < dims.size(); ++i) to.push_back(i - dims.size());
    a = movedim(A, dims, to);
  }
  const int64_t rows = B.numel();
  Dims out;
  for (int d = B.dim(); d < a.dim(); ++d) out.push_back(a.shape()[d]);
  if (out.product() != rows || a.numel() != rows * rows)
    fail(ErrorCode::shape, "linalg_tensorsolve", "A of shape ", A.shape(),
         " does not fit B of shape ", B.shape());
  return reshape(linalg_solve(reshape(a, {rows, rows}), reshape(B, -1)), out);
}

template struct Family<LinalgSolveOps>;

}  // namespace tandem
