#include <algorithm>
#include <optional>

#include "tandem/graph/control_flow.h"
#include "tandem/graph/names.h"
#include "tandem/graph/spell.h"
#include "tandem/graph/text.h"

namespace tandem::graph {
namespace {

constexpr std::size_t width = 100;           // lists are wrapped to this
constexpr std::size_t location_column = 72;  // locations of short lines stand below each other

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  std::string program(const Program& p) {
    where_ = {};
    const Names names(p);
    s_ += "program " + p.name;
    signature(p, names, 4);
    for (const auto& [kind, word] : {std::pair(ParameterKind::state, "state "),
                                     std::pair(ParameterKind::constant, "constant ")}) {
      std::vector<std::string> items;
      for (const Parameter* parameter : p.of_kind(kind)) {
        items.push_back(declaration(p, names, parameter->value));
        if (kind == ParameterKind::constant && shows_elements(*parameter))
          items.back() += " = " + spelled_elements(parameter->constant);
      }
      if (items.empty()) continue;
      s_ += text("  ", word);
      list(items, 2 + std::string_view(word).size(), 0);
      s_ += '\n';
    }
    block(p, names, 2);
    s_ += "}\n";
    return std::move(s_);
  }

 private:
  /// What the values of a program are called, and the numbers among them.
  struct Names {
    explicit Names(const Program& p) : value(value_names(p)), number(p.types.size()) {
      const std::vector<bool> inlined = inline_numbers(p);
      for (std::size_t i = 0; i < inlined.size(); ++i)
        if (inlined[i]) number[std::size_t(p.instructions[i].result())] = &p.instructions[i];
    }
    const std::string& operator[](Value v) const { return value[std::size_t(v)]; }

    std::vector<std::string> value;
    std::vector<const Instruction*> number;  // null for what is none
  };

  static std::string declaration(const Program& p, const Names& names, Value v) {
    return text(names[v], ": ", to_string(p.type(v), p.symbols));
  }

  /// "(inputs) -> (outputs) {"
  void signature(const Program& p, const Names& names, std::size_t indent) {
    std::vector<std::string> items;
    for (const Parameter* input : p.of_kind(ParameterKind::input))
      items.push_back(declaration(p, names, input->value));
    s_ += '(';
    list(items, indent, 6);  // of ") -> ("
    s_ += ") -> (";
    items.clear();
    for (const Output& o : p.outputs)
      items.push_back(text(o.name.empty() ? "" : spelled_name(ParameterKind::input, o.name) + ": ",
                           to_string(p.type(o.value), p.symbols)));
    list(items, indent, 3);  // of ") {"
    s_ += ") {\n";
  }

  void block(const Program& p, const Names& names, std::size_t indent) {
    for (const Instruction& i : p.instructions)
      if (i.results.size() != 1 || !names.number[std::size_t(i.result())])
        instruction(p, names, i, indent);
    for (const Output& u : p.updates)
      line(indent,
           text("update ", spelled_name(ParameterKind::state, u.name), " = ", names[u.value]));
    std::vector<std::string> items;
    for (const Output& o : p.outputs) items.push_back(names[o.value]);
    s_.append(indent, ' ') += items.empty() ? "return" : "return ";
    list(items, indent + 4, 0);
    s_ += '\n';
  }

  void instruction(const Program& p, const Names& names, const Instruction& i, std::size_t indent) {
    std::string s, types;
    for (const Value v : i.results) {
      s += text(s.empty() ? "" : ", ", names[v]);
      types += text(types.empty() ? "" : ", ", to_string(p.type(v), p.symbols));
    }
    s += text(" = ", i.info().name(), "(", operands(p, names, i), ")");
    if (const std::string attributes = spelled_attributes(i, p.symbols); !attributes.empty())
      s += " " + attributes;
    s += " : " + types;
    const std::string where = location(i.where);
    if (i.bodies.empty()) {
      if (!where.empty()) {
        s.resize(std::max(s.size() + 2, location_column - std::min(indent, location_column)), ' ');
        s += where;
      }
      line(indent, s);
      return;
    }
    line(indent, text(s, where.empty() ? "" : " ", where, " {"));
    for (std::size_t b = 0; b < i.bodies.size(); ++b) {
      const Program& body = i.bodies[b];
      const Names inner(body);
      s_.append(indent + 2, ' ') += body_name(i.info(), int(b));
      signature(body, inner, indent + 6);
      block(body, inner, indent + 4);
      line(indent + 2, "}");
    }
    line(indent, "}");
  }

  std::string operands(const Program& p, const Names& names, const Instruction& i) const {
    std::optional<DType> first;
    for (const Value v : i.operands)
      if (v != no_value && !names.number[std::size_t(v)] && p.type(v).dtype != boolean) {
        first = p.type(v).dtype;
        break;
      }
    std::size_t n = i.operands.size();
    // Optional operands at the end are left out of the text too, but those of lists count.
    while (!i.info().list && n > 0 && i.operands[n - 1] == no_value) --n;
    std::string s;
    for (std::size_t k = 0; k < n; ++k) {
      const Value v = i.operands[k];
      if (k) s += ", ";
      if (v == no_value)
        s += '_';
      else if (const Instruction* number = names.number[std::size_t(v)])
        s += spelled_number(*number, first);
      else
        s += names[v];
    }
    return s;
  }

  /// Of an instruction whose line is another than that of the one before.
  std::string location(const Location& where) {
    const bool same =
        where.line() == where_.line() && std::string_view(where.file_name()) == where_.file_name();
    if (!options_.locations || same) return "";
    where_ = where;
    if (where.line() == 0) return "loc()";
    std::string s = "loc(";
    append_quoted(s, where.file_name());
    return text(s, ":", where.line(), ")");
  }

  void line(std::size_t indent, std::string_view content) {
    s_.append(indent, ' ').append(content) += '\n';
  }

  /// Items with ", " between, wrapped to `indent`; `tail` more characters follow the last one.
  void list(const std::vector<std::string>& items, std::size_t indent, std::size_t tail) {
    std::size_t column = s_.size() - (s_.rfind('\n') + 1);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::size_t end = i + 1 < items.size() ? 1 : tail;
      const std::size_t space = i > 0;
      if (column > indent && column + space + items[i].size() + end > width) {
        while (s_.back() == ' ') s_.pop_back();
        s_ += '\n';
        s_.append(indent, ' ');
        column = indent;
      } else {
        s_.append(space, ' ');
        column += space;
      }
      s_ += items[i];
      column += items[i].size();
      if (i + 1 < items.size()) s_ += ',', ++column;
    }
  }

  const PrintOptions& options_;
  std::string s_;
  Location where_{};  // of the last instruction that was printed
};

}  // namespace

std::string print(const Program& program, const PrintOptions& options) {
  return Printer(options).program(program);
}

std::string print(const ProgramSet& programs, const PrintOptions& options) {
  std::string s;
  for (const Program& p : programs.programs) s += text(s.empty() ? "" : "\n", print(p, options));
  return s;
}

}  // namespace tandem::graph
