// Programs as text that a person can read, compare and edit; docs/ir.md is its specification.
#pragma once
#include <string>
#include <string_view>

#include "tandem/graph/program.h"

namespace tandem::graph {

struct PrintOptions {
  bool locations = true;  // loc("digits.cc":31) where the line changes
};

/// print(parse(text)) is the identity on printed text, and parse(print(p)) is p but for the numbers
/// of its values.
std::string print(const Program& program, const PrintOptions& options = {});
std::string print(const ProgramSet& programs, const PrintOptions& options = {});

/// Reads untrusted text. The result has passed check(). `source` names it in errors, which are of
/// code format and point at line and column. Constants too large to stand in the text come back
/// undefined: whoever reads the file gives them their elements.
ProgramSet parse(std::string_view text, std::string_view source = "program");
/// Of a text with one program. Error: code format otherwise.
Program parse_program(std::string_view text, std::string_view source = "program");

}  // namespace tandem::graph
