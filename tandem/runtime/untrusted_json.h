// JSON of a file that anybody may have written.
#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tandem/base/error.h"

namespace tandem::runtime {

/// `what` names the text in errors, of code format: no JSON, nested more than `depth` deep, more
/// than `values` values, or a key twice in an object.
nlohmann::json parse_untrusted_json(std::string_view op, std::string_view what,
                                    std::string_view text, int depth, std::size_t values);

}  // namespace tandem::runtime
