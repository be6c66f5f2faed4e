// Values as Python prints them: the words of extra_repr().
#pragma once
#include <string>

#include "tandem/base/dims.h"

namespace tandem::nn {

/// 0.1, 1e-05, 20.0
std::string python(double value);
inline std::string python(bool value) { return value ? "True" : "False"; }
inline std::string python(int64_t value) { return text(value); }
/// (3, 3), (4,)
std::string python(const Dims& value);
/// The same, but one number as such, and -1 ("as the input") as None.
std::string python_sizes(const Dims& value);

}  // namespace tandem::nn
