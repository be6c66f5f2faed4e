// Makes the records and rules of a family's ops from their structs. Each family's source includes
// this and ends with
//   template struct Family<SoftmaxOps>;
// so that what reflection instantiates is compiled once, there.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/tensor/attribute_of.h"

namespace tandem {
namespace detail {

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

/// The op behind a pointer, which may be null where there are no attributes.
template <Op O>
const O& op_at(const void* op) {
  if constexpr (std::is_empty_v<O>) {
    static constexpr O without_attributes{};
    return without_attributes;
  } else {
    return *static_cast<const O*>(op);
  }
}

template <class R>
inline constexpr int result_count = 1;
template <class T, std::size_t N>
inline constexpr int result_count<std::array<T, N>> = int(N);

template <Op O, int... I>
void infer(const void* op, Types in, Type* const* out, std::integer_sequence<int, I...>) {
  if constexpr (requires { &O::infer; }) {
    auto result = [&] {
      if constexpr (has_list<O>())
        return op_at<O>(op).infer(PassedType{in[I]}..., in.subspan(sizeof...(I)));
      else
        return op_at<O>(op).infer(PassedType{in[I]}...);
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
  const O& o = op_at<O>(op);
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
inline constexpr bool has_vjp = requires { &O::vjp; };
template <Op O>
inline constexpr bool has_decompose = requires { &O::decompose; } || (is_lane<O> && !has_vjp<O>);

void the_signature_does_not_name_every_attribute();  // no constant: an error where it is called

template <Op O>
consteval OpInfo describe() {
  // Attributes are of the kinds that attribute_of() knows, all of which may be copied byte by byte.
  static_assert(std::is_trivially_destructible_v<O> && sizeof(O) <= AnyOp::capacity);
  constexpr int operands = operand_count<O>();  // as constants: g++ 12 takes no calls in the list
  constexpr bool list = has_list<O>();
  OpInfo info{.signature = O::signature, .operands = operands, .list = list};
  info.results = 1;
  info.bytes = std::is_empty_v<O> ? 0 : sizeof(O);
  info.attributes = reflect::count<O>();
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((info.attribute[I] = attribute_of<O, I>()), ...);
  }(std::make_index_sequence<reflect::count<O>()>());
  int operand = 0, found = 0;
  for (int p = 0; p < O::signature.parameters(); ++p) {
    const std::string_view name = O::signature.parameter(p);
    const bool is_list = name.starts_with('*');
    int8_t is = int8_t(is_list ? info.operands : operand);
    for (int a = 0; a < info.attributes; ++a)
      if (info.attribute[a].name == name) is = int8_t(~a), ++found;
    info.order[p] = is;
    if (is >= 0 && name.ends_with('?')) info.optional |= uint16_t(1 << is);
    operand += is >= 0 && !is_list;
  }
  if (found != info.attributes) detail::the_signature_does_not_name_every_attribute();

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
  if (info.random) info.in_place[info.results - 1] = 0;
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
      return op_at<O>(op).view(in, out);
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
    r.vjp = [](const void* op, const Call& call, Grads* grads) { *grads = op_at<O>(op).vjp(call); };
  else if constexpr (is_lane<O> || requires { O::vjp_by_decomposition; })
    r.vjp = [](const void* op, const Call& call, Grads* grads) {
      tandem::vjp_by_decomposition(info_of<O>, op, call, grads);
    };
  if constexpr (requires { &O::write; })
    r.write = [](const void* op, const Tensor& base, const Tensor& value) {
      return op_at<O>(op).write(base, value);
    };
  return r;
}

template <Op O>
inline constexpr OpRules rules_of = rules<O>();

template <Op... Ops>
void install_rules(List<Ops...>) {
  ((info_of<Ops>.rules = &rules_of<Ops>), ...);
}

}  // namespace detail

/// Constant-initialized, so nothing runs before main.
template <Op O>
constinit OpInfo InfoOf<O>::record = detail::describe<O>();

template <class Ops>
void Family<Ops>::install_rules() {
  detail::install_rules(Ops{});
}

}  // namespace tandem
