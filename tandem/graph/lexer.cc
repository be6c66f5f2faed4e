#include "tandem/graph/lexer.h"

#include <algorithm>

#include "tandem/graph/limits.h"
#include "tandem/graph/names.h"

namespace tandem::graph {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// A line is shown up to here, from the part that the caret points at.
constexpr std::size_t max_shown = 120;

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// "2", "2.5", "1e+20", each perhaps with "_f64"; what is malformed is found by who reads it.
std::size_t number_length(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() &&
         (is_name_character(s[n]) || ((s[n] == '+' || s[n] == '-') && s[n - 1] == 'e')))
    ++n;
  return n;
}

std::string shown(std::string_view text) {
  return text.empty() ? "the end" : "'" + std::string(text.substr(0, 40)) + "'";
}

}  // namespace

Lexer::Lexer(std::string_view text, std::string_view source) : text_(text), source_(source) {
  if (text.size() > max_text)
    fail(ErrorCode::format, source, "expected at most ", max_text, " bytes of text, got ",
         text.size());
  advance();
}

void Lexer::advance() {
  for (;;) {
    while (next_ < text_.size() && is_space(text_[next_])) ++next_;
    if (!text_.substr(next_).starts_with("//")) break;
    next_ = std::min(text_.find('\n', next_), text_.size());
  }
  const std::string_view rest = text_.substr(next_);
  token_.name.clear();
  if (rest.empty()) {
    token_.kind = TokenKind::end;
    token_.text = rest;
    return;
  }
  constexpr std::string_view sigils = "%@#";
  std::size_t length = 1;
  if (const std::size_t sigil = sigils.find(rest[0]); sigil != sigils.npos) {
    token_.kind = TokenKind(int(TokenKind::value) + int(sigil));
    if (rest.size() > 1 && rest[1] == '"') {
      length += quoted(next_ + 1, token_.name).size();
    } else {
      while (length < rest.size() && is_name_character(rest[length])) ++length;
      token_.name = rest.substr(1, length - 1);
    }
  } else if (rest[0] == '"') {
    token_.kind = TokenKind::string;
    length = quoted(next_, token_.name).size();
  } else if (is_digit(rest[0])) {
    token_.kind = TokenKind::number;
    length = number_length(rest);
  } else if (is_name_character(rest[0]) && rest[0] != '.') {
    token_.kind = TokenKind::word;
    while (length < rest.size() && is_name_character(rest[length])) ++length;
  } else {
    token_.kind = TokenKind::punctuation;
    if (rest.starts_with("->")) length = 2;
    if (std::string_view("(){}[],:=+-*/").find(rest[0]) == std::string_view::npos)
      error(rest.substr(0, 1), "unexpected character ", shown(rest.substr(0, 1)));
  }
  token_.text = rest.substr(0, length);
  next_ += length;
  if (token_.name.size() > max_name || (token_.kind == TokenKind::word && length > max_name))
    error(token_.text, "a name has more than ", max_name, " characters");
}

std::string_view Lexer::quoted(std::size_t start, std::string& name) const {
  std::size_t i = start + 1;
  const auto unfinished = [&] { error(text_.substr(start, 1), "expected a closing '\"'"); };
  for (; i < text_.size() && text_[i] != '"'; ++i) {
    char c = text_[i];
    if (c == '\n') break;
    if (c == '\\') {
      const std::size_t escape = i;
      const char kind = i + 1 < text_.size() ? text_[++i] : ' ';
      const int high = i + 2 < text_.size() ? hex_digit(text_[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text_[i + 2]) : -1;
      if (kind == '"' || kind == '\\')
        c = kind;
      else if (kind == 'n')
        c = '\n';
      else if (kind == 't')
        c = '\t';
      else if (kind == 'x' && low >= 0 && high + low > 0)
        c = char(high * 16 + low), i += 2;
      else
        error(text_.substr(escape, 1), R"(expected one of \" \\ \n \t \x01 ... \xff)");
    }
    if (c == '\0') error(text_.substr(i, 1), "unexpected zero byte");
    name += c;
  }
  if (i >= text_.size() || text_[i] != '"') unfinished();
  return text_.substr(start, i + 1 - start);
}

Token Lexer::take() {
  Token token = std::move(token_);
  advance();
  return token;
}

bool Lexer::accept(std::string_view word_or_punctuation) {
  if (!token_.is(word_or_punctuation)) return false;
  advance();
  return true;
}

Token Lexer::expect(std::string_view word_or_punctuation) {
  if (!token_.is(word_or_punctuation)) expected(shown(word_or_punctuation));
  return take();
}

Token Lexer::expect(TokenKind kind, std::string_view what) {
  if (token_.kind != kind) expected(what);
  return take();
}

void Lexer::expected(std::string_view what) const {
  error(token_.text, "expected ", what, ", got ", shown(token_.text));
}

void Lexer::point_at(std::string_view at, const std::string& message) const {
  // At the end there is no character: its place is behind the last one.
  const std::size_t place = at.empty() ? text_.size() : std::size_t(at.data() - text_.data());
  const std::size_t start = place == 0 ? 0 : text_.rfind('\n', place - 1) + 1;
  const std::size_t end = std::min(text_.find('\n', place), text_.size());
  const auto line = 1 + std::ranges::count(text_.substr(0, place), '\n');
  const std::size_t column = place - start;
  const std::size_t from = column < max_shown ? start : place - max_shown / 2;
  std::string quote, caret;
  for (std::size_t i = from; i < std::min(end, from + max_shown); ++i) {
    const auto c = static_cast<unsigned char>(text_[i]);
    quote += c < 32 || c == 127 ? ' ' : text_[i];
    // A character of several bytes is one wide: only its first byte counts.
    if (i < place && (c & 0xc0) != 0x80) caret += ' ';
  }
  fail(ErrorCode::format, text(source_, ":", line, ":", column + 1), message, "\n  ", quote, "\n  ",
       caret, "^");
}

}  // namespace tandem::graph
