// A number without a dtype of its own.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

#include "tandem/base/dtype.h"

namespace tandem {

/// A bool, an integer or a floating number, exact. Weakly typed: `x * 2` keeps x's dtype.
class Scalar {
 public:
  constexpr Scalar() : Scalar(0.0) {}
  template <class N>
    requires(std::is_arithmetic_v<N>)
  constexpr Scalar(N n) {
    if constexpr (std::is_floating_point_v<N>)
      category_ = Category::floating, floating_ = double(n);
    else
      category_ = std::is_same_v<N, bool> ? Category::boolean : Category::integral,
      integral_ = int64_t(n);
  }
  constexpr Category category() const { return category_; }
  constexpr double to_double() const {
    return category_ == Category::floating ? floating_ : double(integral_);
  }
  /// Truncates a floating number; one that int64 cannot hold is an error of code value.
  int64_t to_int64() const {
    if (category_ != Category::floating) return integral_;
    if (!(floating_ >= -0x1p63 && floating_ < 0x1p63))
      fail(ErrorCode::value, "scalar", "cannot convert ", floating_, " to an integer");
    return int64_t(floating_);
  }
  constexpr bool to_bool() const {
    return category_ == Category::floating ? floating_ != 0 : integral_ != 0;
  }
  template <class T>
  T to() const {
    if constexpr (std::is_same_v<T, bool>)
      return to_bool();
    else if constexpr (std::is_integral_v<T>)
      return T(to_int64());
    else if constexpr (std::is_same_v<T, double>)
      return to_double();
    else
      return T(float(to_double()));
  }
  friend constexpr bool operator==(const Scalar& a, const Scalar& b) {
    return a.category_ == b.category_ &&
           (a.category_ == Category::floating ? a.floating_ == b.floating_
                                              : a.integral_ == b.integral_);
  }

 private:
  Category category_;
  union {
    double floating_;
    int64_t integral_;
  };
};
inline void append(std::string& to, const Scalar& s) {
  if (s.category() == Category::floating)
    append(to, s.to_double());
  else if (s.category() == Category::integral)
    append(to, s.to_int64());
  else
    append(to, s.to_bool());
}

}  // namespace tandem
