// Ops that make elements from nothing or re-type them.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Every element is `fill_value`. A bare number in an expression is a 0-d full.
struct Full {
  static constexpr Signature signature = "full(size, fill_value, dtype)";
  Required<Dims> size;
  Required<Scalar> fill_value;
  DType dtype = DType::f32;
  Type infer() const { return {dtype, size}; }
  Grads vjp(const Call&) const { return {}; }
};
Tensor full_at(const Dims& size, Scalar fill_value, DType dtype, Location where);

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
  Grads vjp(const Call& c) const { return {c.dy()}; }
};

using CreateOps = List<Full, Cast, Clone, Contiguous>;

}  // namespace tandem
