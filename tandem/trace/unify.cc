#include "tandem/trace/unify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <optional>

#include "tandem/base/attempt.h"
#include "tandem/graph/attributes.h"
#include "tandem/graph/infer_results.h"
#include "tandem/tensor/apply.h"

namespace tandem::trace_detail {
namespace {

using graph::Instruction;
using graph::Sizes;
using graph::SymbolicInt;
using graph::SymbolicType;
using graph::Symbols;

std::string shown(const Instruction& i) { return text(i.info().name(), " at ", i.where); }

bool same_constant(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined()) return false;
  if (!a || (a.data_ptr() == b.data_ptr() && a.type() == b.type() && a.strides() == b.strides()))
    return true;
  if (a.type() != b.type()) return false;
  const Tensor x = copy_of(a), y = copy_of(b);
  return std::memcmp(x.data_ptr(), y.data_ptr(), std::size_t(x.nbytes())) == 0;
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool same_instruction(const Instruction& x, const Instruction& y) {
  return graph::same_but_for_slots(x.op, y.op) && x.operands == y.operands &&
         x.results == y.results && x.where.line() == y.where.line() &&
         x.bodies.size() == y.bodies.size();
}
bool same_results(const std::vector<graph::Output>& p, const std::vector<graph::Output>& q) {
  return std::ranges::equal(p, q, [](const graph::Output& u, const graph::Output& v) {
    return u.name == v.name && u.value == v.value;
  });
}
bool same_structure(const Program& a, const Program& b) {
  return std::ranges::equal(a.instructions, b.instructions, same_instruction) &&
         same_results(a.outputs, b.outputs) && same_results(a.updates, b.updates) &&
         std::ranges::equal(a.parameters, b.parameters,
                            [](const graph::Parameter& p, const graph::Parameter& q) {
                              return same_constant(p.constant, q.constant);
                            });
}

using TypeAt = std::function<std::optional<Type>(const Sizes&)>;

/// The types of an instruction's results at other points than those that were traced.
class Inferred {
 public:
  Inferred(const Program& program, const Instruction& instruction)
      : program_(program), instruction_(instruction) {}

  /// None where the op does not take these sizes, or has bodies.
  std::optional<Type> result(const Sizes& sizes, std::size_t index) {
    if (!instruction_.info().infer) return {};
    const auto [it, is_new] = results_.try_emplace(sizes);
    if (is_new) attempt([&] { it->second = infer(sizes); });
    if (it->second.empty()) return {};
    return it->second[index];
  }

 private:
  std::vector<Type> infer(const Sizes& sizes) const {
    AnyOp op = instruction_.op;
    graph::set_solved(op, instruction_.solved, sizes);
    std::vector<Type> types;
    for (const graph::Value v : instruction_.operands)
      types.push_back(v == graph::no_value ? Type() : program_.type(v).at(sizes));
    std::vector<const Type*> operands;
    for (std::size_t i = 0; i < types.size(); ++i)
      operands.push_back(instruction_.operands[i] == graph::no_value ? nullptr : &types[i]);
    return graph::infer_results(op, operands);
  }

  const Program& program_;
  const Instruction& instruction_;
  std::map<Sizes, std::vector<Type>> results_;
};

class Unifier {
 public:
  explicit Unifier(const SamplePoints& samples)
      : symbols_(samples.symbols), points_(samples.traced), samples_(samples) {}

  Program unified(const std::vector<const Program*>& traces) {
    for (std::size_t k = 1; k < traces.size(); ++k)
      require_same_structure(*traces[0], *traces[k], k);
    Program program = *traces[0];
    program.symbols = symbols_;
    for (const graph::Parameter& p : program.parameters) unify_type(program, traces, p.value, {});
    for (std::size_t i = 0; i < program.instructions.size(); ++i) {
      Instruction& instruction = program.instructions[i];
      unify_attributes(instruction, traces, i);
      for (std::size_t b = 0; b < instruction.bodies.size(); ++b) {
        std::vector<const Program*> bodies;
        for (const Program* trace : traces) bodies.push_back(&trace->instructions[i].bodies[b]);
        instruction.bodies[b] = unified(bodies);
      }
      Inferred inferred(program, instruction);
      for (std::size_t r = 0; r < instruction.results.size(); ++r)
        unify_type(program, traces, instruction.results[r],
                   [&](const Sizes& sizes) { return inferred.result(sizes, r); });
    }
    return program;
  }

 private:
  std::string point(std::size_t k) const {
    std::string s;
    for (std::size_t i = 0; i < symbols_.size(); ++i)
      s += text(i ? ", " : "", symbols_[i], "=", points_[k][i]);
    return s;
  }
  template <class T>
  std::string listed(const std::vector<T>& values) const {
    std::string s;
    for (std::size_t k = 0; k < values.size(); ++k)
      s += text(k ? "; " : "", point(k), ": ", values[k]);
    return s;
  }

  [[noreturn]] void fail_structure(std::size_t k, const std::string& a,
                                   const std::string& b) const {
    fail(ErrorCode::value, "trace", "the program depends on a symbolic dim: with ", point(0),
         " it has ", a, "; with ", point(k), " ", b,
         ". A loop or branch over a symbolic size cannot be recorded: give that dim a number, or "
         "use scan() or where()");
  }

  void require_same_structure(const Program& a, const Program& b, std::size_t k) const {
    const std::size_t n = std::min(a.instructions.size(), b.instructions.size());
    for (std::size_t i = 0; i < n; ++i) {
      const Instruction &x = a.instructions[i], &y = b.instructions[i];
      if (!same_instruction(x, y))
        fail_structure(k, text("instruction ", i + 1, " ", shown(x)),
                       text(shown(y), shown(x) == shown(y) ? " of other values" : ""));
    }
    if (a.instructions.size() != b.instructions.size())
      fail_structure(k, text(a.instructions.size(), " instructions"),
                     text(b.instructions.size(), " instructions"));
    if (!same_results(a.outputs, b.outputs) || !same_results(a.updates, b.updates) ||
        a.parameters.size() != b.parameters.size())
      fail_structure(k, "other results or state", "not");
    for (std::size_t p = 0; p < a.parameters.size(); ++p)
      if (!same_constant(a.parameters[p].constant, b.parameters[p].constant))
        fail(ErrorCode::value, "trace", "a constant of the program, ",
             a.type(a.parameters[p].value).at({}), " with ", point(0), ", is another tensor with ",
             point(k), ": make it with ops inside the traced function");
  }

  /// `type_at` tells the type at other points than those that were traced, where it is known.
  void unify_type(Program& program, const std::vector<const Program*>& traces, graph::Value value,
                  const TypeAt& type_at) {
    const std::size_t v = std::size_t(value);
    SymbolicType& type = program.types[v];
    for (std::size_t d = 0; d < type.shape.size(); ++d) {
      std::vector<Sizes> points = points_;
      std::vector<int64_t> sizes;
      for (const Program* trace : traces) {
        if (trace->types[v].shape.size() != type.shape.size())
          fail(ErrorCode::value, "trace", "the rank of the result of ", maker(program, v),
               " depends on the symbolic dims: with ", point(0), " it is ", type.shape.size());
        sizes.push_back(trace->types[v].shape[d].constant());
      }
      const std::vector<int64_t> traced = sizes;
      const auto ask = [&](const std::vector<Sizes>& more) {
        for (const Sizes& at : more)
          if (const std::optional<Type> there = type_at ? type_at(at) : std::nullopt) {
            points.push_back(at);
            sizes.push_back(there->shape[int(d)]);
          }
      };
      ask(samples_.large);
      auto solved = solve(points, sizes);
      if (!solved || !(solved->is_constant() || solved->is_product())) {
        ask(samples_.neighbours);
        solved = solve(points, sizes);
      }
      if (!solved)
        fail(ErrorCode::value, "trace", "dim ", d, " of the result of ", maker(program, v),
             " is no expression in the symbolic dims: ", listed(traced));
      type.shape[d] = *solved;
      if (std::ranges::find(found_, *solved) == found_.end()) {
        found_.push_back(*solved);
        solved->collect_quotients(quotients_);
      }
    }
  }
  std::string maker(const Program& program, std::size_t v) const {
    for (const Instruction& i : program.instructions)
      for (graph::Value result : i.results)
        if (result == graph::Value(v)) return shown(i);
    return "an input";
  }

  void unify_attributes(Instruction& instruction, const std::vector<const Program*>& traces,
                        std::size_t i) const {
    const int slots = graph::slot_count(instruction.op);
    for (int slot = 0; slot < slots; ++slot) {
      std::vector<double> values;
      for (const Program* trace : traces)
        values.push_back(graph::slot_number(trace->instructions[i].op, slot));
      if (std::ranges::all_of(values, [&](double v) { return same_bits(v, values[0]); })) continue;
      const bool floating = graph::slot_is_floating(instruction.op, slot);
      if (auto solved = solve_whole(values)) {
        instruction.solved.push_back({slot, *solved, false});
      } else if (auto inverse = floating ? solve_reciprocal(values) : std::nullopt) {
        instruction.solved.push_back({slot, *inverse, true});
      } else {
        fail(ErrorCode::value, "trace", "attribute ", graph::slot_name(instruction.op, slot),
             " of ", shown(instruction),
             " is no expression in the symbolic dims: ", listed(values));
      }
    }
  }
  /// What was found before is tried first: most sizes of a program recur.
  std::optional<SymbolicInt> solve(const std::vector<Sizes>& points,
                                   const std::vector<int64_t>& values) const {
    for (const SymbolicInt& before : found_) {
      bool fits = true;
      for (std::size_t k = 0; fits && k < points.size(); ++k)
        fits = before.at(points[k]) == values[k];
      if (fits) return before;
    }
    return graph::solve(points, values, quotients_);
  }
  std::optional<SymbolicInt> solve_whole(const std::vector<double>& values) const {
    std::vector<int64_t> whole;
    for (double v : values) {
      if (!(std::fabs(v) < 0x1p62) || v != std::floor(v)) return {};
      whole.push_back(int64_t(v));
    }
    return solve(points_, whole);
  }
  std::optional<SymbolicInt> solve_reciprocal(const std::vector<double>& values) const {
    std::vector<double> inverse;
    for (double v : values) {
      inverse.push_back(std::round(1 / v));
      if (1 / inverse.back() != v) return {};
    }
    return solve_whole(inverse);
  }

  const Symbols& symbols_;
  const std::vector<Sizes>& points_;
  const SamplePoints& samples_;
  std::vector<SymbolicInt> found_, quotients_;  // sizes so far, and what they are made of
};

}  // namespace

AttributeUse attribute_use(const Program& program) {
  AttributeUse use;
  for (const Instruction& i : program.instructions) {
    for (const graph::SolvedAttribute& s : i.solved) {
      use.sizes = true;
      use.expressions |= !s.value.is_product();
    }
    for (const Program& body : i.bodies) {
      const AttributeUse inside = attribute_use(body);
      use.sizes |= inside.sizes;
      use.expressions |= inside.expressions;
    }
  }
  return use;
}

bool agrees(const Program& program, const Program& traced, const Sizes& sizes) {
  if (!same_structure(program, traced)) return false;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction &solved = program.instructions[i], &found = traced.instructions[i];
    AnyOp op = solved.op;
    graph::set_solved(op, solved.solved, sizes);
    for (int slot = 0; slot < graph::slot_count(op); ++slot)
      if (!same_bits(graph::slot_number(op, slot), graph::slot_number(found.op, slot)))
        return false;
    for (std::size_t b = 0; b < solved.bodies.size(); ++b)
      if (!agrees(solved.bodies[b], found.bodies[b], sizes)) return false;
  }
  const auto same_type = [&](graph::Value v) {
    return program.type(v).at(sizes) == traced.type(v).at({});
  };
  for (const Instruction& i : program.instructions)
    if (!std::ranges::all_of(i.results, same_type)) return false;
  return std::ranges::all_of(program.parameters,
                             [&](const graph::Parameter& p) { return same_type(p.value); });
}

Program unify(const std::vector<Program>& traces, const SamplePoints& samples) {
  std::vector<const Program*> all;
  for (const Program& trace : traces) all.push_back(&trace);
  return Unifier(samples).unified(all);
}

}  // namespace tandem::trace_detail
