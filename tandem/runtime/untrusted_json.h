// JSON of a file that anybody may have written, and of files that are written. Values are compared
// as text, so nothing but text is kept of them.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "tandem/base/error.h"

namespace tandem::runtime {

/// A text in quotes, escaped where JSON must.
std::string json_string(std::string_view text);

/// From names to values; a value without spaces, its objects' members sorted by name.
using JsonMembers = std::map<std::string, std::string, std::less<>>;
std::string json_object(const JsonMembers& members);

/// The members of an object; none of any other value. `what` names the text in errors, of code
/// format: no JSON, nested more than `depth` deep, more than `values` values, or a key twice in an
/// object.
JsonMembers parse_untrusted_json(std::string_view op, std::string_view what, std::string_view text,
                                 int depth, std::size_t values);

}  // namespace tandem::runtime
