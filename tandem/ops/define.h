// How an op is defined; from its struct to its OpInfo: ops/family.h.
//
// An op is a struct that has
//   signature    "softmax(input, dim)"                          always
//   members      its attributes, with their defaults
//   infer        Type   (const Type& input) const               what the result is
//   decompose    Tensor (const Tensor& input) const             what the op means, in other ops
//   vjp          Grads  (const Call&) const                     its gradient
//   keep         what vjp reads                                 default: nothing
//   lane         one scalar expression: gives infer, kernel, decompose and vjp of an elementwise op
//   view         View   (const TensorRef& input, const Type& out) const
//   write        Tensor (const Tensor& base, const Tensor& value) const     of a writable view
//   layout, promotion, in_place, results, random                see OpInfo
//
// Rules have one parameter an operand: `const Type&` and `const Tensor&`, or a pointer where the
// operand may be left out (null when it is). A list operand ("*tensors") is a std::span of
// pointers, the last parameter. Several results: infer gives std::array<Type, N>, decompose
// std::array<Tensor, N>, and `results` their names.
// An op with a decomposition and no infer is shorthand: it is replaced by its parts when applied.
// What is absent is found absent at compile time; there is nothing to override and no table.
#pragma once
#include <array>
#include <type_traits>

#include "tandem/base/reflect.h"
#include "tandem/ops/lanes.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/call.h"

namespace tandem {

template <class T>
concept Op = std::is_same_v<decltype(&T::signature), const Signature*>;

/// A family names its ops once, in its header: struct SoftmaxOps : List<Softmax, ...> {};
template <Op... Ops>
struct List {};

/// What its source makes of them (ops/family.h), beside their records. A program that never
/// installs the rules does not link decompositions and gradients.
template <class Ops>
struct Family {
  static void install_rules();
};

/// Holds the op's one record, made in its family's source: a member, for g++ 12 makes no variable
/// template that was declared before.
template <Op O>
struct InfoOf {
  static OpInfo record;
};
/// The record. Installing kernels and rules writes into it; an op that nobody names is not linked.
template <Op O>
constexpr OpInfo& info_of = InfoOf<O>::record;

/// The type that operands of one dtype broadcast to.
Type broadcast(std::string_view op, Types in);
/// The same, written in place.
void broadcast_into(std::string_view op, Types in, Type& out);
/// The same of shapes alone.
Dims broadcast_shapes(std::string_view op, const Dims& a, const Dims& b);

/// Differentiates through the decomposition, recomputing it in backward. Defined in autograd/; the
/// rules of an op without a vjp of its own refer to it by this pointer.
using VjpByDecomposition = void (*)(const OpInfo&, const void* op, const Call&, Grads*);
inline constinit VjpByDecomposition vjp_by_decomposition = nullptr;

namespace detail {

template <Op O>
consteval bool has_list() {
  return O::signature.text.find('*') != std::string_view::npos;
}
/// Fixed operands: parameters that are neither attributes nor the list.
template <Op O>
consteval int operand_count() {
  return O::signature.parameters() - int(reflect::count<O>()) - int(has_list<O>());
}
template <Op O>
using OperandIndices = std::make_integer_sequence<int, operand_count<O>()>;

template <Op O>
inline constexpr bool is_lane = requires { &O::lane; };
template <Op O>
consteval bool lane_is_boolean() {
  return lane::is_boolean_node<std::remove_cvref_t<decltype(lane::tree_of<O>)>>;
}

}  // namespace detail

/// lane::let on tensors.
template <class Body>
Tensor let(const Tensor& bound, Body body) {
  return body(bound);
}

namespace detail {
inline const Tensor undefined_tensor;
inline const Tensor* pointer(const Arg& a) { return a.tensor; }
inline const Tensor* pointer(const OptArg& a) { return a.tensor ? a.tensor : &undefined_tensor; }
}  // namespace detail

/// The body of a public function whose operands need no promotion: apply(Softmax{dim}, input).
/// One result gives a Tensor, several a std::array.
template <Op O, class First, class... Rest>
auto apply(const O& op, const First& first, const Rest&... rest) {
  static_assert(1 + sizeof...(Rest) == detail::operand_count<O>() && !detail::has_list<O>(),
                "see the op's signature");
  const Tensor* in[] = {detail::pointer(first), detail::pointer(rest)...};
  if constexpr (requires { O::results; }) {
    std::array<Tensor, std::size(O::results)> out;
    apply(info_of<O>, &op, in, out.data(), first.where);
    return out;
  } else {
    return apply(info_of<O>, &op, in, first.where);
  }
}

/// The same for an op whose operands are `fixed...` and then a list.
template <Op O, class... Fixed>
Tensor apply_list(const O& op, const ListArg& list, const Fixed&... fixed) {
  static_assert(detail::has_list<O>() && sizeof...(Fixed) == detail::operand_count<O>());
  std::vector<const Tensor*> in{detail::pointer(fixed)...};
  for (const Tensor& t : list.tensors) in.push_back(&t);
  return apply(info_of<O>, &op, in, list.where);
}

/// The same for ops that promote: operands may be numbers or differ in dtype. Casts stand in the
/// program, so kernels and shape rules only ever see equal dtypes.
Tensor apply_promoted(const OpInfo& info, const void* op, const NumArg& a);
Tensor apply_promoted(const OpInfo& info, const void* op, const NumArg& a, const NumArg& b);
Tensor apply_promoted(const OpInfo& info, const void* op, std::span<const NumArg* const> args);
/// The first half of it: numbers and dtypes resolved, as the operands to apply.
void promote_operands(std::string_view op, Promotion promotion, std::span<const NumArg* const> args,
                      Tensor* operands);

}  // namespace tandem
