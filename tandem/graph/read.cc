#include "tandem/graph/read.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "tandem/base/attempt.h"
#include "tandem/base/nearest.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/literal.h"
#include "tandem/graph/names.h"

namespace tandem::graph {
namespace {

/// Whole numbers, sums, products and quotients of symbolic dims.
class Expression {
 public:
  Expression(Lexer& lexer, const Symbols& symbols) : lexer_(lexer), symbols_(symbols) {}

  SymbolicInt sum() {
    SymbolicInt value = product();
    for (;;) {
      const std::string_view at = lexer_.peek().text;
      if (lexer_.accept("+"))
        value = checked(at, [&, right = product()] { return value + right; });
      else if (lexer_.accept("-"))
        value = checked(at, [&, right = product()] { return value - right; });
      else
        return value;
    }
  }

 private:
  SymbolicInt product() {
    SymbolicInt value = factor();
    for (;;) {
      const std::string_view at = lexer_.peek().text;
      if (lexer_.accept("*"))
        value = checked(at, [&, right = factor()] { return value * right; });
      else if (lexer_.accept("/"))
        value = checked(at, [&, right = integer("")] { return value.floor_divide(right); });
      else
        return value;
    }
  }

  SymbolicInt factor() {
    const Token& next = lexer_.peek();
    if (++steps_ > max_steps) lexer_.error(next.text, "the expression is too long");
    if (next.kind == TokenKind::number) return integer("");
    if (next.kind == TokenKind::word) return symbol();
    if (++depth_ > max_depth) lexer_.error(next.text, "the expression is nested too deep");
    SymbolicInt value;
    const std::string_view at = next.text;
    if (lexer_.accept("-")) {
      if (lexer_.peek().kind == TokenKind::number)
        value = integer("-");
      else
        value = checked(at, [&, right = factor()] { return right * -1; });
    } else if (lexer_.accept("(")) {
      value = sum();
      lexer_.expect(")");
    } else {
      lexer_.expected("a whole number or a symbolic dim");
    }
    --depth_;
    return value;
  }

  int64_t integer(std::string_view sign) {
    const Token token = lexer_.expect(TokenKind::number, "a whole number");
    const std::string digits = text(sign, token.text);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
      lexer_.error(token.text, "expected a number that int64 holds, got ", digits);
    if (end != digits.data() + digits.size())
      lexer_.error(token.text, "expected a whole number, got ", digits);
    return value;
  }

  SymbolicInt symbol() {
    const Token token = lexer_.take();
    const auto it = std::ranges::find(symbols_, token.text);
    if (it == symbols_.end()) {
      std::string others;
      for (const std::string& name : symbols_)
        others += (others.empty() ? "; there are " : ", ") + name;
      lexer_.error(token.text, "there is no symbolic dim '", token.text,
                   "': a size of an input or of state, alone, makes one", others);
    }
    return SymbolicInt::symbol(int(it - symbols_.begin()));
  }

  /// What expressions cannot hold is an error at the operator.
  template <class F>
  SymbolicInt checked(std::string_view at, const F& f) const {
    decltype(f()) result{};
    if (const auto error = attempt([&] { result = f(); }))
      lexer_.error(at, std::string_view(error->what()).substr(error->op().size() + 2));
    return result;
  }

  static constexpr int max_steps = 1000;
  Lexer& lexer_;
  const Symbols& symbols_;
  int depth_ = 0, steps_ = 0;
};

std::optional<DType> find_dtype(std::string_view text) {
  for (int t = 0; t < dtype_count; ++t)
    if (name(DType(t)) == text) return DType(t);
  return {};
}

/// Is this word one of those that stand for numbers, perhaps with a dtype behind it?
bool is_number_word(const Token& token) {
  if (token.kind != TokenKind::word) return false;
  const std::string_view first = token.text.substr(0, token.text.find('_'));
  return first == "true" || first == "false" || first == "nan" || first == "inf";
}

bool starts_number(const Token& token) {
  return token.kind == TokenKind::number || is_number_word(token) || token.is("-");
}

/// A number with its sign, as it stands there.
std::string number_text(Lexer& lexer, Token& token) {
  const std::string_view sign = lexer.accept("-") ? "-" : "";
  if (lexer.peek().kind != TokenKind::number && !is_number_word(lexer.peek()))
    lexer.expected("a number");
  token = lexer.take();
  return text(sign, token.text);
}

}  // namespace

SymbolicInt read_expression(Lexer& lexer, const Symbols& symbols) {
  return Expression(lexer, symbols).sum();
}

DType read_dtype(Lexer& lexer) {
  const Token token = lexer.expect(TokenKind::word, "a dtype");
  if (const auto dtype = find_dtype(token.text)) return *dtype;
  std::vector<std::string_view> names;
  for (int t = 0; t < dtype_count; ++t) names.push_back(name(DType(t)));
  lexer.error(token.text, "there is no dtype '", token.text, "'", did_you_mean(token.text, names));
}

SymbolicType read_type(Lexer& lexer, Symbols& symbols, NewSymbols new_symbols) {
  SymbolicType type(read_dtype(lexer), {});
  lexer.expect("[");
  if (lexer.accept("]")) return type;
  do {
    const Token& next = lexer.peek();
    if (type.shape.size() == Dims::max_rank)
      lexer.error(next.text, "expected at most ", Dims::max_rank, " dims");
    if (new_symbols == NewSymbols::yes && next.kind == TokenKind::word &&
        !std::ranges::count(symbols, next.text)) {
      if (!is_symbol_name(next.text))
        lexer.error(next.text, "a symbolic dim cannot be named '", next.text, "'");
      Lexer ahead = lexer;
      ahead.take();
      if (ahead.peek().is(",") || ahead.peek().is("]")) {
        if (symbols.size() == max_symbols)
          lexer.error(next.text, "expected at most ", max_symbols, " symbolic dims");
        symbols.emplace_back(next.text);
      }
    }
    const std::string_view at = next.text;
    type.shape.push_back(read_expression(lexer, symbols));
    if (const SymbolicInt& size = type.shape.back(); size.is_constant() && size.constant() < 0)
      lexer.error(at, "expected a size of 0 or more, got ", size.constant());
  } while (lexer.accept(","));
  if (!lexer.accept("]")) lexer.expected("',' or ']'");
  return type;
}

std::optional<Number> read_number(Lexer& lexer) {
  if (!starts_number(lexer.peek())) return {};
  Token token;
  std::string digits = number_text(lexer, token);
  Number number;
  if (const std::size_t cut = digits.rfind('_'); cut != digits.npos) {
    number.dtype = find_dtype(std::string_view(digits).substr(cut + 1));
    if (number.dtype) digits.resize(cut);
  }
  if (!read_literal(digits, number.value))
    lexer.error(token.text, "expected a number in range, got ", digits);
  return number;
}

Tensor read_elements(Lexer& lexer, const SymbolicType& type) {
  const std::string_view at = lexer.expect("[").text;
  std::vector<std::byte> bytes;
  const auto size = std::size_t(size_of(type.dtype));
  if (!lexer.peek().is("]")) do {
      Token token;
      const std::string digits = number_text(lexer, token);
      bytes.resize(bytes.size() + size);
      if (!read_literal(digits, type.dtype, &bytes[bytes.size() - size]))
        lexer.error(token.text, "expected a number that ", name(type.dtype), " holds, got ",
                    digits);
    } while (lexer.accept(","));
  if (!lexer.accept("]")) lexer.expected("',' or ']'");

  // As many as the type says: counted without overflow, for the type may say anything.
  int64_t expected = 1;
  bool fits = true;
  for (const SymbolicInt& n : type.shape)
    fits &= n.is_constant() && !__builtin_mul_overflow(expected, n.constant(), &expected);
  const auto got = int64_t(bytes.size() / size);
  if (!fits || expected != got)
    lexer.error(at, "expected the elements of ", to_string(type, {}), ", got ", got);
  Dims shape;
  for (const SymbolicInt& n : type.shape) shape.push_back(n.constant());
  Tensor tensor = empty(shape, type.dtype);
  if (got) std::memcpy(tensor.impl()->data, bytes.data(), bytes.size());
  return tensor;
}

}  // namespace tandem::graph
