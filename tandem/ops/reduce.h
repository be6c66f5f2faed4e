// Reductions over some dims (all of them when `dim` is empty), and sums and products so far.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Integers and bool sum to int64 unless `dtype` says otherwise.
struct Sum {
  static constexpr Signature signature = "sum(input, dim, keepdim, dtype)";
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};
/// Floating operands, or a floating `dtype`; NaN of no elements.
struct Mean {
  static constexpr Signature signature = "mean(input, dim, keepdim, dtype)";
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};
/// 1 of no elements.
struct Prod {
  static constexpr Signature signature = "prod(input, dim, keepdim, dtype)";
  static constexpr Keep keep = Keep::operands;
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// The largest, NaN where there is one. Equal largest ones share the gradient.
/// Error: code shape over a dim of no elements.
struct Amax {
  static constexpr Signature signature = "amax(input, dim, keepdim)";
  static constexpr Keep keep = Keep::both;
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
struct Amin {
  static constexpr Signature signature = "amin(input, dim, keepdim)";
  static constexpr Keep keep = Keep::both;
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// Is any element not zero? (NaN is not zero.)
struct Any {
  static constexpr Signature signature = "any(input, dim, keepdim)";
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};
struct All {
  static constexpr Signature signature = "all(input, dim, keepdim)";
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};
struct CountNonzero {
  static constexpr Signature signature = "count_nonzero(input, dim)";
  Dims dim;
  Tensor decompose(const Tensor& input) const;
};

/// The place of the largest along `dim`, or in the flattened input; the first of equal ones, and
/// of NaNs if there are any.  result: int64.
struct Argmax {
  static constexpr Signature signature = "argmax(input, dim, keepdim)";
  std::optional<int64_t> dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};
struct Argmin {
  static constexpr Signature signature = "argmin(input, dim, keepdim)";
  std::optional<int64_t> dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};
/// The largest along a dim and where it is; the gradient goes there.
struct Max {
  static constexpr Signature signature = "max(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  Required<int64_t> dim;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
struct Min {
  static constexpr Signature signature = "min(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  Required<int64_t> dim;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};

/// sum((input - mean)^2) / (n - correction), in two passes; correction 1 is Bessel's.
struct Var {
  static constexpr Signature signature = "var(input, dim, correction, keepdim)";
  static constexpr Keep keep = Keep::operands;
  Dims dim;
  double correction = 1;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};
/// The square root of var(); without gradient where it is 0.
struct Std {
  static constexpr Signature signature = "std(input, dim, correction, keepdim)";
  static constexpr Keep keep = Keep::both;
  Dims dim;
  double correction = 1;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// var() and the mean.
struct VarMean {
  static constexpr Signature signature = "var_mean(input, dim, correction, keepdim)";
  static constexpr std::string_view results[] = {"var", "mean"};
  Dims dim;
  double correction = 1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// std() and the mean.
struct StdMean {
  static constexpr Signature signature = "std_mean(input, dim, correction, keepdim)";
  static constexpr std::string_view results[] = {"std", "mean"};
  Dims dim;
  double correction = 1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};

/// log(sum(exp(input))) without overflow.
struct Logsumexp {
  static constexpr Signature signature = "logsumexp(input, dim, keepdim)";
  static constexpr Keep keep = Keep::both;
  Required<Dims> dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};
/// sum(|input|^p)^(1/p); p = inf: the largest |input|, p = -inf: the smallest, p = 0: how many are
/// not zero. No gradient where the norm is 0.
struct Norm {
  static constexpr Signature signature = "norm(input, p, dim, keepdim)";
  static constexpr Keep keep = Keep::both;
  double p = 2;
  Dims dim;
  bool keepdim = false;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

/// The sum of the elements so far along `dim`.
struct Cumsum {
  static constexpr Signature signature = "cumsum(input, dim, dtype)";
  Required<int64_t> dim;
  std::optional<DType> dtype;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};
struct Cumprod {
  static constexpr Signature signature = "cumprod(input, dim, dtype)";
  static constexpr Keep keep = Keep::both;
  Required<int64_t> dim;
  std::optional<DType> dtype;
  Type infer(const Type& input) const;
  Tensor decompose(const Tensor& input) const;
  Grads vjp(const Call& c) const;
};

struct ReduceOps : List<Sum, Mean, Prod, Amax, Amin, Any, All, CountNonzero, Argmax, Argmin, Max,
                        Min, Var, Std, VarMean, StdMean, Logsumexp, Norm, Cumsum, Cumprod> {};

/// The shape with the reduced dims as 1: what broadcasts against the operand again.
Dims kept_shape(std::string_view op, const Dims& shape, const Dims& dim);
/// The type of a reduction's result in `dtype`.
Type reduced_type(std::string_view op, const Type& input, const Dims& dim, bool keepdim,
                  DType dtype);
/// What a sum of this dtype has by default: integers and bool gather in int64.
constexpr DType summed_dtype(DType t) { return is_floating(t) ? t : DType::i64; }

}  // namespace tandem
