#include <algorithm>

#include "tandem/base/nearest.h"
#include "tandem/graph/attributes.h"
#include "tandem/graph/literal.h"
#include "tandem/graph/read.h"

namespace tandem::graph {
namespace {

/// Stands in an op for a number that is computed when sizes are known.
constexpr int64_t unknown = 1;

class Attributes {
 public:
  Attributes(Lexer& lexer, Instruction& instruction, const Symbols& symbols)
      : lexer_(lexer), i_(instruction), symbols_(symbols) {}

  void read() {
    const std::string_view at = lexer_.peek().text;
    if (lexer_.accept("{") && !lexer_.accept("}")) {
      do attribute();
      while (lexer_.accept(","));
      if (!lexer_.accept("}")) lexer_.expected("',' or '}'");
    }
    for (int a = 0; a < info().attributes; ++a)
      if (info().attribute[a].required && !(seen_ >> a & 1))
        lexer_.error(at, info().name(), " needs {", info().attribute[a].name,
                     " = ...}: ", info().signature.text);
    // A slot's number depends on the lengths of the Dims before it, so they are counted at last.
    for (const Solved& s : solved_)
      i_.solved.push_back({first_slot(i_.op, s.attribute) + s.entry, s.value, s.reciprocal});
    std::ranges::sort(i_.solved, {}, &SolvedAttribute::slot);
  }

 private:
  struct Solved {
    int attribute, entry;
    SymbolicInt value;
    bool reciprocal;
  };
  /// A number, or an expression for one.
  struct Numeric {
    Scalar plain;
    SymbolicInt value;
    bool is_solved = false, reciprocal = false;
  };

  const OpInfo& info() const { return i_.info(); }

  void attribute() {
    const Token key = lexer_.expect(TokenKind::word, "the name of an attribute");
    attribute_ = -1;
    std::vector<std::string_view> names;
    for (int a = 0; a < info().attributes; ++a) {
      names.push_back(info().attribute[a].name);
      if (names.back() == key.text) attribute_ = a;
    }
    if (attribute_ < 0)
      lexer_.error(key.text, info().name(), " has no attribute '", key.text, "'",
                   did_you_mean(key.text, names), ": ", info().signature.text);
    if (seen_ >> attribute_ & 1) lexer_.error(key.text, "'", key.text, "' is set twice");
    seen_ |= 1u << attribute_;
    lexer_.expect("=");
    const AttributeInfo& a = info().attribute[attribute_];
    value(a.kind, a.in(i_.op.data()));
  }

  void value(Kind kind, void* at) {
    switch (kind) {
      case Kind::integer:
        return set<int64_t>(at, integer(0));
      case Kind::number:
        return set<double>(at, floating());
      case Kind::scalar:
        return set<Scalar>(at, scalar());
      case Kind::flag:
        return set<bool>(at, flag());
      case Kind::dims:
        return set<Dims>(at, dims());
      case Kind::dtype:
        return set<DType>(at, read_dtype(lexer_));
      case Kind::string:
        return set<Name>(
            at,
            Name(std::string_view(lexer_.expect(TokenKind::string, "a string in quotes").name)));
      case Kind::optional_integer:
        return set_optional<int64_t>(at, [&] { return integer(0); });
      case Kind::optional_number:
        return set_optional<double>(at, [&] { return floating(); });
      case Kind::optional_dtype:
        return set_optional<DType>(at, [&] { return read_dtype(lexer_); });
    }
  }
  template <class T>
  static void set(void* at, const T& value) {
    *static_cast<T*>(at) = value;
  }
  template <class T, class Read>
  void set_optional(void* at, Read read) {
    set<std::optional<T>>(at, lexer_.accept("none") ? std::optional<T>() : read());
  }

  bool flag() {
    if (lexer_.accept("true")) return true;
    if (lexer_.accept("false")) return false;
    lexer_.expected("true or false");
  }

  Dims dims() {
    Dims d;
    lexer_.expect("[");
    if (lexer_.accept("]")) return d;
    do {
      if (d.size() == Dims::max_rank)
        lexer_.error(lexer_.peek().text, "expected at most ", Dims::max_rank, " numbers");
      d.push_back(integer(d.size()));
    } while (lexer_.accept(","));
    if (!lexer_.accept("]")) lexer_.expected("',' or ']'");
    return d;
  }

  int64_t integer(int entry) {
    const SymbolicInt value = read_expression(lexer_, symbols_);
    if (value.is_constant()) return value.constant();
    solved_.push_back({attribute_, entry, value, false});
    return unknown;
  }

  Scalar scalar() {
    const Numeric n = numeric();
    if (n.is_solved) solved_.push_back({attribute_, 0, n.value, n.reciprocal});
    return n.plain;
  }
  double floating() { return scalar().to_double(); }

  Numeric numeric() {
    const std::string_view at = lexer_.peek().text;
    if (!expression_stands_here())
      if (const auto number = read_number(lexer_)) {
        if (number->dtype) lexer_.error(at, "a number of an attribute has no dtype");
        return {number->value, {}, false, false};
      }
    Numeric n{Scalar(double(unknown)), {}, true, false};
    Lexer ahead = lexer_;
    if (ahead.take().text == "1" && ahead.accept("/")) {
      lexer_ = ahead;
      n.reciprocal = true;
      n.value = divisor();
    } else if (lexer_.accept("float")) {
      lexer_.expect("(");
      n.value = read_expression(lexer_, symbols_);
      lexer_.expect(")");
    } else {
      n.plain = unknown;
      n.value = read_expression(lexer_, symbols_);
    }
    if (n.value.is_constant()) lexer_.error(at, "expected a number or symbolic dims");
    return n;
  }

  /// Of a reciprocal: a symbolic dim, or an expression in parentheses.
  SymbolicInt divisor() {
    if (lexer_.accept("(")) {
      const SymbolicInt value = read_expression(lexer_, symbols_);
      lexer_.expect(")");
      return value;
    }
    Lexer name = lexer_;
    const Token token = lexer_.expect(TokenKind::word, "a symbolic dim or '('");
    if (const std::ptrdiff_t s = std::ranges::find(symbols_, token.text) - symbols_.begin();
        s < std::ssize(symbols_))
      return SymbolicInt::symbol(int(s));
    return read_expression(name, symbols_);  // which says that there is none
  }

  bool expression_stands_here() const {
    Lexer ahead = lexer_;
    ahead.accept("-");
    ahead.take();
    for (const std::string_view op : {"*", "/", "+", "-"})
      if (ahead.peek().is(op)) return true;
    return false;
  }

  Lexer& lexer_;
  Instruction& i_;
  const Symbols& symbols_;
  int attribute_ = -1;
  uint32_t seen_ = 0;
  std::vector<Solved> solved_;
};

}  // namespace

void read_attributes(Lexer& lexer, Instruction& instruction, const Symbols& symbols) {
  Attributes(lexer, instruction, symbols).read();
}

}  // namespace tandem::graph
