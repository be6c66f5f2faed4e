// Names, types and values of a plain struct's members, with no macro and no repetition.
//
// C++20 has no reflection, but an aggregate can be counted (how many initializers does it take?),
// unpacked (structured bindings) and named (a pointer to a member of an object, as a template
// argument, is spelled out in the function's pretty name). Works in g++ 12 and clang 19; static
// members do not count, so an op may carry its signature and lane expression beside its attributes.
#pragma once
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tandem::reflect {

struct Anything {
  template <class T>
  operator T() const;  // declared only: used in unevaluated initializers
};

template <class T, class... Found>
consteval std::size_t count() {
  if constexpr (requires { T{Found{}..., Anything{}}; })
    return count<T, Found..., Anything>();
  else
    return sizeof...(Found);
}

template <class T>
constexpr auto fields(T& t) {
  constexpr std::size_t n = count<std::remove_const_t<T>>();
  static_assert(n <= 13, "extend reflect::fields");
  if constexpr (n == 0) {
    return std::tuple<>();
  } else if constexpr (n == 1) {
    auto& [a] = t;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = t;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = t;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = t;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = t;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = t;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = t;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, f, g, h] = t;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = t;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (n == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = t;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (n == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = t;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (n == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = t;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = t;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  }
}

template <class T>
struct Holder {
  T value;
};
template <class T>
extern const Holder<T> nowhere;  // never read, only the addresses of its members are named

template <class T>
struct Address {
  const T* pointer;
};
template <class T>
Address(const T*) -> Address<T>;

template <auto Member>
consteval std::string_view spelled() {
  return __PRETTY_FUNCTION__;
}

/// g++ ends the spelling in "Sum::dims)}; …", clang in "value.dims}]".
template <class T, std::size_t I>
consteval std::string_view name() {
  constexpr auto address = Address{&std::get<I>(fields(nowhere<T>.value))};
  std::string_view s = spelled<address>();
  s = s.substr(0, s.find_first_of(")}", s.find("value")));
  return s.substr(s.find_last_of(":.") + 1);
}

/// Calls visit(name, member) with each member of `t`.
template <class T, class Visit>
constexpr void for_each_member(T& t, const Visit& visit) {
  using Plain = std::remove_const_t<T>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (visit(name<Plain, I>(), std::get<I>(fields(t))), ...);
  }(std::make_index_sequence<count<Plain>()>());
}

}  // namespace tandem::reflect
