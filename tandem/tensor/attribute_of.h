// Describes the members of a plain struct as attributes: of ops, and of modules' options.
#pragma once
#include <type_traits>

#include "tandem/base/reflect.h"
#include "tandem/tensor/op_info.h"

namespace tandem {
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
  else if constexpr (std::is_base_of_v<Dims, T> && sizeof(T) == sizeof(Dims))
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

}  // namespace detail

/// Member I of struct S.
template <class S, std::size_t I>
consteval AttributeInfo attribute_of() {
  using Fields = decltype(reflect::fields(std::declval<S&>()));
  using Member = detail::Unwrap<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>;
  return {reflect::name<S, I>(), detail::kind_of<typename Member::type>(), Member::required,
          [](void* s) -> void* { return &std::get<I>(reflect::fields(*static_cast<S*>(s))); }};
}

}  // namespace tandem
