// The names of the ops that a program has; none: it has all ops. This is what a build has that
// selects none; where CMake's TANDEM_OPS or TANDEM_PROGRAMS do, cmake/TandemSelectOps.cmake writes
// a header of this name that is found before this one.
#pragma once
#include <array>
#include <string_view>

namespace tandem {

inline constexpr std::array<std::string_view, 0> selection = {};

}  // namespace tandem
