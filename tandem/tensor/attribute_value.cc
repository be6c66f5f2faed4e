#include "tandem/tensor/attribute_value.h"

namespace tandem {
namespace {

void write(std::string& to, int64_t value) { append(to, value); }
void write(std::string& to, double value) { append(to, value); }
void write(std::string& to, bool value) { append(to, value); }
void write(std::string& to, const Dims& value) { append(to, value); }
void write(std::string& to, DType value) { to += name(value); }

void write(std::string& to, const Scalar& value) {
  const std::size_t start = to.size();
  append(to, value);
  // "inf" and "nan" hold an n, and what has an exponent an e.
  if (value.category() == Category::floating && to.find_first_of(".en", start) == to.npos)
    to += ".0";
}

void write(std::string& to, const Name& value) {
  constexpr std::string_view hex = "0123456789abcdef";
  to += '"';
  for (const char c : value.view()) {
    if (c == '\n') {
      to += "\\n";
    } else if (c == '\t') {
      to += "\\t";
    } else if (static_cast<unsigned char>(c) < 32) {
      ((to += "\\x") += hex[c / 16]) += hex[c % 16];
    } else {
      if (c == '"' || c == '\\') to += '\\';
      to += c;
    }
  }
  to += '"';
}

template <class T>
void write(std::string& to, const std::optional<T>& value) {
  if (value)
    write(to, *value);
  else
    to += "none";
}

}  // namespace

void append_attribute(std::string& to, const AttributeInfo& a, const void* op) {
  visit_attribute(a, op, [&](const auto& value) { write(to, value); });
}

}  // namespace tandem
