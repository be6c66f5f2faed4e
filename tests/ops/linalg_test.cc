// What samples cannot say of linear algebra: gradients of symmetric matrices, accuracy, and the
// same bits for any number of threads.
#include <gtest/gtest.h>

#include "tandem/autograd/gradcheck.h"
#include "tandem/base/thread_pool.h"
#include "tandem/ops/linalg.h"
#include "tests/expect_error.h"
#include "tests/ops/samples.h"

namespace tandem {
namespace {

Tensor mT(const Tensor& a) { return transpose(a, -2, -1); }
Tensor identity(int64_t n) { return eye(n, {}, float64); }
/// Numbers without order, of any count.
Tensor noise(const Dims& shape, double seed) {
  const Tensor i = arange(0, shape.product(), 1, float64);
  return reshape(sin(i * i * 12.9898 + i * 0.37 + seed), shape);
}
double largest(const Tensor& t) { return amax(abs(t)).item(); }

TEST(Linalg, SymmetricGradients) {
  const std::vector<Tensor> a{noise({2, 3, 3}, 1).requires_grad_()};
  const auto positive = [](const Tensor& x) { return matmul(x, mT(x)) + identity(3); };
  const TensorFunction functions[] = {
      [&](std::span<const Tensor> x) { return std::vector{linalg_cholesky_ex(positive(x[0]))[0]}; },
      [&](std::span<const Tensor> x) { return std::vector{linalg_cholesky(positive(x[0]), true)}; },
      [&](std::span<const Tensor> x) { return std::vector{linalg_eigh(positive(x[0]))[0]}; },
      [&](std::span<const Tensor> x) {
        return std::vector{square(linalg_eigh(positive(x[0]), "U")[1])};
      },
      [&](std::span<const Tensor> x) {
        return std::vector{linalg_pinv(positive(x[0]), {}, true)};
      }};
  for (const TensorFunction& f : functions) {
    gradcheck(f, a);
    gradgradcheck(f, a);
  }
}

TEST(Linalg, DeterminantsOfSingularMatricesHaveGradients) {
  Tensor a = from_data<double>({1, 2, 2, 4}, {2, 2}).requires_grad_();
  linalg_det(a).backward();
  const Tensor adjugate = from_data<double>({4, -2, -2, 1}, {2, 2});
  EXPECT_LT(largest(a.grad() - adjugate), 1e-10);
}

TEST(Linalg, LargeOnesAreAccurate) {
  const int64_t n = 130;  // more than any block
  const Tensor a = noise({n, n}, 2), s = matmul(a, mT(a)) + identity(n), b = noise({n, 7}, 3);
  const Tensor L = linalg_cholesky(s);
  EXPECT_LT(largest(matmul(L, mT(L)) - s), 1e-11 * largest(s));
  const auto [P, lower, U] = linalg_lu(a);
  EXPECT_LT(largest(matmul(matmul(P, lower), U) - a), 1e-12);
  EXPECT_LE(largest(lower), 1);
  EXPECT_LT(largest(matmul(s, linalg_solve(s, b)) - b), 1e-9);
  const auto [values, V] = linalg_eigh(s);
  EXPECT_LT(largest(matmul(V * values, mT(V)) - s), 1e-11 * largest(s));
  EXPECT_LT(largest(matmul(mT(V), V) - identity(n)), 1e-12);
  for (const Tensor& m : {noise({n, 70}, 4), noise({70, n}, 5)}) {
    const auto [Q, R] = linalg_qr(m);
    EXPECT_LT(largest(matmul(Q, R) - m), 1e-12);
    EXPECT_LT(largest(matmul(mT(Q), Q) - identity(70)), 1e-12);
    const auto [whole, rest] = linalg_qr(m, "complete");
    EXPECT_LT(largest(matmul(whole, rest) - m), 1e-12);
    const auto [left, S, Vh] = linalg_svd(m);
    EXPECT_LT(largest(matmul(narrow(left, 1, 0, 70) * S, narrow(Vh, 0, 0, 70)) - m), 1e-11);
    EXPECT_LT(largest(matmul(mT(left), left) - identity(m.size(0))), 1e-12);
    EXPECT_LT(largest(matmul(Vh, mT(Vh)) - identity(m.size(1))), 1e-12);
  }
}

TEST(Linalg, ExponentialsAddUp) {
  const Tensor a = noise({2, 9, 9}, 6) * 3;
  const Tensor once = linalg_matrix_exp(a), half = linalg_matrix_exp(a * 0.5);
  EXPECT_LT(largest(matmul(half, half) - once), 1e-11 * largest(once));
  const Tensor d = linalg_matrix_exp(diag(from_data<double>({0, 1, -2}, {3})));
  EXPECT_LT(largest(diagonal(d) - exp(from_data<double>({0, 1, -2}, {3}))), 1e-13);
}

TEST(Linalg, SameBitsForAnyNumberOfThreads) {
  const Tensor a = noise({150, 150}, 7), many = noise({40, 12, 12}, 8);
  std::vector<Tensor> first;
  for (int threads : {1, 2, 5}) {
    set_num_threads(threads);
    std::vector<Tensor> found;
    for (const Tensor& x : {a, many}) {
      found.push_back(linalg_lu_factor(x)[0]);
      found.push_back(linalg_qr(x)[0]);
      found.push_back(linalg_cholesky(matmul(x, mT(x)) + identity(x.size(-1))));
      found.push_back(linalg_eigh(x)[1]);
      found.push_back(linalg_svd(x)[0]);
      found.push_back(linalg_matrix_exp(x));
    }
    if (first.empty()) first = found;
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(equal(found[i], first[i])) << i;
  }
  set_num_threads(2);
}

TEST(Linalg, ErrorsAreLinAlgErrors) {
  EXPECT_THROW(linalg_inv(full({2, 2}, 1, float64)), LinAlgError);
  EXPECT_THROW(linalg_cholesky(-identity(3)), LinAlgError);
  EXPECT_ERROR(linalg_solve(stack({identity(2), identity(2) * 0}), full({2, 2, 1}, 1, float64)),
               ErrorCode::value, "matrix 1 of the batch");
}

}  // namespace
}  // namespace tandem
