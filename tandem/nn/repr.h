// Values as Python prints them: the words of extra_repr().
#pragma once
#include <string>

#include "tandem/base/dims.h"
#include "tandem/base/scalar.h"

namespace tandem::nn {

/// 0.1, 1e-05, 20.0
std::string python(double value);
inline std::string python(bool value) { return value ? "True" : "False"; }
inline std::string python(int64_t value) { return text(value); }
/// As it was given: 2 and 2.0 are two things.
std::string python(const Scalar& value);
/// (3, 3), (4,)
std::string python(const Dims& value);
/// The same, but one number as such, and -1 ("as the input") as None.
std::string python_sizes(const Dims& value);

}  // namespace tandem::nn
