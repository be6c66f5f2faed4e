// One element from dtype to dtype.
#pragma once
#include <cstdint>
#include <type_traits>

namespace tandem::cpu {

template <class From, class To>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_integral_v<To> && !std::is_integral_v<From>) {
    // C++ leaves NaN and what is out of range undefined; here it is the smallest integer, as x86
    // converts, wrapped to the width.
    const double d = double(x);
    const int64_t i = d >= -0x1p63 && d < 0x1p63 ? int64_t(d) : INT64_MIN;
    return To(i);
  } else {
    return To(x);
  }
}

}  // namespace tandem::cpu
