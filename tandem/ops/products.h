// Products of matrices and vectors, all of them made of matmul().
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// [m, k] @ [k, n] -> [m, n]
struct Mm {
  static constexpr Signature signature = "mm(input, mat2)";
  Tensor decompose(const Tensor& input, const Tensor& mat2) const;
};
/// [b, m, k] @ [b, k, n] -> [b, m, n]
struct Bmm {
  static constexpr Signature signature = "bmm(input, mat2)";
  Tensor decompose(const Tensor& input, const Tensor& mat2) const;
};
/// [m, k] @ [k] -> [m]
struct Mv {
  static constexpr Signature signature = "mv(input, vec)";
  Tensor decompose(const Tensor& input, const Tensor& vec) const;
};
/// [k] @ [k] -> []
struct Dot {
  static constexpr Signature signature = "dot(input, tensor)";
  Tensor decompose(const Tensor& input, const Tensor& tensor) const;
};
/// Sums products over the last dims: [..., k], [---, k] -> [..., ---].
struct Inner {
  static constexpr Signature signature = "inner(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// [m], [n] -> [m, n]
struct Outer {
  static constexpr Signature signature = "outer(input, vec2)";
  Tensor decompose(const Tensor& input, const Tensor& vec2) const;
};

/// beta * input + alpha * (mat1 @ mat2); input broadcasts, and is not read where beta is 0.
struct Addmm {
  static constexpr Signature signature = "addmm(input, mat1, mat2, beta, alpha)";
  Scalar beta = 1;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& mat1, const Tensor& mat2) const;
};
/// beta * input + alpha * (mat @ vec)
struct Addmv {
  static constexpr Signature signature = "addmv(input, mat, vec, beta, alpha)";
  Scalar beta = 1;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& mat, const Tensor& vec) const;
};
/// beta * input + alpha * (batch1 @ batch2)
struct Baddbmm {
  static constexpr Signature signature = "baddbmm(input, batch1, batch2, beta, alpha)";
  Scalar beta = 1;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& batch1, const Tensor& batch2) const;
};

/// Sums products over dims dims_self of a and dims_other of b, which pair up; the dims of a that
/// are left come first.
struct Tensordot {
  static constexpr Signature signature = "tensordot(a, b, dims_self, dims_other)";
  Required<Dims> dims_self, dims_other;
  Tensor decompose(const Tensor& a, const Tensor& b) const;
};

/// Sums of products by Einstein's convention: "bij,bjk->bik". A letter names a dim; one that the
/// result lacks is summed over; one that stands twice in an operand takes the diagonal; "..."
/// stands for dims that broadcast. Without "->" the result has the letters that occur once, in
/// alphabetical order, after the dots.
struct Einsum {
  static constexpr Signature signature = "einsum(equation, *operands)";
  Required<Name> equation;
  Tensor decompose(Operands operands) const;
};

/// The Kronecker product.
struct Kron {
  static constexpr Signature signature = "kron(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// The sum of a matrix's diagonal.
struct Trace {
  static constexpr Signature signature = "trace(input)";
  Tensor decompose(const Tensor& input) const;
};

struct ProductOps
    : List<Mm, Bmm, Mv, Dot, Inner, Outer, Addmm, Addmv, Baddbmm, Tensordot, Einsum, Kron, Trace> {
};

}  // namespace tandem
