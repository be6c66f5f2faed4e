// Tensors put together from others, taken apart, and differences of neighbours.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The n-th differences of neighbours along `dim`, of input between prepend and append.
struct Diff {
  static constexpr Signature signature = "diff(input, n, dim, prepend?, append?)";
  int64_t n = 1;
  int64_t dim = -1;
  Tensor decompose(const Tensor& input, const Tensor* prepend, const Tensor* append) const;
};
/// 1-d tensors as columns beside each other, others as they are.
struct ColumnStack {
  static constexpr Signature signature = "column_stack(*tensors)";
  Tensor decompose(Operands tensors) const;
};
/// The matrices along a diagonal, zeros elsewhere; vectors and numbers are rows.
struct BlockDiag {
  static constexpr Signature signature = "block_diag(*tensors)";
  Tensor decompose(Operands tensors) const;
};
/// All tuples of one element of each 1-d tensor, as rows.
struct CartesianProd {
  static constexpr Signature signature = "cartesian_prod(*tensors)";
  Tensor decompose(Operands tensors) const;
};
/// All choices of r elements of a 1-d tensor, as rows.
struct Combinations {
  static constexpr Signature signature = "combinations(input, r, with_replacement)";
  int64_t r = 2;
  bool with_replacement = false;
  Tensor decompose(const Tensor& input) const;
};
/// sort() along the first dim, the values alone.
struct Msort {
  static constexpr Signature signature = "msort(input)";
  Tensor decompose(const Tensor& input) const;
};
/// input with `src` in the place that select(dim, index) reads.
struct SelectScatter {
  static constexpr Signature signature = "select_scatter(input, src, dim, index)";
  Required<int64_t> dim, index;
  Tensor decompose(const Tensor& input, const Tensor& src) const;
};
/// A matrix with the flattened input on a diagonal.
struct Diagflat {
  static constexpr Signature signature = "diagflat(input, offset)";
  int64_t offset = 0;
  Tensor decompose(const Tensor& input) const;
};
/// `value` in the shape and dtype of input, whose gradient is zero.
struct Fill {
  static constexpr Signature signature = "fill(input, value)";
  static constexpr uint16_t numbers = 0b10;
  Tensor decompose(const Tensor& input, const Tensor& value) const;
};
/// narrow() as a copy.
struct NarrowCopy {
  static constexpr Signature signature = "narrow_copy(input, dim, start, length)";
  Required<int64_t> dim, start, length;
  Tensor decompose(const Tensor& input) const;
};
/// The elements without repetitions of neighbours (or with `dim` the slices along it), where each
/// element's stretch stands among them, and the stretches' lengths. The result's size depends on
/// the elements, which a program does not know.
struct UniqueConsecutive {
  static constexpr Signature signature = "unique_consecutive(input, dim)";
  static constexpr std::string_view results[] = {"output", "inverse_indices", "counts"};
  std::optional<int64_t> dim;
  std::array<Tensor, 3> decompose(const Tensor& input) const;
};
/// The distinct slices along `dim`, in ascending order, where each slice stands among them, and how
/// often each occurs.
struct UniqueDim {
  static constexpr Signature signature = "unique_dim(input, dim)";
  static constexpr std::string_view results[] = {"output", "inverse_indices", "counts"};
  Required<int64_t> dim;
  std::array<Tensor, 3> decompose(const Tensor& input) const;
};
/// beta * input + alpha * outer(vec1, vec2)
struct Addr {
  static constexpr Signature signature = "addr(input, vec1, vec2, beta, alpha)";
  Scalar beta = 1;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& vec1, const Tensor& vec2) const;
};
/// beta * input + alpha * the sum of the products batch1[i] @ batch2[i]
struct Addbmm {
  static constexpr Signature signature = "addbmm(input, batch1, batch2, beta, alpha)";
  Scalar beta = 1;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& batch1, const Tensor& batch2) const;
};
/// The product of matrices in the cheapest order.
struct ChainMatmul {
  static constexpr Signature signature = "chain_matmul(*matrices)";
  Tensor decompose(Operands matrices) const;
};
/// A copy of input with its flattened elements at `index` replaced by (or with `accumulate` added
/// to) those of source.
struct Put {
  static constexpr Signature signature = "put(input, index, source, accumulate)";
  static constexpr int in_place[] = {0};
  bool accumulate = false;
  Tensor decompose(const Tensor& input, const Tensor& index, const Tensor& source) const;
};
/// Every window of `size` entries along a dim, `step` apart, as a new last dim. A copy.
struct UnfoldCopy {
  static constexpr Signature signature = "unfold_copy(input, dimension, size, step)";
  Required<int64_t> dimension, size, step;
  Tensor decompose(const Tensor& input) const;
};

struct AssembleOps : List<Diff, ColumnStack, BlockDiag, CartesianProd, Combinations, Msort,
                          SelectScatter, Diagflat, Fill, NarrowCopy, UniqueConsecutive, UniqueDim,
                          Addr, Addbmm, ChainMatmul, Put, UnfoldCopy> {};

}  // namespace tandem
