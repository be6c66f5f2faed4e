#include "tandem/ops/linalg_norm.h"

#include <cmath>
#include <vector>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/linalg.h"

namespace tandem {

// clang-format off
Tensor linalg_vector_norm(Arg x, double ord, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(LinalgVectorNorm{ord, dim, keepdim, dtype}, x); }
Tensor linalg_matrix_norm(Arg A, Name ord, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(LinalgMatrixNorm{ord, dim, keepdim, dtype}, A); }
Tensor linalg_norm(Arg A, std::optional<double> ord, Dims dim, bool keepdim, std::optional<DType> dtype) { return apply(LinalgNorm{ord, dim, keepdim, dtype}, A); }
Tensor linalg_cond(Arg A, Name p) { return apply(LinalgCond{p}, A); }
Tensor linalg_vecdot(Arg x, Arg y, int64_t dim) { return apply(LinalgVecdot{dim}, x, y); }
Tensor linalg_cross(Arg input, Arg other, int64_t dim) { return apply(LinalgCross{dim}, input, other); }
Tensor cross(Arg input, Arg other, std::optional<int64_t> dim) { return apply(Cross{dim}, input, other); }
Tensor linalg_diagonal(Arg A, int64_t offset, int64_t dim1, int64_t dim2) { return apply(LinalgDiagonal{offset, dim1, dim2}, A); }
Tensor linalg_matrix_power(Arg A, int64_t n) { return apply(LinalgMatrixPower{n}, A); }
Tensor linalg_multi_dot(const ListArg& tensors) { return apply_list(LinalgMultiDot{}, tensors); }
Tensor linalg_vander(Arg x, std::optional<int64_t> N) { return apply(LinalgVander{N}, x); }
Tensor vander(Arg x, std::optional<int64_t> N, bool increasing) { return apply(Vander{N, increasing}, x); }
// clang-format on

namespace {

Tensor floating(const Tensor& x, std::optional<DType> dtype) {
  if (dtype) return cast(x, *dtype);
  return is_floating(x.dtype()) ? x : cast(x, default_dtype);
}

}  // namespace

Tensor LinalgVectorNorm::decompose(const Tensor& x) const {
  return norm(floating(x, dtype), ord, dim, keepdim);
}

Tensor LinalgMatrixNorm::decompose(const Tensor& A) const {
  constexpr std::string_view op = "linalg_matrix_norm";
  if (A.dim() < 2 || dim.size() != 2)
    fail(ErrorCode::shape, op, "expected two dims of at least two, got dim ", dim, " of shape ",
         A.shape());
  const Tensor x = floating(A, dtype);
  const int row = normalize_dim(op, dim[0], A.shape()),
            column = normalize_dim(op, dim[1], A.shape());
  if (row == column) fail(ErrorCode::value, op, "expected two different dims, got ", dim);
  if (ord == "fro") return norm(x, 2, {row, column}, keepdim);
  if (ord == "nuc" || ord == "2" || ord == "-2") {
    const Tensor values = linalg_svdvals(movedim(x, {row, column}, {-2, -1}));
    Tensor result = ord == "nuc" ? sum(values, -1)
                    : ord == "2" ? amax(values, -1)
                                 : amin(values, -1);
    if (keepdim)
      for (int d : {std::min(row, column), std::max(row, column)}) result = unsqueeze(result, d);
    return result;
  }
  const bool of_columns = ord == "1" || ord == "-1";
  if (!of_columns && ord != "inf" && ord != "-inf")
    fail(ErrorCode::value, op, "ord must be 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2, got '", ord,
         '\'');
  const Tensor sums = sum(abs(x), of_columns ? row : column, true);
  const int over = of_columns ? column : row;
  const Tensor result =
      ord.view().starts_with('-') ? amin(sums, over, true) : amax(sums, over, true);
  return keepdim ? result : squeeze(result, {row, column});
}

Tensor LinalgNorm::decompose(const Tensor& A) const {
  if (!ord) return linalg_vector_norm(A, 2, dim, keepdim, dtype);
  if (dim.size() == 1 || (dim.empty() && A.dim() == 1))
    return linalg_vector_norm(A, *ord, dim, keepdim, dtype);
  if (dim.empty() && A.dim() != 2)
    fail(ErrorCode::shape, "linalg_norm", "with ord, expected 1 or 2 dims or dim=, got shape ",
         A.shape());
  return linalg_matrix_norm(A, Name(text(*ord)), dim.empty() ? Dims{-2, -1} : dim, keepdim, dtype);
}

Tensor LinalgCond::decompose(const Tensor& A) const {
  if (p == "2" || p == "-2") {
    const Tensor values = linalg_svdvals(A);
    const Tensor largest = amax(values, -1), least = amin(values, -1);
    return p == "2" ? largest / least : least / largest;
  }
  return linalg_matrix_norm(A, p) * linalg_matrix_norm(linalg_inv(A), p);
}
Tensor LinalgVecdot::decompose(const Tensor& x, const Tensor& y) const {
  const Tensor products = x * y;
  return sum(products, dim, false, products.dtype());
}
Tensor LinalgCross::decompose(const Tensor& input, const Tensor& other) const {
  constexpr std::string_view op = "linalg_cross";
  const Dims shape = broadcast_shapes(op, input.shape(), other.shape());
  const int at = normalize_dim(op, dim, shape);
  if (shape.empty() || shape[at] != 3)
    fail(ErrorCode::shape, op, "expected 3 elements along dim ", dim, ", got ", input.shape(),
         " and ", other.shape());
  const Tensor a = expand(input, shape), b = expand(other, shape);
  const auto turned = [&](const Tensor& t, int64_t by) { return roll(t, by, at); };
  return turned(a, -1) * turned(b, -2) - turned(a, -2) * turned(b, -1);
}
Tensor Cross::decompose(const Tensor& input, const Tensor& other) const {
  if (dim) return linalg_cross(input, other, *dim);
  const Dims shape = broadcast_shapes("cross", input.shape(), other.shape());
  for (int d = 0; d < shape.size(); ++d)
    if (shape[d] == 3) return linalg_cross(input, other, d);
  fail(ErrorCode::shape, "cross", "expected a dim of size 3, got shape ", shape);
}
Tensor LinalgDiagonal::decompose(const Tensor& A) const { return diagonal(A, offset, dim1, dim2); }

Tensor LinalgMatrixPower::decompose(const Tensor& A) const {
  if (A.dim() < 2 || A.size(-1) != A.size(-2))
    fail(ErrorCode::shape, "linalg_matrix_power", "expected square matrices, got shape ",
         A.shape());
  Tensor square = n < 0 ? linalg_inv(A) : A, result;
  for (uint64_t left = n < 0 ? -uint64_t(n.value) : uint64_t(n.value); left; left >>= 1) {
    if (left & 1) result = result ? matmul(result, square) : square;
    if (left > 1) square = matmul(square, square);
  }
  return result ? result.is_same(A) ? clone(A) : result
                : clone(expand(eye(A.size(-1), {}, A.dtype()), A.shape()));
}

Tensor LinalgMultiDot::decompose(Operands tensors) const {
  constexpr std::string_view op = "linalg_multi_dot";
  const std::size_t n = tensors.size();
  if (n < 2) fail(ErrorCode::value, op, "expected at least 2 tensors, got ", n);
  std::vector<Tensor> factors;
  for (const Tensor* t : tensors) factors.push_back(*t);
  const bool first = factors.front().dim() == 1, last = factors.back().dim() == 1;
  if (first) factors.front() = unsqueeze(factors.front(), 0);
  if (last) factors.back() = unsqueeze(factors.back(), 1);
  std::vector<double> sizes;
  for (std::size_t i = 0; i < n; ++i) {
    if (factors[i].dim() != 2 || (i && factors[i - 1].size(1) != factors[i].size(0)))
      fail(ErrorCode::shape, op, "operand ", i, " of shape ", tensors[i]->shape(),
           " does not fit the one before");
    sizes.push_back(double(factors[i].size(0)));
  }
  sizes.push_back(double(factors.back().size(1)));
  // The cheapest way to cut each stretch of factors in two.
  std::vector<std::vector<double>> cost(n, std::vector<double>(n));
  std::vector<std::vector<std::size_t>> cut(n, std::vector<std::size_t>(n));
  for (std::size_t length = 1; length < n; ++length)
    for (std::size_t i = 0; i + length < n; ++i) {
      const std::size_t j = i + length;
      cost[i][j] = INFINITY;
      for (std::size_t k = i; k < j; ++k) {
        const double all = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (all < cost[i][j]) cost[i][j] = all, cut[i][j] = k;
      }
    }
  const auto product = [&](auto& self, std::size_t i, std::size_t j) -> Tensor {
    if (i == j) return factors[i];
    return matmul(self(self, i, cut[i][j]), self(self, cut[i][j] + 1, j));
  };
  Tensor result = product(product, 0, n - 1);
  if (first) result = squeeze(result, 0);
  return last ? squeeze(result, -1) : result;
}

Tensor LinalgVander::decompose(const Tensor& x) const {
  const Tensor line = x.dim() ? x : reshape(x, 1);
  const int64_t count = N.value_or(line.size(-1));
  if (count < 1) fail(ErrorCode::value, "linalg_vander", "expected N of 1 or more, got ", count);
  const Tensor first = ones_like(unsqueeze(line, -1));
  if (count == 1) return first;
  Dims wide = line.shape();
  wide.push_back(count - 1);
  const DType to = line.dtype() == DType::boolean ? DType::i64 : line.dtype();
  return cat({cast(first, to), cumprod(expand(unsqueeze(cast(line, to), -1), wide), -1, to)}, -1);
}
Tensor Vander::decompose(const Tensor& x) const {
  if (x.dim() != 1)
    fail(ErrorCode::shape, "vander", "expected x of one dim, got shape ", x.shape());
  const int64_t count = N.value_or(x.numel());
  if (count == 0) return empty({x.numel(), 0}, x.dtype());
  const Tensor powers = linalg_vander(x, count);
  return increasing ? powers : flip(powers, -1);
}

template struct Family<LinalgNormOps>;

}  // namespace tandem
