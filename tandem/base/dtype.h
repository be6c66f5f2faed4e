// Element types, their names and kinds, and the C++ type behind each.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tandem/base/error.h"
#include "tandem/base/half.h"

namespace tandem {

/// Complex types will follow f64; the numbers are never stored in files.
enum class DType : uint8_t { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64 };
inline constexpr int dtype_count = 10;

// PyTorch's names, as in `zeros({2, 3}, float64)`.
inline constexpr DType boolean = DType::boolean, uint8 = DType::u8, int8 = DType::i8,
                       int16 = DType::i16, int32 = DType::i32, int64 = DType::i64,
                       float16 = DType::f16, bfloat16 = DType::bf16, float32 = DType::f32,
                       float64 = DType::f64;

/// "f32": the name in programs and their text.
constexpr std::string_view name(DType t) {
  constexpr std::string_view names[] = {"bool", "u8",  "i8",   "i16", "i32",
                                        "i64",  "f16", "bf16", "f32", "f64"};
  return names[int(t)];
}
/// "float32": the name in messages and when printing.
constexpr std::string_view long_name(DType t) {
  constexpr std::string_view names[] = {"bool",  "uint8",   "int8",     "int16",   "int32",
                                        "int64", "float16", "bfloat16", "float32", "float64"};
  return names[int(t)];
}
inline void append(std::string& to, DType t) { to += long_name(t); }

constexpr int size_of(DType t) {
  constexpr int8_t sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
  return sizes[int(t)];
}
constexpr bool is_floating(DType t) { return t >= DType::f16; }
constexpr bool is_integral(DType t) { return t > DType::boolean && t < DType::f16; }
constexpr bool is_half(DType t) { return t == DType::f16 || t == DType::bf16; }

/// The kinds that weak numbers and 0-d tensors promote within: bool < integer < floating.
enum class Category : uint8_t { boolean, integral, floating };
constexpr Category category(DType t) {
  return is_floating(t)   ? Category::floating
         : is_integral(t) ? Category::integral
                          : Category::boolean;
}

template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(sizeof(T) == 0, "no dtype for this C++ type");
  return DType::f32;
}();
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;
template <>
inline constexpr DType dtype_of<uint8_t> = DType::u8;
template <>
inline constexpr DType dtype_of<int8_t> = DType::i8;
template <>
inline constexpr DType dtype_of<int16_t> = DType::i16;
template <>
inline constexpr DType dtype_of<int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<int64_t> = DType::i64;
template <>
inline constexpr DType dtype_of<Half> = DType::f16;
template <>
inline constexpr DType dtype_of<BFloat16> = DType::bf16;
template <>
inline constexpr DType dtype_of<float> = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;

namespace detail {
/// One function a dtype: all of them inlined into the switch would make it so large that compiling
/// it takes several times as long.
template <class T, class F>
[[gnu::noinline]] decltype(auto) call_with(F& f) {
  return f(T{});
}
}  // namespace detail

/// Calls f with a value of the C++ type behind `t`: with_dtype(t, [&](auto zero) { using T =
/// decltype(zero); … }). Kernels switch once, here.
template <class F>
decltype(auto) with_dtype(DType t, F&& f) {
  switch (t) {
    case DType::boolean:
      return detail::call_with<bool>(f);
    case DType::u8:
      return detail::call_with<uint8_t>(f);
    case DType::i8:
      return detail::call_with<int8_t>(f);
    case DType::i16:
      return detail::call_with<int16_t>(f);
    case DType::i32:
      return detail::call_with<int32_t>(f);
    case DType::i64:
      return detail::call_with<int64_t>(f);
    case DType::f16:
      return detail::call_with<Half>(f);
    case DType::bf16:
      return detail::call_with<BFloat16>(f);
    case DType::f32:
      return detail::call_with<float>(f);
    default:
      return detail::call_with<double>(f);
  }
}
/// The same for f32 and f64 alone; any other dtype is an error of `op`.
template <class F>
decltype(auto) with_float_or_double(std::string_view op, DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::f64) return f(double{});
  fail(ErrorCode::dtype, op, "expected float32 or float64, got ", t);
}
/// The same for every floating dtype; any other is an error of `op`.
template <class F>
decltype(auto) with_floating(std::string_view op, DType t, F&& f) {
  if (t == DType::f16) return f(Half{});
  if (t == DType::bf16) return f(BFloat16{});
  return with_float_or_double(op, t, f);
}

}  // namespace tandem
