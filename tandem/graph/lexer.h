// The words of a program's text, and errors that point at them.
#pragma once
#include <string>
#include <string_view>

#include "tandem/base/error.h"

namespace tandem::graph {

enum class TokenKind : uint8_t {
  end,
  word,         // program, f32, conv2d, true
  number,       // 3, 2.0, 1e-05_f64
  value,        // %image, %7
  state,        // @conv1.weight, @"odd name"
  constant,     // #mask
  string,       // "mean"
  punctuation,  // one character, or "->"
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as it stands there
  std::string name;       // of a string and of what has a sigil: without sigil, quotes and escapes

  bool is(std::string_view word_or_punctuation) const {
    return (kind == TokenKind::word || kind == TokenKind::punctuation) &&
           text == word_or_punctuation;
  }
};

/// Reads a token at a time, and looks ahead by being copied.
class Lexer {
 public:
  /// Both outlive the lexer. Error: code format for a text above max_text.
  Lexer(std::string_view text, std::string_view source);

  const Token& peek() const { return token_; }
  Token take();
  bool accept(std::string_view word_or_punctuation);
  Token expect(std::string_view word_or_punctuation);
  Token expect(TokenKind kind, std::string_view what);

  /// "program:12:7: message", the line and a caret under `at`.
  template <class... Parts>
  [[noreturn]] void error(std::string_view at, const Parts&... parts) const {
    point_at(at, text(parts...));
  }
  /// The same: expected …, got the next token.
  [[noreturn]] void expected(std::string_view what) const;

 private:
  void advance();
  std::string_view quoted(std::size_t start, std::string& name) const;
  [[noreturn]] void point_at(std::string_view at, const std::string& message) const;

  std::string_view text_, source_;
  std::size_t next_ = 0;  // where the token after this one is looked for
  Token token_;
};

}  // namespace tandem::graph
