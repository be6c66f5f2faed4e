#include <algorithm>

#include "tandem/base/nearest.h"
#include "tandem/graph/attributes.h"
#include "tandem/graph/literal.h"
#include "tandem/graph/read.h"
#include "tandem/tensor/attribute_value.h"

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
    visit_attribute(info().attribute[attribute_], i_.op.data(), [&](auto& v) { read(v); });
  }

  void read(int64_t& v) { v = integer(0); }
  void read(double& v) {
    const std::string_view at = lexer_.peek().text;
    const Scalar number = scalar();
    if (number.category() == Category::boolean) lexer_.error(at, "expected a number, got ", at);
    v = number.to_double();
  }
  void read(Scalar& v) { v = scalar(); }
  void read(bool& v) {
    v = lexer_.accept("true");
    if (!v && !lexer_.accept("false")) lexer_.expected("true or false");
  }
  void read(DType& v) { v = read_dtype(lexer_); }
  void read(Name& v) {
    v = Name(std::string_view(lexer_.expect(TokenKind::string, "a string in quotes").name));
  }
  void read(Dims& v) {
    v = {};
    lexer_.expect("[");
    if (lexer_.accept("]")) return;
    do {
      if (v.size() == Dims::max_rank)
        lexer_.error(lexer_.peek().text, "expected at most ", Dims::max_rank, " numbers");
      v.push_back(integer(v.size()));
    } while (lexer_.accept(","));
    if (!lexer_.accept("]")) lexer_.expected("',' or ']'");
  }
  template <class T>
  void read(std::optional<T>& v) {
    v = {};
    if (lexer_.accept("none")) return;
    read(v.emplace());
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
