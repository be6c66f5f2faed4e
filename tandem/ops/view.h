// The closed set of views: ops that re-read the elements of their operand's storage. Each says
// what an in-place write to the view is as a function of the operand (`write`).
#pragma once
#include <limits>

#include "tandem/ops/define.h"

namespace tandem {

/// The same elements in row-major order under another shape; one entry may be -1. A view where the
/// strides allow it, else a copy.
struct Reshape {
  static constexpr Signature signature = "reshape(input, shape)";
  Required<Dims> shape;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// Dim i of the result is dim dims[i] of the input.
struct Permute {
  static constexpr Signature signature = "permute(input, dims)";
  Required<Dims> dims;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// Repeats dims of size 1, and adds leading dims, by reading the same elements again; -1 keeps a
/// dim's size.
struct Expand {
  static constexpr Signature signature = "expand(input, size)";
  Required<Dims> size;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Grads vjp(const Call& c) const { return {c.dy()}; }  // the tape sums it to the input's shape
};

/// Elements start, start + step, … before end of one dim; negative bounds count from the end, and
/// bounds out of range are clamped, as in Python.
struct Slice {
  static constexpr Signature signature = "slice(input, dim, start, end, step)";
  int64_t dim = 0;
  int64_t start = 0;
  int64_t end = std::numeric_limits<int64_t>::max();
  int64_t step = 1;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// One index of one dim, which the result lacks; a negative index counts from the end.
/// Error: code index: out of bounds.
struct Select {
  static constexpr Signature signature = "select(input, dim, index)";
  Required<int64_t> dim;
  Required<int64_t> index;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// Drops the named dims where their size is 1; all such dims when none is named.
struct Squeeze {
  static constexpr Signature signature = "squeeze(input, dim)";
  Dims dim;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// Adds a dim of size 1 before `dim`.
struct Unsqueeze {
  static constexpr Signature signature = "unsqueeze(input, dim)";
  Required<int64_t> dim;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// The diagonal of dims dim1 and dim2 as the last dim; `offset` above (or below, when negative).
struct Diagonal {
  static constexpr Signature signature = "diagonal(input, offset, dim1, dim2)";
  int64_t offset = 0;
  int64_t dim1 = 0;
  int64_t dim2 = 1;
  Type infer(const Type& input) const;
  View view(const TensorRef& input, const Type& out) const;
  Tensor write(const Tensor& base, const Tensor& value) const;
  Grads vjp(const Call& c) const;
};

/// A copy of `input` in which the slice holds `src`.
struct SliceScatter {
  static constexpr Signature signature = "slice_scatter(input, src, dim, start, end, step)";
  int64_t dim = 0;
  int64_t start = 0;
  int64_t end = std::numeric_limits<int64_t>::max();
  int64_t step = 1;
  static constexpr int in_place[] = {0};
  Type infer(const Type& input, const Type& src) const;
  Grads vjp(const Call& c) const;
};

/// A copy of `input` in which the diagonal holds `src`.
struct DiagonalScatter {
  static constexpr Signature signature = "diagonal_scatter(input, src, offset, dim1, dim2)";
  int64_t offset = 0;
  int64_t dim1 = 0;
  int64_t dim2 = 1;
  static constexpr int in_place[] = {0};
  Type infer(const Type& input, const Type& src) const;
  Grads vjp(const Call& c) const;
};

struct ViewOps : List<Reshape, Permute, Expand, Slice, Select, Squeeze, Unsqueeze, Diagonal,
                      SliceScatter, DiagonalScatter> {};

/// Start, end and count of a slice of a dim of `size`, with bounds resolved.
struct SliceRange {
  int64_t start, end, step, count;
};
SliceRange slice_range(std::string_view op, int64_t size, int64_t start, int64_t end, int64_t step);

}  // namespace tandem
