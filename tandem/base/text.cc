#include "tandem/base/text.h"

#include <charconv>

#include "tandem/base/decimal.h"

namespace tandem {
namespace {

template <class T>
void append_number(std::string& to, T value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  to.append(digits, end);
}

}  // namespace

void append(std::string& to, long long value) { append_number(to, value); }
void append(std::string& to, unsigned long long value) { append_number(to, value); }
void append(std::string& to, double value) { to += shortest_decimal(value); }

void TextPart::append_characters(std::string& to, const void* value) {
  to += static_cast<const char*>(value);
}

std::string join(std::initializer_list<TextPart> parts) {
  std::string s;
  for (const TextPart& part : parts) part.append_to(s);
  return s;
}

}  // namespace tandem
