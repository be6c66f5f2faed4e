#include "tandem/ops/linalg.h"

#include <algorithm>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/rules.h"

namespace tandem {

// clang-format off
std::array<Tensor, 2> linalg_cholesky_ex(Arg A, bool upper, bool check_errors) { return apply(LinalgCholeskyEx{upper, check_errors}, A); }
Tensor linalg_cholesky(Arg A, bool upper) { return apply(LinalgCholesky{upper}, A); }
std::array<Tensor, 3> linalg_lu_factor_ex(Arg A, bool pivot, bool check_errors) { return apply(LinalgLuFactorEx{pivot, check_errors}, A); }
std::array<Tensor, 2> linalg_lu_factor(Arg A, bool pivot) { return apply(LinalgLuFactor{pivot}, A); }
Tensor lu_order(Arg pivots, int64_t rows) { return apply(LuOrder{rows}, pivots); }
std::array<Tensor, 3> lu_unpack(Arg LU_data, Arg LU_pivots, bool unpack_data, bool unpack_pivots) { return apply(LuUnpack{unpack_data, unpack_pivots}, LU_data, LU_pivots); }
std::array<Tensor, 3> linalg_lu(Arg A, bool pivot) { return apply(LinalgLu{pivot}, A); }
std::array<Tensor, 2> geqrf(Arg input) { return apply(Geqrf{}, input); }
Tensor linalg_householder_product(Arg input, Arg tau) { return apply(LinalgHouseholderProduct{}, input, tau); }
Tensor ormqr(Arg input, Arg tau, Arg other, bool left, bool transpose) { return apply(Ormqr{left, transpose}, input, tau, other); }
std::array<Tensor, 2> linalg_eigh(Arg A, Name UPLO) { return apply(LinalgEigh{UPLO}, A); }
Tensor linalg_eigvalsh(Arg A, Name UPLO) { return apply(LinalgEigvalsh{UPLO}, A); }
std::array<Tensor, 3> linalg_svd(Arg A, bool full_matrices) { return apply(LinalgSvd{full_matrices}, A); }
Tensor linalg_svdvals(Arg A) { return apply(LinalgSvdvals{}, A); }
Tensor linalg_matrix_exp(Arg A) { return apply(LinalgMatrixExp{}, A); }
// clang-format on

std::array<Tensor, 2> linalg_qr(Arg A, Name mode) {
  if (mode != "r") return apply(LinalgQr{mode}, A);
  return {empty({0}, A.tensor->dtype()), apply(LinalgQr{"reduced"}, A)[1]};
}
Tensor linalg_solve_triangular(Arg A, Arg B, bool upper, bool left, bool unitriangular) {
  const At line(A.where);
  const auto [a, b] = with_equal_batches("linalg_solve_triangular", *A.tensor, *B.tensor);
  return apply(LinalgSolveTriangular{upper, left, unitriangular}, Arg(a), Arg(b));
}

void check_matrices(std::string_view op, const Type& A) {
  if (A.shape.size() < 2)
    fail(ErrorCode::shape, op, "expected a matrix or a batch of them, got shape ", A.shape);
  if (A.dtype != DType::f32 && A.dtype != DType::f64)
    fail(ErrorCode::dtype, op, "expected float32 or float64, got ", A.dtype, ": cast it");
}
void raise(LinAlgError error) {
#ifdef __cpp_exceptions
  throw error;
#else
  raise(Error(std::move(error)));
#endif
}
void check_square(std::string_view op, const Type& A) {
  check_matrices(op, A);
  const int n = A.shape.size();
  if (A.shape[n - 1] != A.shape[n - 2])
    fail(ErrorCode::shape, op, "expected square matrices, got shape ", A.shape);
}
void check_info(std::string_view op, const Tensor& info, std::string_view what) {
  if (mode.tracer) return;
  const std::vector<int64_t> values = cast(info.detach(), DType::i64).to_vector<int64_t>();
  const auto bad = std::ranges::find_if(values, [](int64_t v) { return v != 0; });
  if (bad == values.end()) return;
  const std::string place =
      info.dim() == 0 ? "" : text(" (matrix ", bad - values.begin(), " of the batch)");
  raise(LinAlgError(op, text(what, *bad, place)));
}
std::array<Tensor, 2> with_equal_batches(std::string_view op, const Tensor& A, const Tensor& B) {
  check_square(op, A.type());
  check_matrices(op, B.type());
  if (A.dtype() != B.dtype())
    fail(ErrorCode::dtype, op, "A is ", A.dtype(), ", B ", B.dtype(), ": cast one");
  Dims a = A.shape(), b = B.shape();
  a.resize(a.size() - 2), b.resize(b.size() - 2);
  if (a == b) return {A, B};
  Dims of_a = broadcast_shapes(op, a, b), of_b = of_a;
  of_a.push_back(A.size(-2)), of_a.push_back(A.size(-1));
  of_b.push_back(B.size(-2)), of_b.push_back(B.size(-1));
  return {expand(A, of_a), expand(B, of_b)};
}

namespace {

Dims batch_of(const Dims& shape) {
  Dims batch = shape;
  batch.resize(shape.size() - 2);
  return batch;
}
Dims with(Dims batch, std::initializer_list<int64_t> more) {
  for (int64_t n : more) batch.push_back(n);
  return batch;
}
Tensor identity_like(const Tensor& A, int64_t rows, int64_t columns) {
  return expand(eye(rows, columns, A.dtype()), with(batch_of(A.shape()), {rows, columns}));
}
/// L [m, k] and U [k, n] of a packed LU.
std::array<Tensor, 2> unpacked(const Tensor& LU) {
  const int64_t m = LU.size(-2), n = LU.size(-1), k = std::min(m, n);
  return {tril(narrow(LU, -1, 0, k), -1) + identity_like(LU, m, k), triu(narrow(LU, -2, 0, k))};
}
/// Rows of X as `order` [..., m] names them.
Tensor rows_in_order(const Tensor& X, const Tensor& order) {
  return gather(X, -2, expand(unsqueeze(order, -1), X.shape()));
}
/// For columns of a matrix: 1 / (value of the column - value of the row), 0 where they are equal.
Tensor inverse_gaps(const Tensor& values) {
  const Tensor gap = unsqueeze(values, -2) - unsqueeze(values, -1), none = eq(gap, 0);
  return where(none, 0, 1 / where(none, 1, gap));
}

}  // namespace

std::array<Type, 2> LinalgCholeskyEx::infer(const Type& A) const {
  check_square("linalg_cholesky_ex", A);
  return {A, Type{DType::i32, batch_of(A.shape)}};
}
Grads LinalgCholeskyEx::vjp(const Call& c) const {
  if (!c.dys[0]) return {};
  const Tensor L = upper ? mT(c.result()) : c.result(), dL = upper ? mT(c.dy()) : c.dy();
  const Tensor inner = tril(matmul(mT(L), dL));
  const Tensor symmetric = (inner + mT(tril(inner, -1))) * 0.5;
  const Tensor right = linalg_solve_triangular(L, symmetric, false, false);
  return {linalg_solve_triangular(mT(L), right, true)};
}
Tensor LinalgCholesky::decompose(const Tensor& A) const {
  const auto [L, info] = linalg_cholesky_ex(A, upper);
  check_info("linalg_cholesky", info,
             "the input is not positive definite: the first leading minor that is not positive "
             "has order ");
  return L;
}

std::array<Type, 3> LinalgLuFactorEx::infer(const Type& A) const {
  check_matrices("linalg_lu_factor_ex", A);
  const Dims batch = batch_of(A.shape);
  const int n = A.shape.size();
  const int64_t k = std::min(A.shape[n - 1], A.shape[n - 2]);
  return {A, Type{DType::i32, with(batch, {k})}, Type{DType::i32, batch}};
}
Grads LinalgLuFactorEx::vjp(const Call& c) const {
  if (!c.dys[0]) return {};
  const Tensor LU = c.result(0), g = c.dy();
  const int64_t m = LU.size(-2), n = LU.size(-1), k = std::min(m, n);
  const auto [L, U] = unpacked(LU);
  const Tensor dL = tril(narrow(g, -1, 0, k), -1), dU = triu(narrow(g, -2, 0, k));
  Tensor dA;
  if (m <= n) {
    const Tensor below = tril(matmul(mT(L), dL) - matmul(dU, mT(U)), -1);
    Tensor inner = linalg_solve_triangular(mT(narrow(U, -1, 0, k)), below, false, false);
    inner = inner + narrow(dU, -1, 0, k);
    if (n > k) inner = cat({inner, narrow(dU, -1, k, n - k)}, -1);
    dA = linalg_solve_triangular(mT(L), inner, true, true, true);
  } else {
    const Tensor above = triu(matmul(dU, mT(U)) - matmul(mT(L), dL));
    Tensor inner = linalg_solve_triangular(mT(narrow(L, -2, 0, k)), above, true, true, true);
    inner = cat({inner + narrow(dL, -2, 0, k), narrow(dL, -2, k, m - k)}, -2);
    dA = linalg_solve_triangular(mT(U), inner, false, false);
  }
  return {pivot ? rows_in_order(dA, argsort(lu_order(c.result(1).detach(), m))) : dA};
}
std::array<Tensor, 2> LinalgLuFactor::decompose(const Tensor& A) const {
  const auto [LU, pivots, info] = linalg_lu_factor_ex(A, pivot);
  return {LU, pivots};
}
Type LuOrder::infer(const Type& pivots) const {
  if (pivots.dtype != DType::i32 || pivots.shape.empty())
    fail(ErrorCode::dtype, "lu_order", "expected pivots: int32 [..., k], got ", pivots);
  if (rows < pivots.shape.back())
    fail(ErrorCode::value, "lu_order", "expected at least ", pivots.shape.back(), " rows, got ",
         rows.value);
  Type out{DType::i64, pivots.shape};
  out.shape.back() = rows;
  return out;
}
std::array<Tensor, 3> LuUnpack::decompose(const Tensor& LU_data, const Tensor& LU_pivots) const {
  check_matrices("lu_unpack", LU_data.type());
  const Tensor none = empty({0}, LU_data.dtype());
  std::array<Tensor, 3> out{none, none, none};
  const int64_t m = LU_data.size(-2);
  if (unpack_pivots) {
    // P[order[i], i] = 1
    const Tensor order = lu_order(LU_pivots, m);
    out[0] = cast(eq(reshape(arange(0, m), {-1, 1}), unsqueeze(order, -2)), LU_data.dtype());
  }
  if (unpack_data) {
    const auto [L, U] = unpacked(LU_data);
    out[1] = L, out[2] = U;
  }
  return out;
}
std::array<Tensor, 3> LinalgLu::decompose(const Tensor& A) const {
  const auto [LU, pivots, info] = linalg_lu_factor_ex(A, pivot);
  return lu_unpack(LU, pivots, true, pivot);
}

Type LinalgSolveTriangular::infer(const Type& A, const Type& B) const {
  constexpr std::string_view op = "linalg_solve_triangular";
  check_square(op, A);
  check_matrices(op, B);
  if (A.dtype != B.dtype) fail(ErrorCode::dtype, op, "A is ", A.dtype, ", B ", B.dtype);
  const int n = B.shape.size();
  if (batch_of(A.shape) != batch_of(B.shape) || A.shape.back() != B.shape[left ? n - 2 : n - 1])
    fail(ErrorCode::shape, op, "A of shape ", A.shape, " does not fit B of shape ", B.shape,
         left ? ": expected as many rows in B" : ": expected as many columns in B");
  return B;
}
Grads LinalgSolveTriangular::vjp(const Call& c) const {
  const Tensor A = c.operand(0), X = c.result();
  const Tensor dB = linalg_solve_triangular(mT(A), c.dy(), !upper, left, unitriangular);
  Tensor dA;
  if (c.needs(0)) {
    const Tensor whole = -(left ? matmul(dB, mT(X)) : matmul(mT(X), dB));
    const int64_t from = unitriangular ? 1 : 0;
    dA = upper ? triu(whole, from) : tril(whole, -from);
  }
  return {dA, dB};
}

std::array<Type, 2> Geqrf::infer(const Type& input) const {
  check_matrices("geqrf", input);
  const int n = input.shape.size();
  const int64_t k = std::min(input.shape[n - 1], input.shape[n - 2]);
  return {input, Type{input.dtype, with(batch_of(input.shape), {k})}};
}
Grads Geqrf::vjp(const Call&) const {
  fail(ErrorCode::unsupported, "geqrf", "it has no gradient; linalg_qr() does");
}
Type LinalgHouseholderProduct::infer(const Type& input, const Type& tau) const {
  constexpr std::string_view op = "linalg_householder_product";
  check_matrices(op, input);
  const int n = input.shape.size();
  Dims of_tau = tau.shape;
  if (!of_tau.empty()) of_tau.resize(of_tau.size() - 1);
  if (tau.dtype != input.dtype || tau.shape.empty() || of_tau != batch_of(input.shape) ||
      input.shape[n - 2] < input.shape[n - 1] || input.shape[n - 1] < tau.shape.back())
    fail(ErrorCode::shape, op, "expected input [..., m, n] and tau [..., k], m >= n >= k, got ",
         input, " and ", tau);
  return input;
}
Tensor LinalgHouseholderProduct::decompose(const Tensor& input, const Tensor& tau) const {
  const int64_t m = input.size(-2), n = input.size(-1);
  Tensor Q = identity_like(input, m, n);
  for (int64_t k = tau.size(-1) - 1; k >= 0; --k) {
    const Tensor tail = narrow(narrow(input, -1, k, 1), -2, k + 1, m - k - 1);
    const Tensor head = narrow(ones_like(narrow(input, -1, k, 1)), -2, 0, 1);
    const Tensor v = cat({zeros_like(narrow(narrow(input, -1, k, 1), -2, 0, k)), head, tail}, -2);
    Q = Q - unsqueeze(narrow(tau, -1, k, 1), -1) * matmul(v, matmul(mT(v), Q));
  }
  return tau.size(-1) ? Q : clone(Q);
}
Tensor Ormqr::decompose(const Tensor& input, const Tensor& tau, const Tensor& other) const {
  check_matrices("ormqr", input.type());
  const int64_t m = input.size(-2), n = input.size(-1);
  if (m < n)
    fail(ErrorCode::shape, "ormqr", "expected at least as many rows as columns, got input ",
         input.shape());
  const Tensor square = constant_pad_nd(input, {0, m - n});
  const Tensor Q = linalg_householder_product(square, tau), q = transpose ? mT(Q) : Q;
  return left ? matmul(q, other) : matmul(other, q);
}

std::array<Type, 2> LinalgQr::infer(const Type& A) const {
  constexpr std::string_view op = "linalg_qr";
  check_matrices(op, A);
  if (mode != "reduced" && mode != "complete")
    fail(ErrorCode::value, op, "mode must be 'reduced', 'complete' or 'r', got '", mode, '\'');
  const int rank = A.shape.size();
  const int64_t m = A.shape[rank - 2], n = A.shape[rank - 1];
  const int64_t k = mode == "complete" ? m : std::min(m, n);
  const Dims batch = batch_of(A.shape);
  return {Type{A.dtype, with(batch, {m, k})}, Type{A.dtype, with(batch, {k, n})}};
}
std::array<Tensor, 2> LinalgQr::decompose(const Tensor& A) const {
  const auto [a, tau] = geqrf(A);
  const int64_t m = A.size(-2), n = A.size(-1), k = mode == "complete" ? m : std::min(m, n);
  const Tensor mirrors = n >= k ? narrow(a, -1, 0, k) : constant_pad_nd(a, {0, k - n});
  return {linalg_householder_product(mirrors, tau), triu(narrow(a, -2, 0, k))};
}
Grads LinalgQr::vjp(const Call& c) const {
  const Tensor Q = c.result(0), R = c.result(1);
  const int64_t m = Q.size(-2), n = R.size(-1), k = Q.size(-1);
  if (m > n && k > n)
    fail(ErrorCode::unsupported, "linalg_qr",
         "mode 'complete' has no gradient for more rows than columns; mode 'reduced' does");
  Tensor dQ = c.dys[0] ? c.dys[0] : zeros_like(Q), dR = c.dys[1] ? c.dys[1] : zeros_like(R);
  const Tensor U = narrow(R, -1, 0, k), dU = narrow(dR, -1, 0, k);
  if (n > k) {  // A = [X, Y] and R = [U, V], Y = Q V
    const Tensor Y = matmul(Q, narrow(R, -1, k, n - k));
    dQ = dQ + matmul(Y, mT(narrow(dR, -1, k, n - k)));
  }
  const Tensor M = matmul(U, mT(dU)) - matmul(mT(dQ), Q);
  const Tensor symmetric = tril(M) + mT(tril(M, -1));
  Tensor dA = linalg_solve_triangular(mT(U), dQ + matmul(Q, symmetric), false, false);
  if (n > k) dA = cat({dA, matmul(Q, narrow(dR, -1, k, n - k))}, -1);
  return {dA};
}

std::array<Type, 2> LinalgEigh::infer(const Type& A) const {
  constexpr std::string_view op = "linalg_eigh";
  check_square(op, A);
  if (UPLO != "L" && UPLO != "U")
    fail(ErrorCode::value, op, "UPLO must be 'L' or 'U', got '", UPLO, '\'');
  Dims values = A.shape;
  values.resize(values.size() - 1);
  return {Type{A.dtype, values}, A};
}
Grads LinalgEigh::vjp(const Call& c) const {
  const Tensor values = c.result(0), V = c.result(1);
  Tensor inner;
  if (c.dys[1]) inner = inverse_gaps(values) * matmul(mT(V), c.dys[1]);
  if (c.dys[0]) inner = inner ? inner + diag_embed(c.dys[0]) : diag_embed(c.dys[0]);
  if (!inner) return {};
  return {matmul(matmul(V, inner), mT(V))};
}
Tensor LinalgEigvalsh::decompose(const Tensor& A) const { return linalg_eigh(A, UPLO)[0]; }

std::array<Type, 3> LinalgSvd::infer(const Type& A) const {
  check_matrices("linalg_svd", A);
  const int rank = A.shape.size();
  const int64_t m = A.shape[rank - 2], n = A.shape[rank - 1], k = std::min(m, n);
  const Dims batch = batch_of(A.shape);
  return {Type{A.dtype, with(batch, {m, full_matrices ? m : k})}, Type{A.dtype, with(batch, {k})},
          Type{A.dtype, with(batch, {full_matrices ? n : k, n})}};
}
Grads LinalgSvd::vjp(const Call& c) const {
  const Tensor S = c.result(1);
  const int64_t k = S.size(-1);
  const auto thin = [&](const Tensor& t, int64_t dim) { return t ? narrow(t, dim, 0, k) : t; };
  const Tensor U = thin(c.result(0), -1), Vh = thin(c.result(2), -2), V = mT(Vh);
  const Tensor dU = thin(c.dys[0], -1), dVh = thin(c.dys[2], -2);
  Tensor d;
  const auto add = [&](const Tensor& t) { d = d ? d + t : t; };
  if (c.dys[1]) add(matmul(U * unsqueeze(c.dys[1], -2), Vh));
  if (!dU && !dVh) return {d};
  const Tensor gaps = inverse_gaps(square(S)), zero = eq(S, 0);
  const Tensor inverse = where(zero, 0, 1 / where(zero, 1, S));
  if (dU) {
    const Tensor left = matmul(mT(U), dU);
    add(matmul(matmul(U, (gaps * (left - mT(left))) * unsqueeze(S, -2)), Vh));
    add(matmul((dU - matmul(U, left)) * unsqueeze(inverse, -2), Vh));
  }
  if (dVh) {
    const Tensor dV = mT(dVh), right = matmul(Vh, dV);
    add(matmul(matmul(U, unsqueeze(S, -1) * (gaps * (right - mT(right)))), Vh));
    add(matmul(U, unsqueeze(inverse, -1) * mT(dV - matmul(V, right))));
  }
  return {d};
}
Tensor LinalgSvdvals::decompose(const Tensor& A) const { return linalg_svd(A, false)[1]; }

Type LinalgMatrixExp::infer(const Type& A) const {
  check_square("linalg_matrix_exp", A);
  return A;
}
/// The exponential of [A', dY; 0, A'] holds the gradient in its upper right corner.
Grads LinalgMatrixExp::vjp(const Call& c) const {
  const Tensor At = mT(c.operand(0));
  const int64_t n = At.size(-1);
  const Tensor joined = cat({cat({At, c.dy()}, -1), cat({zeros_like(At), At}, -1)}, -2);
  return {narrow(narrow(linalg_matrix_exp(joined), -2, 0, n), -1, n, n)};
}

template struct Family<LinalgOps>;

}  // namespace tandem
