// Writing into tensors that exist.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// `src`, in the type and memory of `input`: what an in-place assignment computes.
struct Copy {
  static constexpr Signature signature = "copy(input, src)";
  static constexpr Layout layout = Layout::follow;
  Type infer(const Type& input, const Type& src) const;
  Grads vjp(const Call& c) const;
};

struct InPlaceOps : List<Copy> {};

/// Error: an in-place write to this tensor would go wrong: it is expanded, a leaf that requires
/// grad, a view of one, or made in InferenceMode.
void check_writable(const Tensor& target, std::string_view op);

/// Overwrites `target` by `value`, broadcast and cast to its type, with `op` as the name in errors.
/// Differentiable: the target, and what it is a view of, get the value's history.
void assign(Tensor& target, const Tensor& value, std::string_view op, Location where);

}  // namespace tandem
