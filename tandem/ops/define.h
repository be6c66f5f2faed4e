// From an op's struct to its OpInfo: the registry's reflection.
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

/// A family names its ops once.
template <Op... Ops>
struct List {};

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

template <class T>
consteval Kind kind_of() {
  if constexpr (std::is_same_v<T, bool>)
    return Kind::flag;
  else if constexpr (std::is_same_v<T, int64_t>)
    return Kind::integer;
  else if constexpr (std::is_same_v<T, double>)
    return Kind::number;
  else if constexpr (std::is_same_v<T, Scalar>)
    return Kind::scalar;
  else if constexpr (std::is_same_v<T, Dims>)
    return Kind::dims;
  else if constexpr (std::is_same_v<T, DType>)
    return Kind::dtype;
  else if constexpr (std::is_same_v<T, Name>)
    return Kind::string;
  else if constexpr (std::is_same_v<T, std::optional<int64_t>>)
    return Kind::optional_integer;
  else if constexpr (std::is_same_v<T, std::optional<DType>>)
    return Kind::optional_dtype;
  else {
    static_assert(std::is_same_v<T, std::optional<double>>, "not an attribute type");
    return Kind::optional_number;
  }
}

template <class T>
struct Unwrap {
  using type = T;
  static constexpr bool required = false;
};
template <class T>
struct Unwrap<Required<T>> {
  using type = T;
  static constexpr bool required = true;
};

template <Op O, std::size_t... I>
consteval void describe_attributes(OpInfo& info, std::index_sequence<I...>) {
  using Fields = decltype(reflect::fields(std::declval<O&>()));
  info.attributes = sizeof...(I);
  ((info.attribute[I] =
        AttributeInfo{
            reflect::name<O, I>(),
            kind_of<typename Unwrap<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>::type>(),
            Unwrap<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>::required,
            [](void* op) -> void* { return &std::get<I>(reflect::fields(*static_cast<O*>(op))); }}),
   ...);
}

template <Op O>
consteval bool has_list() {
  const int n = O::signature.parameters();
  for (int i = 0; i < n; ++i)
    if (O::signature.parameter(i).starts_with('*')) return true;
  return false;
}
/// Fixed operands: parameters that are neither attributes nor the list.
template <Op O>
consteval int operand_count() {
  return O::signature.parameters() - int(reflect::count<O>()) - int(has_list<O>());
}
template <Op O>
using OperandIndices = std::make_integer_sequence<int, operand_count<O>()>;

/// One erased operand; converts to what the rule's parameter asks for.
struct PassedType {
  const Type* p;
  operator const Type&() const { return *p; }
  operator const Type*() const { return p; }
};
struct PassedTensor {
  const Tensor* p;
  operator const Tensor&() const { return *p; }
  operator const Tensor*() const { return p->defined() ? p : nullptr; }
};

template <class R>
inline constexpr int result_count = 1;
template <class T, std::size_t N>
inline constexpr int result_count<std::array<T, N>> = int(N);

template <Op O>
inline constexpr bool is_lane = requires { &O::lane; };
template <Op O>
inline constexpr bool has_vjp = requires { &O::vjp; };
template <Op O>
inline constexpr bool has_decompose = requires { &O::decompose; } || (is_lane<O> && !has_vjp<O>);

template <Op O>
consteval bool lane_is_boolean() {
  return lane::is_boolean_node<std::remove_cvref_t<decltype(lane::tree_of<O>)>>;
}

template <Op O, int... I>
void infer(const void* op, Types in, Type* const* out, std::integer_sequence<int, I...>) {
  if constexpr (requires { &O::infer; }) {
    auto result = [&] {
      if constexpr (has_list<O>())
        return static_cast<const O*>(op)->infer(PassedType{in[I]}..., in.subspan(sizeof...(I)));
      else
        return static_cast<const O*>(op)->infer(PassedType{in[I]}...);
    }();
    if constexpr (result_count<decltype(result)> == 1)
      *out[0] = result;
    else
      for (int i = 0; i < result_count<decltype(result)>; ++i) *out[i] = result[i];
  } else {
    broadcast_into(O::signature.name(), in, *out[0]);
    if constexpr (lane_is_boolean<O>()) out[0]->dtype = DType::boolean;
  }
}

template <class Result>
void store(Result&& result, Tensor* out) {
  if constexpr (result_count<std::remove_cvref_t<Result>> == 1)
    *out = std::move(result);
  else
    for (auto& r : result) *out++ = std::move(r);
}

template <Op O, int... I>
void decompose(const void* op, Operands in, Tensor* out, std::integer_sequence<int, I...>) {
  const O& o = *static_cast<const O*>(op);
  constexpr bool list = has_list<O>();
  if constexpr (requires { &O::decompose; }) {
    if constexpr (list)
      store(o.decompose(PassedTensor{in[I]}..., in.subspan(sizeof...(I))), out);
    else
      store(o.decompose(PassedTensor{in[I]}...), out);
  } else if constexpr (reflect::count<O>() == 0) {
    *out = O::lane(*in[I]...);
  } else {
    std::apply([&](const auto&... attribute) { *out = O::lane(*in[I]..., double(attribute)...); },
               reflect::fields(o));
  }
}

template <Op O>
consteval OpInfo describe();

}  // namespace detail

/// The op's one record: constant-initialized, so nothing runs before main and an op nobody names
/// is never linked. Installing kernels and rules writes into it.
template <Op O>
inline constinit OpInfo info_of = detail::describe<O>();

namespace detail {

template <Op O>
consteval OpInfo describe() {
  // Attributes are of the kinds that kind_of() knows, all of which may be copied byte by byte.
  static_assert(std::is_trivially_destructible_v<O> && sizeof(O) <= AnyOp::capacity);
  constexpr int operands = operand_count<O>();  // as constants: g++ 12 takes no calls in the list
  constexpr bool list = has_list<O>();
  OpInfo info{.signature = O::signature, .operands = operands, .list = list};
  info.results = 1;
  info.bytes = std::is_empty_v<O> ? 0 : sizeof(O);
  describe_attributes<O>(info, std::make_index_sequence<reflect::count<O>()>());
  int operand = 0, found = 0;
  for (int p = 0; p < O::signature.parameters(); ++p) {
    const bool is_list = O::signature.parameter(p).starts_with('*');
    int8_t is = int8_t(is_list ? info.operands : operand);
    for (int a = 0; a < info.attributes; ++a)
      if (info.attribute[a].name == O::signature.parameter(p)) is = int8_t(~a), ++found;
    info.order[p] = is;
    if (is >= 0 && O::signature.parameter(p).ends_with('?')) info.optional |= uint16_t(1 << is);
    operand += is >= 0 && !is_list;
  }
  if (found != info.attributes) throw "the signature does not name every attribute";

  info.elementwise = is_lane<O>;
  info.numbers = is_lane<O> ? 0xffff : 0;
  if constexpr (requires { O::numbers; }) info.numbers = O::numbers;
  info.promotion = is_lane<O> ? Promotion::common : Promotion::none;
  if constexpr (requires { O::promotion; }) info.promotion = O::promotion;
  info.keep = is_lane<O> && !has_vjp<O> ? Keep::operands : Keep::nothing;
  if constexpr (requires { O::keep; }) info.keep = O::keep;
  info.layout = is_lane<O> ? Layout::follow : Layout::contiguous;
  if constexpr (requires { O::layout; }) info.layout = O::layout;
  if constexpr (requires { O::random; }) info.random = O::random;
  info.result_name[0] = "result";
  if constexpr (requires { O::results; }) {
    info.results = 0;
    for (std::string_view name : O::results) info.result_name[info.results++] = name;
  }
  for (int8_t& i : info.in_place) i = -1;
  if (is_lane<O>) info.in_place[0] = 0;
  if constexpr (requires { O::in_place; })
    for (int i = 0; i < info.results; ++i) info.in_place[i] = int8_t(O::in_place[i]);

  info.defaults = [](void* op) { new (op) O{}; };
  info.infer = nullptr;
  if constexpr (is_lane<O> || requires { &O::infer; })
    info.infer = [](const void* op, Types in, Type* const* out) {
      infer<O>(op, in, out, OperandIndices<O>());
    };
  else
    static_assert(requires { &O::decompose; }, "an op without infer needs a decomposition");
  info.view = nullptr;
  if constexpr (requires { &O::view; })
    info.view = [](const void* op, const TensorRef& in, const Type& out) {
      return static_cast<const O*>(op)->view(in, out);
    };
  return info;
}

template <Op O>
consteval OpRules rules() {
  OpRules r;
  if constexpr (has_decompose<O>)
    r.decompose = [](const void* op, Operands in, Tensor* out) {
      decompose<O>(op, in, out, OperandIndices<O>());
    };
  if constexpr (has_vjp<O>)
    r.vjp = [](const void* op, const Call& call, Grads* grads) {
      *grads = static_cast<const O*>(op)->vjp(call);
    };
  else if constexpr (is_lane<O> || requires { O::vjp_by_decomposition; })
    r.vjp = [](const void* op, const Call& call, Grads* grads) {
      tandem::vjp_by_decomposition(info_of<O>, op, call, grads);
    };
  if constexpr (requires { &O::write; })
    r.write = [](const void* op, const Tensor& base, const Tensor& value) {
      return static_cast<const O*>(op)->write(base, value);
    };
  return r;
}

}  // namespace detail

template <Op O>
inline constexpr OpRules rules_of = detail::rules<O>();

template <Op... Ops>
void install_rules(List<Ops...>) {
  ((info_of<Ops>.rules = &rules_of<Ops>), ...);
}

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
