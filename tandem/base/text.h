// Joins values into a string without iostreams: text("dim ", 3, " of ", shape).
#pragma once
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

namespace tandem {

void append(std::string& to, long long value);
void append(std::string& to, unsigned long long value);
/// The shortest text that reads back as the same double.
void append(std::string& to, double value);

inline void append(std::string& to, std::string_view value) { to += value; }
inline void append(std::string& to, const char* value) { to += value; }
inline void append(std::string& to, const std::string& value) { to += value; }
inline void append(std::string& to, char value) { to += value; }
inline void append(std::string& to, bool value) { to += value ? "true" : "false"; }
template <class T>
  requires(std::is_integral_v<T>)
void append(std::string& to, T value) {
  if constexpr (std::is_signed_v<T>)
    append(to, static_cast<long long>(value));
  else
    append(to, static_cast<unsigned long long>(value));
}
inline void append(std::string& to, float value) { append(to, double(value)); }

/// "digits.cc:31"
inline void append(std::string& to, const std::source_location& where) {
  append(to, where.file_name());
  to += ':';
  append(to, static_cast<unsigned long long>(where.line()));
}

/// A type joins in by an `append(std::string&, const T&)` beside it.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string s;
  (append(s, parts), ...);
  return s;
}

}  // namespace tandem
