// Joins values into a string without iostreams: text("dim ", 3, " of ", shape).
#pragma once
#include <initializer_list>
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

/// A value that joins into a text with others, by reference. A type joins in by an
/// `append(std::string&, const T&)` beside it.
class TextPart {
 public:
  TextPart(const char* value) : value_(value), append_(append_characters) {}
  template <class T>
  TextPart(const T& value)
      : value_(&value),
        append_([](std::string& to, const void* v) { append(to, *static_cast<const T*>(v)); }) {}
  void append_to(std::string& to) const { append_(to, value_); }

 private:
  static void append_characters(std::string& to, const void* value);

  const void* value_;
  void (*append_)(std::string& to, const void* value);
};

std::string join(std::initializer_list<TextPart> parts);

/// Every text is put together by the same code: there are a thousand kinds of them.
template <class... Parts>
std::string text(const Parts&... parts) {
  return join({TextPart(parts)...});
}

}  // namespace tandem
