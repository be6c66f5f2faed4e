// Where in the user's program an op was called.
#pragma once
#include <source_location>
#include <string>

#include "tandem/base/text.h"

namespace tandem {

/// Of a C++ call: filled in by the compiler, one pointer wide.
using Location = std::source_location;

/// Of a line that C++ did not compile: Python, a parsed program. Equal lines share one record,
/// which lives as long as the process.
Location make_location(std::string_view file, unsigned line, std::string_view function = "");

}  // namespace tandem
