#include <cmath>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

/// Symmetric, with eigenvalues well above 0.
Tensor positive(const Dims& shape, int seed = 0) {
  const Tensor a = values(shape, -1, 1, seed);
  return matmul(a, transpose(a, -2, -1)) + eye(shape.back(), {}, float64) * 2;
}

/// Of rank 1.
Tensor few_singular() { return matmul(values({3, 1}), values({1, 4}, -1, 1, 1)); }

const SampleTable factors([] {
  const Tensor a = values({3, 3}), many = values({2, 3, 3}, -2, 2, 1), tall = values({4, 2}),
               wide = values({2, 4}), none = values({0, 0}), few = values({2, 0, 3});
  const Tensor pivots = cast(integers({2, 3, 3}), int32);
  const Tensor lower = tril(a) + eye(3, {}, float64) * 3;
  const Attributes reads_upper = {{"upper", true}};
  return std::vector<Sample>{
      // The gradient of what reads one triangle is that of the symmetric matrix: linalg_test.cc.
      {"linalg_cholesky_ex", {positive({2, 3, 3})}, {}, false},
      {"linalg_cholesky_ex", {cast(positive({3, 3}), float32)}, reads_upper},
      {"linalg_cholesky_ex", {none}, {}, false},
      {.op = "linalg_cholesky_ex",
       .operands = {-positive({3, 3})},
       .attributes = {{"check_errors", true}},
       .error = "has order 1"},
      {.op = "linalg_cholesky_ex", .operands = {tall}, .error = "expected square matrices"},
      {"linalg_cholesky", {positive({3, 3})}, {}, false},
      {.op = "linalg_cholesky",
       .operands = {from_data<double>({1, 2, 2, 1}, {2, 2})},
       .error = "not positive definite"},
      {"linalg_lu_factor_ex", {a}},
      {"linalg_lu_factor_ex", {many}},
      {"linalg_lu_factor_ex", {tall}},
      {"linalg_lu_factor_ex", {wide}},
      {"linalg_lu_factor_ex", {few}},
      {"linalg_lu_factor_ex", {lower}, {{"pivot", false}}},
      {.op = "linalg_lu_factor_ex",
       .operands = {full({2, 2}, 1, float64)},
       .attributes = {{"check_errors", true}},
       .error = "pivot 2 is zero"},
      {.op = "linalg_lu_factor_ex",
       .operands = {integers({1}, {1, 1})},
       .error = "expected float32 or float64"},
      {"linalg_lu_factor", {a}},
      {"lu_order", {pivots}, {{"rows", 4}}},
      {.op = "lu_order",
       .operands = {cast(integers({5}), int32)},
       .attributes = {{"rows", 2}},
       .error = "out of range"},
      {"lu_unpack", {a, pivots}},
      {"lu_unpack", {a, pivots}, {{"unpack_data", false}}},
      {"linalg_lu", {tall}},
      {"linalg_lu", {lower}, {{"pivot", false}}},
      {"linalg_solve_triangular", {lower, values({3, 2}, -1, 1, 2)}, {{"upper", false}}},
      {"linalg_solve_triangular",
       {stack({lower, lower * 2}), values({2, 3, 1}, -1, 1, 2)},
       {{"upper", false}}},
      {"linalg_solve_triangular",
       {transpose(lower, 0, 1), values({2, 3}, -1, 1, 2)},
       {{"upper", true}, {"left", false}}},
      {"linalg_solve_triangular",
       {a, values({3, 2}, -1, 1, 2)},
       {{"upper", true}, {"unitriangular", true}}},
      {.op = "linalg_solve_triangular",
       .operands = {a, values({2, 2})},
       .attributes = {{"upper", true}},
       .error = "as many rows"},
      {.op = "geqrf", .operands = {many}, .gradient = false},
      {"linalg_householder_product", {tall, values({2}, 0.5, 1.5, 3)}},
      {"linalg_householder_product", {values({2, 3, 2}), values({2, 1}, 0.5, 1.5, 3)}},
      {.op = "linalg_householder_product", .operands = {wide, values({2})}, .error = "m >= n >= k"},
      {"ormqr", {tall, values({2}, 0.5, 1.5, 3), values({4, 3}, -1, 1, 4)}},
      {"ormqr",
       {tall, values({2}, 0.5, 1.5, 3), values({3, 4}, -1, 1, 4)},
       {{"left", false}, {"transpose", true}}},
      {"linalg_qr", {a}},
      {"linalg_qr", {many}},
      {"linalg_qr", {tall}},
      {"linalg_qr", {wide}},
      {"linalg_qr", {wide}, {{"mode", "complete"}}},
      {"linalg_qr", {tall}, {{"mode", "complete"}}, false},
      {"linalg_qr", {few}},
      {.op = "linalg_qr", .operands = {a}, .attributes = {{"mode", "full"}}, .error = "'complete'"},
      {"linalg_eigh", {positive({2, 3, 3})}, {}, false},
      {"linalg_eigh", {a}, {{"UPLO", "U"}}, false},
      {"linalg_eigh", {none}, {}, false},
      {.op = "linalg_eigh",
       .operands = {full({2, 2}, std::nan(""), float64)},
       .error = "NaN or an infinity"},
      {"linalg_eigvalsh", {a}, {}, false},
      {"linalg_svd", {a}},
      {"linalg_svd", {tall}, {{"full_matrices", false}}},
      {"linalg_svd", {wide}, {{"full_matrices", false}}},
      {"linalg_svd", {tall}, {}, false},
      {"linalg_svd", {few}, {}, false},
      {"linalg_svdvals", {many}},
      {"linalg_matrix_exp", {a}},
      {"linalg_matrix_exp", {many * 4}, {}, false},
      {"linalg_matrix_exp", {none}},
  };
});

const SampleTable solutions([] {
  const Tensor a = values({3, 3}), many = values({2, 3, 3}, -2, 2, 1), tall = values({4, 2}),
               wide = values({2, 4}), none = values({0, 0});
  const Tensor b = values({3, 2}, -1, 1, 2), v = values({3}, -1, 1, 3);
  const auto lu = linalg_lu_factor(a);
  const Tensor lower = linalg_cholesky(positive({3, 3}));
  const Tensor regular = values({6, 6}, -1, 1) + eye(6, {}, float64) * 4;
  const Tensor zero = full({2, 2}, 0, float64), low = full({}, 1e-9, float64);
  return std::vector<Sample>{
      {"linalg_solve_ex", {a, b}},
      {"linalg_solve_ex", {many, values({2, 3, 2}, -1, 1, 2)}},
      {"linalg_solve_ex", {a, values({2, 3}, -1, 1, 2)}, {{"left", false}}},
      {.op = "linalg_solve_ex", .operands = {a, values({2, 2})}, .error = "expected 3 rows"},
      {"linalg_solve", {a, b}},
      {.op = "linalg_solve",
       .operands = {full({2, 2}, 1, float64), values({2, 1})},
       .error = "the matrix is singular"},
      {"linalg_lu_solve", {lu[0], lu[1], b}},
      {"linalg_lu_solve", {lu[0], lu[1], values({2, 3}, -1, 1, 2)}, {{"left", false}}},
      {"linalg_lu_solve", {lu[0], lu[1], b}, {{"adjoint", true}}},
      {"cholesky_solve", {b, lower}},
      {"cholesky_solve", {b, transpose(lower, 0, 1)}, {{"upper", true}}},
      {"cholesky_inverse", {lower}},
      {"linalg_inv_ex", {a}},
      {"linalg_inv_ex", {many}},
      {"linalg_inv_ex", {none}},
      {"linalg_inv_ex", {zero}, {}, false},
      {"linalg_inv", {a}},
      {.op = "linalg_inv", .operands = {zero}, .error = "the matrix is singular"},
      {"linalg_det", {a}},
      {"linalg_det", {many}},
      {"linalg_det", {none}},
      {"linalg_slogdet", {many}},
      {"logdet", {positive({3, 3})}},
      {"linalg_pinv", {tall, Tensor(), Tensor()}},
      {"linalg_pinv", {wide, low, Tensor()}},
      {"linalg_pinv", {many, Tensor(), low}},
      {"linalg_pinv", {few_singular(), Tensor(), Tensor()}, {}, false},
      {"linalg_pinv", {positive({3, 3}), Tensor(), Tensor()}, {{"hermitian", true}}, false},
      {"linalg_pinv", {none, Tensor(), Tensor()}},
      {"pinverse", {tall}},
      {"linalg_matrix_rank", {many, Tensor(), Tensor(), Tensor()}},
      {"linalg_matrix_rank", {few_singular(), low, Tensor(), Tensor()}},
      {"linalg_lstsq", {tall, values({4, 2}, -1, 1, 2)}},
      {"linalg_lstsq", {wide, values({2}, -1, 1, 2)}},
      // Its singular values have no gradient.
      {"linalg_lstsq", {wide, values({2}, -1, 1, 2)}, {{"driver", "gelss"}}, false},
      {"linalg_lstsq", {tall, values({4, 1}, -1, 1, 2)}, {{"driver", "gels"}}},
      {.op = "linalg_lstsq", .operands = {tall, v}, .error = "does not fit it"},
      {"linalg_tensorinv", {reshape(regular, {2, 3, 6})}},
      {"linalg_tensorsolve", {reshape(regular, {2, 3, 6}), values({2, 3}, -1, 1, 1)}},
  };
});

const SampleTable norms([] {
  const Tensor a = values({3, 3}), x = values({2, 3, 4}), whole = integers({3, -4}),
               none = values({0, 0});
  const Tensor u = values({2, 3}, -1, 1, 1), w = values({2, 3}, -1, 1, 2);
  std::vector<Sample> all = {
      {"linalg_vector_norm", {x}},
      {"linalg_vector_norm", {x}, {{"ord", 3.5}, {"dim", Dims{0, 2}}, {"keepdim", true}}},
      {"linalg_vector_norm", {whole}, {{"ord", 1.0}}},
      {"linalg_norm", {x}},
      {"linalg_norm", {a}, {{"ord", 1.0}}},
      {"linalg_norm", {x}, {{"ord", 2.0}, {"dim", Dims{1}}}},
      {.op = "linalg_norm", .operands = {x}, .attributes = {{"ord", 2.0}}, .error = "1 or 2 dims"},
      {"linalg_cond", {a}},
      {"linalg_cond", {a}, {{"p", "fro"}}},
      {"linalg_vecdot", {u, w}},
      {"linalg_cross", {u, w}},
      {"cross", {transpose(u, 0, 1), transpose(w, 0, 1)}},
      {.op = "cross", .operands = {a * 0, values({2, 2})}, .error = "do not broadcast"},
      {"linalg_diagonal", {x}, {{"offset", 1}}},
      {"linalg_matrix_power", {a}, {{"n", 5}}},
      {"linalg_matrix_power", {a}, {{"n", -2}}},
      {"linalg_matrix_power", {a}, {{"n", 0}}, false},
      {"linalg_multi_dot", {u, a, values({3, 1}), values({1})}},
      {.op = "linalg_multi_dot", .operands = {u, w}, .error = "does not fit the one before"},
      {"linalg_vander", {u}},
      {"linalg_vander", {whole}, {{"N", 4}}},
      {"vander", {values({3})}, {{"increasing", true}}},
      {"vander", {whole}},
  };
  for (const char* ord : {"fro", "nuc", "1", "-1", "2", "-2", "inf", "-inf"})
    all.push_back({"linalg_matrix_norm", {x * values({2, 3, 4}, -1, 1, 3)}, {{"ord", ord}}});
  all.push_back(
      {"linalg_matrix_norm", {x}, {{"dim", Dims{0, 2}}, {"keepdim", true}, {"ord", "nuc"}}});
  all.push_back({.op = "linalg_matrix_norm",
                 .operands = {a},
                 .attributes = {{"ord", "3"}},
                 .error = "ord must be"});
  return all;
});

}  // namespace
}  // namespace tandem
