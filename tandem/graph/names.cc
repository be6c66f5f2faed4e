#include "tandem/graph/names.h"

#include <algorithm>

namespace tandem::graph {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// How many bytes the UTF-8 character has that the text starts with; 0 where it is malformed
/// (RFC 3629: the ranges exclude what is longer than need be, surrogates, and beyond U+10FFFF).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const int lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  return length;
}

}  // namespace

bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.'; }

bool is_identifier(std::string_view name) {
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_name_character);
}

bool is_symbol_name(std::string_view name) {
  constexpr std::string_view numbers[] = {"true", "false", "none", "nan", "inf", "float"};
  return is_identifier(name) && name.find('.') == name.npos && !std::ranges::count(numbers, name);
}

std::string spelled_name(ParameterKind kind, std::string_view name) {
  constexpr char sigils[] = {'%', '@', '#'};
  std::string s(1, sigils[int(kind)]);
  if (!name.empty() && std::ranges::all_of(name, is_name_character)) return s.append(name);
  append_quoted(s, name);
  return s;
}

void append_quoted(std::string& to, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  to += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const std::size_t length = std::max<std::size_t>(1, character_length(text));
    if (c == '"' || c == '\\')
      to += '\\', to += char(c);
    else if (c == '\n')
      to += "\\n";
    else if (c == '\t')
      to += "\\t";
    else if (c < 32 || c == 127 || (c > 127 && length == 1))
      to += "\\x", to += digits[c >> 4], to += digits[c & 15];
    else
      to += text.substr(0, length);
    text.remove_prefix(length);
  }
  to += '"';
}

std::vector<bool> inline_numbers(const Program& program) {
  std::vector<bool> stands(program.types.size());
  for (const auto* list : {&program.outputs, &program.updates})
    for (const Output& o : *list)
      if (std::size_t(o.value) < stands.size()) stands[std::size_t(o.value)] = true;
  std::vector<bool> inlined;
  for (const Instruction& i : program.instructions)
    inlined.push_back(i.op.info && is_number(i) && i.results.size() == 1 &&
                      std::size_t(i.result()) < stands.size() && !stands[std::size_t(i.result())]);
  return inlined;
}

std::vector<std::string> value_names(const Program& program) {
  std::vector<std::string> names(program.types.size());
  const auto set = [&](Value v, std::string name) {
    if (std::size_t(v) < names.size()) names[std::size_t(v)] = std::move(name);
  };
  for (const Parameter& p : program.parameters) set(p.value, spelled_name(p.kind, p.name));
  const std::vector<bool> inlined = inline_numbers(program);
  int number = 0;
  for (std::size_t i = 0; i < program.instructions.size(); ++i)
    if (!inlined[i])
      for (const Value v : program.instructions[i].results) set(v, text('%', ++number));
  return names;
}

std::string to_string(std::span<const int64_t> sizes, const Symbols& symbols) {
  std::string s;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    s += text(i ? ", " : "", i < symbols.size() ? symbols[i] : "?", " = ", sizes[i]);
  return s;
}

std::string Scope::describe() const {
  std::string s = outer ? text(outer->describe(), ", ", body) : program.name;
  if (!at) return s;
  std::string results;
  const std::vector<std::string> names = value_names(program);
  for (const Value v : at->results)
    if (std::size_t(v) < names.size())
      results += text(results.empty() ? "" : ", ", names[std::size_t(v)]);
  s += text(": ", results, results.empty() ? "" : " = ", at->op.info ? at->info().name() : "?");
  if (at->where.line() != 0) s += text(" at ", at->where);
  return s;
}

}  // namespace tandem::graph
