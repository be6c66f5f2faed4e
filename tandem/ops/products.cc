#include "tandem/ops/products.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor mm(Arg input, Arg mat2) { return apply(Mm{}, input, mat2); }
Tensor bmm(Arg input, Arg mat2) { return apply(Bmm{}, input, mat2); }
Tensor mv(Arg input, Arg vec) { return apply(Mv{}, input, vec); }
Tensor dot(Arg input, Arg tensor) { return apply(Dot{}, input, tensor); }
Tensor inner(Arg input, Arg other) { return apply(Inner{}, input, other); }
Tensor outer(Arg input, Arg vec2) { return apply(Outer{}, input, vec2); }
Tensor addmm(Arg input, Arg mat1, Arg mat2, Scalar beta, Scalar alpha) { return apply(Addmm{beta, alpha}, input, mat1, mat2); }
Tensor addmv(Arg input, Arg mat, Arg vec, Scalar beta, Scalar alpha) { return apply(Addmv{beta, alpha}, input, mat, vec); }
Tensor baddbmm(Arg input, Arg batch1, Arg batch2, Scalar beta, Scalar alpha) { return apply(Baddbmm{beta, alpha}, input, batch1, batch2); }
Tensor tensordot(Arg a, Arg b, Dims dims_self, Dims dims_other) { return apply(Tensordot{dims_self, dims_other}, a, b); }
Tensor einsum(Name equation, const ListArg& operands) { return apply_list(Einsum{equation}, operands); }
Tensor kron(Arg input, Arg other) { return apply(Kron{}, input, other); }
Tensor trace(Arg input) { return apply(Trace{}, input); }
// clang-format on

namespace {

void check_ranks(std::string_view op, const Tensor& a, int rank_a, const Tensor& b, int rank_b) {
  if (a.dim() != rank_a || b.dim() != rank_b)
    fail(ErrorCode::shape, op, "expected operands of ", rank_a, " and ", rank_b,
         " dims, got shapes ", a.shape(), " and ", b.shape());
}

Tensor scaled(std::string_view op, const Tensor& x, const Scalar& by) {
  if (by.category() > category(x.dtype()) && by.to_double() != 1)
    fail(ErrorCode::dtype, op, "operands of ", x.dtype(), " take whole alpha and beta, got ", by);
  return by.to_double() == 1 ? x : x * by;
}

/// beta * input + alpha * product
Tensor added(std::string_view op, const Tensor& input, const Tensor& product, const Scalar& beta,
             const Scalar& alpha) {
  if (input.dtype() != product.dtype())
    fail(ErrorCode::dtype, op, "expected input of ", product.dtype(), " like the product, got ",
         input.dtype());
  if (broadcast_shapes(op, product.shape(), input.shape()) != product.shape())
    fail(ErrorCode::shape, op, "input of shape ", input.shape(),
         " does not broadcast to the product's shape ", product.shape());
  if (beta.to_double() == 0) {
    const Tensor result = scaled(op, product, alpha);
    if (!mode.grad || !needs_grad(input.impl())) return result;
    // Not read, but its gradient is zero and not absent: it stands in a choice that is never made.
    return where(full({}, false, DType::boolean), input, result);
  }
  return scaled(op, input, beta) + scaled(op, product, alpha);
}

}  // namespace

Tensor Mm::decompose(const Tensor& input, const Tensor& mat2) const {
  check_ranks("mm", input, 2, mat2, 2);
  return matmul(input, mat2);
}
Tensor Bmm::decompose(const Tensor& input, const Tensor& mat2) const {
  check_ranks("bmm", input, 3, mat2, 3);
  if (input.shape()[0] != mat2.shape()[0])
    fail(ErrorCode::shape, "bmm", "expected equal batch sizes, got shapes ", input.shape(), " and ",
         mat2.shape());
  return matmul(input, mat2);
}
Tensor Mv::decompose(const Tensor& input, const Tensor& vec) const {
  check_ranks("mv", input, 2, vec, 1);
  return matmul(input, vec);
}
Tensor Dot::decompose(const Tensor& input, const Tensor& tensor) const {
  check_ranks("dot", input, 1, tensor, 1);
  return matmul(input, tensor);
}
Tensor Inner::decompose(const Tensor& input, const Tensor& other) const {
  if (input.dim() == 0 || other.dim() == 0) return input * other;
  return tensordot(input, other, -1, -1);
}
Tensor Outer::decompose(const Tensor& input, const Tensor& vec2) const {
  check_ranks("outer", input, 1, vec2, 1);
  return unsqueeze(input, 1) * vec2;
}

Tensor Addmm::decompose(const Tensor& input, const Tensor& mat1, const Tensor& mat2) const {
  check_ranks("addmm", mat1, 2, mat2, 2);
  return added("addmm", input, matmul(mat1, mat2), beta, alpha);
}
Tensor Addmv::decompose(const Tensor& input, const Tensor& mat, const Tensor& vec) const {
  check_ranks("addmv", mat, 2, vec, 1);
  return added("addmv", input, matmul(mat, vec), beta, alpha);
}
Tensor Baddbmm::decompose(const Tensor& input, const Tensor& batch1, const Tensor& batch2) const {
  return added("baddbmm", input, bmm(batch1, batch2), beta, alpha);
}

Tensor Tensordot::decompose(const Tensor& a, const Tensor& b) const {
  if (dims_self->size() != dims_other->size())
    fail(ErrorCode::value, "tensordot", "expected as many dims of a as of b, got ", dims_self,
         " and ", dims_other);
  Dims of_a, of_b, left, right, result;
  for (int i = 0; i < dims_self->size(); ++i) {
    of_a.push_back(normalize_dim("tensordot", dims_self.value[i], a.shape(), "a"));
    of_b.push_back(normalize_dim("tensordot", dims_other.value[i], b.shape(), "b"));
    if (a.shape()[int(of_a.back())] != b.shape()[int(of_b.back())])
      fail(ErrorCode::shape, "tensordot", "dim ", of_a.back(), " of a: ", a.shape(), " and dim ",
           of_b.back(), " of b: ", b.shape(), " differ in size");
  }
  int64_t m = 1, k = 1, n = 1;
  for (int64_t d : of_a) k *= a.shape()[int(d)];
  for (int d = 0; d < a.dim(); ++d)
    if (!of_a.contains(d)) left.push_back(d), result.push_back(a.shape()[d]), m *= a.shape()[d];
  for (int d = 0; d < b.dim(); ++d)
    if (!of_b.contains(d)) right.push_back(d), result.push_back(b.shape()[d]), n *= b.shape()[d];
  for (int64_t d : of_a) left.push_back(d);
  for (int i = of_b.size() - 1; i >= 0; --i) right.insert(0, of_b[i]);
  return reshape(matmul(reshape(permute(a, left), {m, k}), reshape(permute(b, right), {k, n})),
                 result);
}

Tensor Kron::decompose(const Tensor& input, const Tensor& other) const {
  // [a0, 1, a1, 1, …] * [1, b0, 1, b1, …], with leading dims of 1 where the ranks differ.
  const int rank = std::max(input.dim(), other.dim());
  Dims a, b, result;
  for (int d = 0; d < rank; ++d) {
    const int of_a = d - (rank - input.dim()), of_b = d - (rank - other.dim());
    const int64_t na = of_a < 0 ? 1 : input.shape()[of_a], nb = of_b < 0 ? 1 : other.shape()[of_b];
    a.push_back(na), a.push_back(1);
    b.push_back(1), b.push_back(nb);
    result.push_back(na * nb);
  }
  return reshape(reshape(input, a) * reshape(other, b), result);
}
Tensor Trace::decompose(const Tensor& input) const {
  if (input.dim() != 2)
    fail(ErrorCode::shape, "trace", "expected a matrix, got shape ", input.shape());
  return sum(diagonal(input));
}

template struct Family<ProductOps>;

}  // namespace tandem
