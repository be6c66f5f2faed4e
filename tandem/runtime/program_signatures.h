// What programs take and give, as JSON for readers that do not know their text.
#pragma once
#include <string>
#include <string_view>

#include "tandem/graph/program.h"

namespace tandem::runtime {

/// {"predict":{"inputs":[{"dtype":"u8","name":"image","shape":["b",28,28]}],"outputs":[…]}}
/// A size is a number, or an expression in the program's symbolic dims.
std::string signatures_json(const graph::ProgramSet& programs);

/// Error: code format unless `json` says of the programs what signatures_json() does.
void check_signatures(const graph::ProgramSet& programs, std::string_view json, std::string_view op,
                      std::string_view source);

}  // namespace tandem::runtime
