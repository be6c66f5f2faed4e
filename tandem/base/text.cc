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

}  // namespace tandem
