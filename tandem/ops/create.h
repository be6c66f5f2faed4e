// Ops that make elements from nothing or re-type them.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Every element is `fill_value`, whose category gives the dtype where none is named. A bare number
/// in an expression is a 0-d full.
struct Full {
  static constexpr Signature signature = "full(size, fill_value, dtype)";
  Required<Dims> size;
  Required<Scalar> fill_value;
  std::optional<DType> dtype;
  Type infer() const;
  Grads vjp(const Call&) const { return {}; }
};
Tensor full_at(const Dims& size, Scalar fill_value, DType dtype, Location where);

struct Zeros {
  static constexpr Signature signature = "zeros(size, dtype)";
  Required<Dims> size;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
struct Ones {
  static constexpr Signature signature = "ones(size, dtype)";
  Required<Dims> size;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// Of the shape, and where none is named the dtype, of `input`.
struct ZerosLike {
  static constexpr Signature signature = "zeros_like(input, dtype)";
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& input) const;
};
struct OnesLike {
  static constexpr Signature signature = "ones_like(input, dtype)";
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& input) const;
};
struct FullLike {
  static constexpr Signature signature = "full_like(input, fill_value, dtype)";
  Required<Scalar> fill_value;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& input) const;
};

/// start, start + step, … before end. int64 where all three are whole numbers, else float32.
/// Errors: code value for a step of 0 or one that leads away from `end`.
struct Arange {
  static constexpr Signature signature = "arange(start, end, step, dtype)";
  Required<Scalar> start, end;
  Scalar step = 1;
  std::optional<DType> dtype;
  Type infer() const;
  Grads vjp(const Call&) const { return {}; }
};
/// `steps` values from start to end, both included, at equal distances.
struct Linspace {
  static constexpr Signature signature = "linspace(start, end, steps, dtype)";
  Required<Scalar> start, end;
  Required<int64_t> steps;
  DType dtype = DType::f32;
  Type infer() const;
  Grads vjp(const Call&) const { return {}; }
};
/// base to the power of linspace(start, end, steps).
struct Logspace {
  static constexpr Signature signature = "logspace(start, end, steps, base, dtype)";
  Required<Scalar> start, end;
  Required<int64_t> steps;
  double base = 10;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// n rows and m (n without it) columns, 1 on the diagonal and 0 elsewhere.
struct Eye {
  static constexpr Signature signature = "eye(n, m, dtype)";
  Required<int64_t> n;
  std::optional<int64_t> m;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// Rows and columns of the entries on and below a diagonal.  result: int64 [2, how many].
struct TrilIndices {
  static constexpr Signature signature = "tril_indices(row, col, offset)";
  Required<int64_t> row, col;
  int64_t offset = 0;
  Tensor decompose() const;
};
/// The same on and above it.
struct TriuIndices {
  static constexpr Signature signature = "triu_indices(row, col, offset)";
  Required<int64_t> row, col;
  int64_t offset = 0;
  Tensor decompose() const;
};
/// A new last dim with 1 at the place that `input` (int64) names, 0 elsewhere. num_classes = -1:
/// one more than the largest. Error: code index for a class out of range.
struct OneHot {
  static constexpr Signature signature = "one_hot(input, num_classes)";
  int64_t num_classes = -1;
  Tensor decompose(const Tensor& input) const;
};

/// The same values in another dtype: floating to integer truncates, to bool asks "is not zero".
struct Cast {
  static constexpr Signature signature = "cast(input, dtype)";
  Required<DType> dtype;
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const { return {dtype, input.shape}; }
  Grads vjp(const Call& c) const;
};

/// A copy with its own memory, dense in the order of the input's dims.
struct Clone {
  static constexpr Signature signature = "clone(input)";
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input) const { return input; }
  Grads vjp(const Call& c) const { return {c.dy()}; }
};

/// The input in row-major order: itself where it is so already.
struct Contiguous {
  static constexpr Signature signature = "contiguous(input)";
  Type infer(const Type& input) const { return input; }
  View view(const TensorRef& input, const Type&) const {
    return {.strides = *input.strides, .ok = input.contiguous};
  }
  Tensor write(const Tensor&, const Tensor& value) const { return value; }
  Grads vjp(const Call& c) const { return {c.dy()}; }
};

struct CreateOps : List<Full, Zeros, Ones, ZerosLike, OnesLike, FullLike, Arange, Linspace,
                        Logspace, Eye, TrilIndices, TriuIndices, OneHot, Cast, Clone, Contiguous> {
};

}  // namespace tandem
