// Writing into tensors that exist.
#pragma once
#include <initializer_list>
#include <variant>

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

// What in_place_functions.h calls. Each gives the input back.
namespace in_place {

/// An attribute as its op's member has it.
using Attribute = std::variant<bool, int64_t, double, Scalar, Dims, DType, Name,
                               std::optional<int64_t>, std::optional<double>, std::optional<DType>>;
using Attributes = std::initializer_list<Attribute>;  // in the order of OpInfo::attribute

/// input = op(input, others...) of an elementwise op, whose operands promote; the result's dtype
/// must fit the input's.
Tensor elementwise(const OpInfo& op, const Arg& input, std::initializer_list<const NumArg*> others,
                   Attributes attributes);
/// The same of any other op that has a shape rule.
Tensor apply(const OpInfo& op, const Arg& input, std::initializer_list<const Arg*> others,
             Attributes attributes);
/// input = value, which the function `name` computed.
Tensor store(const Arg& input, const Tensor& value, std::string_view name);

}  // namespace in_place

}  // namespace tandem
