// An attribute's value, whatever its kind: the one switch over Kind.
#pragma once
#include <string>
#include <type_traits>

#include "tandem/tensor/op_info.h"

namespace tandem {

/// Calls f with the attribute inside `op`: an int64_t, double, Scalar, bool, Dims, DType, Name, or
/// the std::optional of an integer, a number or a DType; const where `op` is. Every call of f gives
/// the same type.
template <class Op, class F>
decltype(auto) visit_attribute(const AttributeInfo& a, Op* op, F&& f) {
  void* const at = a.in(const_cast<void*>(static_cast<const void*>(op)));
  const auto as = [&]<class T>(std::type_identity<T>) -> decltype(auto) {
    using Value = std::conditional_t<std::is_const_v<Op>, const T, T>;
    return f(*static_cast<Value*>(at));
  };
  switch (a.kind) {
    case Kind::integer:
      return as(std::type_identity<int64_t>());
    case Kind::number:
      return as(std::type_identity<double>());
    case Kind::scalar:
      return as(std::type_identity<Scalar>());
    case Kind::flag:
      return as(std::type_identity<bool>());
    case Kind::dims:
      return as(std::type_identity<Dims>());
    case Kind::dtype:
      return as(std::type_identity<DType>());
    case Kind::string:
      return as(std::type_identity<Name>());
    case Kind::optional_integer:
      return as(std::type_identity<std::optional<int64_t>>());
    case Kind::optional_number:
      return as(std::type_identity<std::optional<double>>());
    case Kind::optional_dtype:
      return as(std::type_identity<std::optional<DType>>());
  }
  __builtin_unreachable();
}

/// The value as programs and the reference show it: 2, 0.5, true, [1, 1], f32, "mean", none. A
/// Scalar keeps its category: 2.0 is floating, 2 is not. In a string `"` and `\` stand after a `\`,
/// and bytes below 32 are \n, \t or \x1b.
void append_attribute(std::string& to, const AttributeInfo& a, const void* op);

}  // namespace tandem
