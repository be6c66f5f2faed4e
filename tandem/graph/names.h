// What the values of a program are called in its text and in messages about it.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::graph {

/// "%image", "@conv1.weight", "#mask"; in quotes where other characters need them: @"odd name".
std::string spelled_name(ParameterKind kind, std::string_view name);
/// In quotes, with \" \\ \n \t and \xhh, the last also for bytes that are no UTF-8.
void append_quoted(std::string& to, std::string_view text);
/// A letter, a digit, '_' or '.'.
bool is_name_character(char c);
/// Starts with a letter or '_' and has name characters alone. Inputs and outputs are so.
bool is_identifier(std::string_view name);
/// The same without '.', and none of the words that stand for numbers.
bool is_symbol_name(std::string_view name);

/// By value: a parameter's name, "%1", "%2", … for results in order; "" for numbers that stand
/// where they are used and for values that nothing defines.
std::vector<std::string> value_names(const Program& program);

/// Does this number stand where it is used, rather than as an instruction of its own? By index of
/// the instruction: it does unless it is also a result of the program.
std::vector<bool> inline_numbers(const Program& program);

/// "b = 6, t = 21"
std::string to_string(std::span<const int64_t> sizes, const Symbols& symbols);

/// Where in a program, or in a body inside of it, an error is found.
struct Scope {
  const Program& program;
  const Scope* outer = nullptr;  // of a body: where it stands
  std::string_view body = {};    // "then"
  const Instruction* at = nullptr;

  /// "predict: %7 = softmax at digits.cc:31"
  std::string describe() const;
};

template <class... Parts>
[[noreturn]] void fail_in(const Scope& scope, ErrorCode code, const Parts&... parts) {
  fail(code, scope.describe(), parts...);
}

}  // namespace tandem::graph
