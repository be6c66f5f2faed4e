#include "tandem/graph/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "tandem/base/attempt.h"
#include "tandem/graph/attributes.h"
#include "tandem/graph/control_flow.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/names.h"

namespace tandem::graph {
namespace {

/// What needs no types: names, definitions before uses, counts.
class Structure {
 public:
  Structure(const Program& program, Scope scope, int depth, int& reached)
      : p_(program), scope_(scope), depth_(depth), reached_(reached), defined_(p_.types.size()) {}

  void run() {
    names();
    for (const Instruction& i : p_.instructions) {
      scope_.at = &i;
      ++reached_;
      instruction(i);
    }
    scope_.at = nullptr;
    results();
  }

 private:
  template <class... Parts>
  [[noreturn]] void error(const Parts&... parts) const {
    fail_in(scope_, ErrorCode::format, parts...);
  }

  void names() {
    if (!scope_.outer && !is_identifier(p_.name))
      fail(ErrorCode::format, "program", "expected a name of letters, digits, '_' and '.', got ",
           quoted(p_.name));
    if (p_.symbols.size() > max_symbols)
      error("expected at most ", max_symbols, " symbolic dims, got ", p_.symbols.size());
    for (std::size_t s = 0; s < p_.symbols.size(); ++s) {
      if (!is_symbol_name(p_.symbols[s]))
        error("a symbolic dim cannot be named ", quoted(p_.symbols[s]));
      for (std::size_t t = 0; t < s; ++t)
        if (p_.symbols[t] == p_.symbols[s]) error("two symbolic dims are named ", p_.symbols[s]);
    }
    if (scope_.outer && p_.symbols != scope_.outer->program.symbols)
      error("a body has the symbolic dims of the program around it");

    std::set<std::pair<ParameterKind, std::string_view>> taken;
    ParameterKind last = ParameterKind::input;
    for (const Parameter& p : p_.parameters) {
      if (p.kind < last) error("parameters stand in order: inputs, then state, then constants");
      last = p.kind;
      parameter(p);
      if (!taken.emplace(p.kind, p.name).second)
        error("two parameters are named ", spelled_name(p.kind, p.name));
    }
    if (!scope_.outer) symbols_appear();

    std::set<std::string_view> outputs;
    for (const Output& o : p_.outputs) {
      if (scope_.outer && o.name.empty()) continue;
      if (!is_identifier(o.name) || o.name.size() > max_name)
        error("an output cannot be named ", quoted(o.name));
      if (!outputs.insert(o.name).second) error("two outputs are named ", o.name);
    }
  }

  void parameter(const Parameter& p) {
    const std::string name = spelled_name(p.kind, p.name);
    if (p.kind == ParameterKind::input ? !is_identifier(p.name) : p.name.empty())
      error("a parameter cannot be named ", quoted(p.name));
    if (p.name.size() > max_name) error("a name has more than ", max_name, " characters");
    if (scope_.outer && p.kind != ParameterKind::input)
      error(name, ": a body has inputs alone: pass what it needs as operands");
    define(p.value, name);
    if (p.kind == ParameterKind::constant) {
      const SymbolicType& type = p_.type(p.value);
      if (!type.is_constant()) error(name, ": the type of a constant is without symbolic dims");
      if (p.constant.defined() && SymbolicType(p.constant.type()) != type)
        error(name, ": expected elements of type ", to_string(type, {}), ", got ",
              to_string(SymbolicType(p.constant.type()), {}));
    } else if (p.constant.defined()) {
      error(name, ": only constants have elements");
    }
  }

  /// Whoever calls the program finds the sizes of its symbolic dims in the shapes it passes.
  void symbols_appear() const {
    const int symbols = int(p_.symbols.size());
    int introduced = 0;
    for (const Parameter& p : p_.parameters)
      for (const SymbolicInt& n : p_.type(p.value).shape) {
        introduced += n.as_symbol() == introduced;
        for (int s = introduced; s < symbols; ++s)
          if (n.depends_on(s))
            error(spelled_name(p.kind, p.name), ": symbolic dim ", p_.symbols[std::size_t(s)],
                  n.as_symbol() == s ? " comes before its turn"
                                     : " is used before it is a size of its own");
      }
    if (introduced < symbols)
      error("symbolic dim ", p_.symbols[std::size_t(introduced)],
            " is no size of an input or of state");
  }

  void instruction(const Instruction& i) {
    const OpInfo* info = i.op.info;
    if (!info) error("an instruction has no op");
    const int bodies = body_count(*info);
    if (bodies == 0 && !info->infer) error("is shorthand for other ops: a program holds those");
    operands(i);
    if (bodies == 0 ? int(i.results.size()) != info->results : i.results.empty())
      error("expected ", info->results, info->results == 1 ? " result" : " results",
            bodies ? " or more" : "", ", got ", i.results.size());
    solved(i);
    if (int(i.bodies.size()) != bodies)
      error("expected ", bodies, " bodies, got ", i.bodies.size());
    if (bodies && depth_ == max_depth) error("bodies are nested more than ", max_depth, " deep");
    for (int b = 0; b < bodies; ++b) {
      const Program& body = i.bodies[std::size_t(b)];
      Structure(body, {body, &scope_, body_name(*info, b)}, depth_ + 1, reached_).run();
    }
    for (const Value v : i.results) define(v, "a result");
  }

  void operands(const Instruction& i) {
    const OpInfo& info = i.info();
    const int n = int(i.operands.size());
    if (info.list ? n < info.operands : n != info.operands)
      error("expected ", info.operands, info.operands == 1 ? " operand" : " operands",
            info.list ? " or more" : "", ", got ", n, ": ", info.signature.text);
    for (int k = 0; k < n; ++k) {
      const Value v = i.operands[std::size_t(k)];
      if (v == no_value) {
        if (!(info.optional >> std::min(k, info.operands) & 1))
          error("operand ", k + 1, " cannot be left out: ", info.signature.text);
      } else if (!is_defined(v)) {
        error("operand ", k + 1, ", value ", v, ", is used before it is defined");
      }
    }
  }

  void solved(const Instruction& i) const {
    const int slots = i.solved.empty() ? 0 : slot_count(i.op);
    std::set<int> seen;
    for (const SolvedAttribute& s : i.solved) {
      if (s.slot < 0 || s.slot >= slots || !seen.insert(s.slot).second)
        error("an expression for number ", s.slot, " of its attributes, which has ", slots);
      if (s.reciprocal && !slot_is_floating(i.op, s.slot))
        error(slot_name(i.op, s.slot), " is no floating number, and cannot be a reciprocal");
    }
  }

  void results() {
    for (const Output& o : p_.outputs)
      if (!is_defined(o.value)) error("output ", quoted(o.name), " has no value");
    std::map<std::string_view, Value> state;
    for (const Parameter& p : p_.parameters)
      if (p.kind == ParameterKind::state) state.emplace(p.name, p.value);
    for (const Output& u : p_.updates) {
      ++reached_;
      const std::string name = spelled_name(ParameterKind::state, u.name);
      const auto it = state.find(u.name);
      if (it == state.end()) error("update ", name, ": there is no such state, or a second update");
      if (!is_defined(u.value)) error("update ", name, " has no value");
      const SymbolicType &is = p_.type(u.value), &expected = p_.type(it->second);
      if (is != expected)
        error("update ", name, ": expected ", to_string(expected, p_.symbols), ", got ",
              to_string(is, p_.symbols));
      state.erase(it);
    }
  }

  bool is_defined(Value v) const {
    return v >= 0 && std::size_t(v) < defined_.size() && defined_[std::size_t(v)];
  }
  void define(Value v, std::string_view what) {
    if (v < 0 || std::size_t(v) >= defined_.size()) error(what, ", value ", v, ", has no type");
    if (defined_[std::size_t(v)]) error(what, ", value ", v, ", is defined twice");
    defined_[std::size_t(v)] = true;
  }
  static std::string quoted(std::string_view name) {
    std::string s;
    append_quoted(s, name.substr(0, max_name));
    return s;
  }

  const Program& p_;
  Scope scope_;
  int depth_;
  int& reached_;
  std::vector<bool> defined_;
};

/// Types at two sets of sizes. Some ops refuse small sizes (a window larger than the image), some
/// odd ones: sets are tried until two are taken.
void check_types(const Program& program, int& reached) {
  constexpr int64_t candidates[][max_symbols] = {
      {6, 6, 6, 6},     {21, 33, 45, 57},         {64, 64, 64, 64},       {128, 96, 160, 32},
      {1, 1, 1, 1},     {4, 8, 12, 16},           {224, 224, 224, 224},   {105, 210, 315, 420},
      {1, 128, 5, 64},  {1000, 2, 800, 3},        {1024, 512, 2048, 256}, {2520, 5040, 1260, 840},
      {2, 1000, 3, 77}, {1030, 2051, 1540, 4099},
  };
  std::string refused, why;
  int taken = 0, first = 0;
  for (const auto& sizes : candidates) {
    reached = 0;
    const auto error =
        attempt([&] { bind(program, std::span(sizes).first(program.symbols.size()), &reached); });
    if (error && error->code() != ErrorCode::shape) raise(*error);
    if (!error && (++taken == 2 || program.symbols.empty())) return;
    if (error && why.empty()) {
      refused = error->op();
      why = std::string(error->what()).substr(refused.size() + 2);
      first = reached;
    }
    if (program.symbols.empty()) break;
  }
  reached = first;
  fail(ErrorCode::format, refused, why);
}

}  // namespace

void check(const Program& program, int* reached) {
  int ignored;
  int& at = reached ? *reached : ignored;
  at = 0;
  Structure(program, {program}, 0, at).run();
  check_types(program, at);
}

void check(const ProgramSet& programs) {
  for (const Program& p : programs.programs) check(p);
  check_together(programs);
}

void check_together(const ProgramSet& programs, int* reached) {
  std::set<std::string_view> names;
  std::map<std::string_view, std::pair<const Program*, std::string>> state;
  for (const Program& p : programs.programs) {
    if (reached) *reached = int(&p - programs.programs.data());
    if (!names.insert(p.name).second)
      fail(ErrorCode::format, "program", "two programs are named ", p.name);
    for (const Parameter* s : p.of_kind(ParameterKind::state)) {
      const std::string type = to_string(p.type(s->value), p.symbols);
      const auto [it, is_new] = state.emplace(s->name, std::pair(&p, type));
      if (!is_new && it->second.second != type)
        fail(ErrorCode::format, p.name, spelled_name(s->kind, s->name), " is ", type, ", but ",
             it->second.second, " in ", it->second.first->name, ": programs share state by name");
    }
  }
}

}  // namespace tandem::graph
