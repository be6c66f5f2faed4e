#include "tandem/graph/literal.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "tandem/base/decimal.h"
#include "tandem/base/text.h"

namespace tandem::graph {
namespace {

template <class F>
using Bits = std::conditional_t<sizeof(F) == 2, uint16_t,
                                std::conditional_t<sizeof(F) == 4, uint32_t, uint64_t>>;

/// The usual nan: quiet, positive, without payload.
template <class F>
constexpr Bits<F> usual_nan = sizeof(F) == 8            ? Bits<F>(0x7ff8000000000000)
                              : sizeof(F) == 4          ? Bits<F>(0x7fc00000)
                              : std::is_same_v<F, Half> ? Bits<F>(0x7e00)
                                                        : Bits<F>(0x7fc0);

template <class F>
bool is_nan(F value) {
  if constexpr (sizeof(F) == 2)
    return std::isnan(float(value));
  else
    return std::isnan(value);
}

template <class F>
std::string nan_literal(F value) {
  const auto bits = std::bit_cast<Bits<F>>(value);
  if (bits == usual_nan<F>) return "nan";
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, bits, 16).ptr;
  return "nan_x" + std::string(digits, end);
}

template <class F>
std::string floating_literal(F value) {
  if (is_nan(value)) return nan_literal(value);
  if constexpr (sizeof(F) == 2) {
    return floating_literal(float(value));  // exact, so what reads back as it reads back as value
  } else {
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    const std::string s = shortest_decimal(value);
    return s.find_first_of(".e") == s.npos ? s + ".0" : s;
  }
}

/// All of the text, or false.
template <class T>
bool read(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

template <class F>
bool read_floating(std::string_view text, F& value) {
  const bool negative = text.starts_with('-');
  const std::string_view magnitude = text.substr(negative);
  if (magnitude.starts_with("nan")) {
    auto bits = usual_nan<F>;
    if (negative) return false;  // its bits say so
    if (magnitude != "nan") {
      if (!magnitude.starts_with("nan_x") || magnitude.find_first_of("ABCDEF") != text.npos)
        return false;
      const auto [end, error] =
          std::from_chars(text.data() + 5, text.data() + text.size(), bits, 16);
      if (error != std::errc() || end != text.data() + text.size()) return false;
    }
    value = std::bit_cast<F>(bits);
    return is_nan(value);
  }
  if constexpr (sizeof(F) == 2) {
    float wide = 0;
    if (!read_floating(text, wide)) return false;
    value = F(wide);
    return std::isinf(wide) || !std::isinf(float(value));
  } else {
    if (magnitude == "inf") {
      value = negative ? -INFINITY : INFINITY;
      return true;
    }
    if (magnitude.empty() || magnitude[0] < '0' || magnitude[0] > '9' ||
        magnitude.find('E') != magnitude.npos)
      return false;
    return read(text, value);
  }
}

template <class T>
bool read_element(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return value || text == "false";
  } else if constexpr (std::is_integral_v<T>) {
    return read(text, value);
  } else {
    return read_floating(text, value);
  }
}

}  // namespace

std::string literal(double value) { return floating_literal(value); }
std::string literal(float value) { return floating_literal(value); }
std::string literal(const Scalar& value) {
  return value.category() == Category::floating ? literal(value.to_double()) : text(value);
}
std::string literal(DType dtype, const std::byte* element) {
  return with_dtype(dtype, [&](auto value) {
    std::memcpy(&value, element, sizeof value);
    if constexpr (std::is_integral_v<decltype(value)>)
      return text(value);
    else
      return floating_literal(value);
  });
}

bool read_literal(std::string_view text, double& value) { return read_floating(text, value); }
bool read_literal(std::string_view text, Scalar& value) {
  int64_t whole = 0;
  double floating = 0;
  if (text == "true" || text == "false")
    value = text == "true";
  else if (read(text, whole))
    value = whole;
  else if (text.find_first_of(".en") != text.npos && read_floating(text, floating))
    value = floating;
  else
    return false;
  return true;
}
bool read_literal(std::string_view text, DType dtype, std::byte* element) {
  return with_dtype(dtype, [&](auto value) {
    if (!read_element(text, value)) return false;
    std::memcpy(element, &value, sizeof value);
    return true;
  });
}

}  // namespace tandem::graph
