#include <algorithm>
#include <unordered_map>

#include "tandem/base/attempt.h"
#include "tandem/base/nearest.h"
#include "tandem/graph/check.h"
#include "tandem/graph/control_flow.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/names.h"
#include "tandem/graph/read.h"
#include "tandem/graph/spell.h"
#include "tandem/graph/text.h"
#include "tandem/ops/create.h"
#include "tandem/ops/registry.h"

namespace tandem::graph {
namespace {

/// One program, with its bodies.
class Parser {
 public:
  explicit Parser(Lexer& lexer) : lexer_(lexer) {}

  Program program() {
    lexer_.expect("program");
    places_ = {lexer_.peek().text};
    Program p;
    p.name = lexer_.expect(TokenKind::word, "the name of a program").text;
    Block block{p, 0};
    const auto outputs = signature(block, NewSymbols::yes);
    while (lexer_.accept("state")) parameters(block, ParameterKind::state);
    while (lexer_.accept("constant")) parameters(block, ParameterKind::constant);
    contents(block, outputs);
    checked(p);
    return p;
  }

  /// Where the name of the program stands.
  std::string_view name() const { return places_[0]; }

 private:
  struct Block {
    Program& p;
    int depth;
    std::unordered_map<std::string, Value> values = {};  // by name, with its sigil
  };
  struct WrittenOutput {
    std::string name;
    SymbolicType type;
  };

  /// "(inputs) -> (outputs) {"
  std::vector<WrittenOutput> signature(Block& block, NewSymbols new_symbols) {
    lexer_.expect("(");
    if (!lexer_.accept(")")) {
      do input(block, new_symbols);
      while (lexer_.accept(","));
      close(")");
    }
    lexer_.expect("->");
    lexer_.expect("(");
    std::vector<WrittenOutput> outputs;
    if (!lexer_.accept(")")) {
      do {
        WrittenOutput& output = outputs.emplace_back();
        // Only the outputs of a body may go without a name.
        if (block.depth == 0 || lexer_.peek().kind == TokenKind::value) {
          output.name = lexer_.expect(TokenKind::value, "an output such as %y").name;
          lexer_.expect(":");
        }
        output.type = read_type(lexer_, block.p.symbols);
      } while (lexer_.accept(","));
      close(")");
    }
    lexer_.expect("{");
    return outputs;
  }

  void input(Block& block, NewSymbols new_symbols) {
    const Token name = lexer_.expect(TokenKind::value, "an input such as %x");
    if (!is_identifier(name.name))
      lexer_.error(name.text, "expected an input's name to start with a letter, got '", name.text,
                   "'");
    lexer_.expect(":");
    SymbolicType type = read_type(lexer_, block.p.symbols, new_symbols);
    define(block, name, block.p.add_parameter(ParameterKind::input, name.name, std::move(type)));
  }

  void parameters(Block& block, ParameterKind kind) {
    const bool is_state = kind == ParameterKind::state;
    do {
      const Token name =
          lexer_.expect(is_state ? TokenKind::state : TokenKind::constant,
                        is_state ? "a name such as @weight" : "a name such as #mask");
      lexer_.expect(":");
      SymbolicType type =
          read_type(lexer_, block.p.symbols, is_state ? NewSymbols::yes : NewSymbols::no);
      Tensor elements;
      if (!is_state && lexer_.accept("=")) elements = read_elements(lexer_, type);
      define(block, name,
             block.p.add_parameter(kind, name.name, std::move(type), std::move(elements)));
    } while (lexer_.accept(","));
  }

  /// Instructions, updates, return and the closing brace.
  void contents(Block& block, const std::vector<WrittenOutput>& outputs) {
    while (lexer_.peek().kind == TokenKind::value) instruction(block);
    while (block.depth == 0 && lexer_.accept("update")) {
      const Token name = lexer_.expect(TokenKind::state, "a name such as @weight");
      places_.push_back(name.text);
      lexer_.expect("=");
      block.p.updates.push_back({name.name, value(block)});
    }
    if (!lexer_.peek().is("return"))
      lexer_.expected(block.depth               ? "an instruction or 'return'"
                      : block.p.updates.empty() ? "an instruction, 'update' or 'return'"
                                                : "'update' or 'return'");
    const std::string_view at = lexer_.take().text;
    for (const WrittenOutput& output : outputs) {
      if (&output != &outputs.front() && !lexer_.accept(",")) break;
      if (lexer_.peek().is("}")) break;
      const Token token = lexer_.peek();
      const Value v = value(block);
      if (block.p.type(v) != output.type)
        lexer_.error(token.text, "expected a value of type ",
                     to_string(output.type, block.p.symbols), " as ",
                     output.name.empty() ? "this output" : "output %" + output.name, ", got ",
                     to_string(block.p.type(v), block.p.symbols));
      block.p.outputs.push_back({output.name, v});
    }
    if (block.p.outputs.size() < outputs.size())
      lexer_.error(at, "expected ", outputs.size(), outputs.size() == 1 ? " value" : " values",
                   ", got ", block.p.outputs.size());
    if (!lexer_.accept("}")) lexer_.expected("'}'");
  }

  void instruction(Block& block) {
    std::vector<Token> results;
    do results.push_back(lexer_.expect(TokenKind::value, "a result such as %1"));
    while (lexer_.accept(","));
    lexer_.expect("=");
    const Token op = lexer_.expect(TokenKind::word, "the name of an op");
    Instruction i;
    i.op = AnyOp(find(op));
    operands(block, i);
    places_.push_back(op.text);
    read_attributes(lexer_, i, block.p.symbols);
    if (!lexer_.accept(":")) lexer_.expected("':' and the type of the result");
    for (const Token& result : results) {
      if (&result != &results.front() && !lexer_.accept(","))
        lexer_.expected("',' and the type of " + std::string(result.text));
      i.results.push_back(block.p.add_value(read_type(lexer_, block.p.symbols)));
    }
    if (lexer_.accept("loc")) location();
    i.where = where_;
    if (const int n = body_count(i.info()); n > 0) {
      lexer_.expect("{");
      for (int b = 0; b < n; ++b) i.bodies.push_back(body(block, body_name(i.info(), b)));
      if (!lexer_.accept("}")) lexer_.expected("'}'");
    }
    for (std::size_t r = 0; r < results.size(); ++r) define(block, results[r], i.results[r]);
    block.p.instructions.push_back(std::move(i));
  }

  const OpInfo& find(const Token& op) const {
    if (const OpInfo* info = find_instruction(op.text)) return *info;
    if (!has_all_ops())
      fail(ErrorCode::unsupported, op.text,
           "the op is not among those that this runtime was built with: add it to TANDEM_OPS, or "
           "the program file to TANDEM_PROGRAMS, and build it again");
    std::vector<std::string_view> names = {"if", "while", "scan", "fused"};
    for (const OpInfo* info : all_ops()) names.push_back(info->name());
    lexer_.error(op.text, "there is no op '", op.text, "'", did_you_mean(op.text, names));
  }

  void operands(Block& block, Instruction& i) {
    struct Literal {
      std::size_t operand;
      Number number;
      std::string_view place;
    };
    std::vector<Literal> literals;
    std::optional<DType> first;
    lexer_.expect("(");
    if (!lexer_.accept(")")) {
      do {
        const Token token = lexer_.peek();
        i.operands.push_back(no_value);
        if (lexer_.accept("_")) continue;
        if (const auto number = read_number(lexer_)) {
          literals.push_back({i.operands.size() - 1, *number, token.text});
          continue;
        }
        const Value v = i.operands.back() = value(block);
        if (const DType dtype = block.p.type(v).dtype; !first && dtype != boolean) first = dtype;
      } while (lexer_.accept(","));
      close(")");
    }
    // The optional operands at the end may be left out of the text too.
    const OpInfo& info = i.info();
    while (!info.list && int(i.operands.size()) < info.operands &&
           info.optional >> i.operands.size() & 1)
      i.operands.push_back(no_value);
    for (const Literal& l : literals) {
      places_.push_back(l.place);
      i.operands[l.operand] = number(block, l.number, first);
    }
  }

  /// A number is an instruction of its own, before the one that it stands in.
  Value number(Block& block, const Number& n, std::optional<DType> first) const {
    const DType dtype = n.dtype.value_or(number_dtype(first, n.value.category()));
    const Full full{Dims(), n.value, dtype};
    Instruction i;
    i.op = AnyOp(info_of<Full>, &full);
    i.results = {block.p.add_value({dtype, {}})};
    i.where = where_;
    block.p.instructions.push_back(i);
    return i.result();
  }

  Program body(const Block& outer, std::string_view name) {
    const Token label = lexer_.expect(name);
    if (outer.depth == max_depth)
      lexer_.error(label.text, "bodies are nested more than ", max_depth, " deep");
    Program p;
    p.name = name;
    p.symbols = outer.p.symbols;
    Block block{p, outer.depth + 1};
    const auto outputs = signature(block, NewSymbols::no);
    contents(block, outputs);
    return p;
  }

  /// "(\"digits.cc\":31)", or "()" for no line.
  void location() {
    where_ = {};
    lexer_.expect("(");
    if (lexer_.accept(")")) return;
    const Token file = lexer_.expect(TokenKind::string, "a file's name in quotes");
    lexer_.expect(":");
    const std::string_view at = lexer_.peek().text;
    const int64_t line = read_expression(lexer_, {}).constant();
    if (line < 1 || line > UINT32_MAX) lexer_.error(at, "expected the number of a line");
    where_ = make_location(file.name, unsigned(line));
    close(")");
  }

  Value value(const Block& block) const {
    const Token& token = lexer_.peek();
    if (token.kind != TokenKind::value && token.kind != TokenKind::state &&
        token.kind != TokenKind::constant)
      lexer_.expected("a value such as %x");
    const auto it = block.values.find(key(token));
    if (it == block.values.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, v] : block.values) names.push_back(name);
      std::ranges::sort(names);
      lexer_.error(token.text, "there is no value ", key(token), " here",
                   token.name.size() > 2 ? did_you_mean(key(token), names) : "",
                   block.depth ? "; a body sees its own inputs and values only" : "");
    }
    lexer_.take();
    return it->second;
  }

  void define(Block& block, const Token& name, Value v) const {
    if (name.name.empty()) lexer_.error(name.text, "expected a name after '", name.text, "'");
    if (!block.values.emplace(key(name), v).second)
      lexer_.error(name.text, key(name), " is defined twice");
  }

  static std::string key(const Token& token) {
    return spelled_name(ParameterKind(int(token.kind) - int(TokenKind::value)), token.name);
  }

  void close(std::string_view bracket) {
    if (!lexer_.accept(bracket)) lexer_.expected(text("',' or '", bracket, "'"));
  }

  /// check(), its errors at the instruction's op.
  void checked(const Program& p) const {
    int reached = 0;
    if (const auto error = attempt([&] { check(p, &reached); }))
      lexer_.error(places_[std::size_t(reached)], error->what());
  }

  Lexer& lexer_;
  std::vector<std::string_view> places_;  // of the name, each instruction, each update
  Location where_{};                      // of the instruction before
};

}  // namespace

ProgramSet parse(std::string_view text, std::string_view source) {
  Lexer lexer(text, source);
  ProgramSet set;
  std::vector<std::string_view> names;
  while (lexer.peek().kind != TokenKind::end) {
    Parser parser(lexer);
    set.programs.push_back(parser.program());
    names.push_back(parser.name());
  }
  int reached = 0;
  if (const auto error = attempt([&] { check_together(set, &reached); }))
    lexer.error(names[std::size_t(reached)], error->what());
  return set;
}

Program parse_program(std::string_view text, std::string_view source) {
  ProgramSet set = parse(text, source);
  if (set.programs.size() != 1)
    fail(ErrorCode::format, source, "expected one program, got ", set.programs.size());
  return std::move(set.programs[0]);
}

}  // namespace tandem::graph
