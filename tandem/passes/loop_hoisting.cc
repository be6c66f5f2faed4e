#include "tandem/passes/loop_hoisting.h"

#include <algorithm>

#include "tandem/graph/control_flow.h"
#include "tandem/graph/live_values.h"
#include "tandem/ops/create.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/matmul.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::ParameterKind;
using graph::Scan;
using graph::Value;
using graph::While;

bool is_loop(const Instruction& i) {
  return i.op.info == &info_of<Scan> || i.op.info == &info_of<While>;
}
bool is_free(const Instruction& i) { return i.info().view || i.op.info == &info_of<Full>; }

/// Whatever the elements are. Integers can be divided by zero, indices out of range.
bool cannot_fail(const Program& body, const Instruction& i) {
  const OpInfo* info = i.op.info;
  if (is_free(i) || info == &info_of<Matmul> || info == &info_of<Linear>) return true;
  const auto is_floating_value = [&](Value v) {
    return v == no_value || is_floating(body.type(v).dtype);
  };
  return info->elementwise && std::ranges::all_of(i.operands, is_floating_value);
}

class Hoisting {
 public:
  /// `loop` stands at the end of `before`, in a program with these types.
  Hoisting(Program& program, std::vector<Instruction>& before, Instruction& loop)
      : program_(program), before_(before), loop_(loop) {}

  void run() {
    for (std::size_t b = 0; b < loop_.bodies.size(); ++b) hoist_from(b);
  }

 private:
  /// How many of the bodies' inputs differ from step to step.
  std::size_t varying() const {
    if (loop_.op.info == &info_of<While>)
      return std::size_t(int64_t(static_cast<const While*>(loop_.op.data())->carries));
    const Scan& scan = *static_cast<const Scan*>(loop_.op.data());
    return std::size_t(int64_t(scan.carries) + int64_t(scan.sequences));
  }
  /// Is there a first step for certain?
  bool runs() const {
    if (loop_.op.info != &info_of<Scan>) return false;
    const auto carries = std::size_t(int64_t(static_cast<const Scan*>(loop_.op.data())->carries));
    const graph::SymbolicInt& length = program_.type(loop_.operands[carries]).shape[0];
    return length.is_constant() && length.constant() > 0;
  }

  void hoist_from(std::size_t b) {
    Program& body = loop_.bodies[b];
    maker_.assign(body.types.size(), nullptr);
    outside_.assign(body.types.size(), no_value);
    std::vector<char> is_same(body.types.size());
    for (std::size_t p = varying(); p < body.parameters.size(); ++p) {
      const Value v = body.parameters[p].value;
      is_same[std::size_t(v)] = 1;
      outside_[std::size_t(v)] = loop_.operands[p];
    }
    std::vector<char> moves(body.instructions.size());
    for (std::size_t n = 0; n < body.instructions.size(); ++n) {
      const Instruction& i = body.instructions[n];
      const bool same = i.bodies.empty() && (runs() || cannot_fail(body, i)) &&
                        std::ranges::all_of(i.operands, [&](Value v) {
                          return v == no_value || is_same[std::size_t(v)];
                        });
      if (!same) continue;
      for (Value v : i.results) is_same[std::size_t(v)] = 1, maker_[std::size_t(v)] = &i;
      moves[n] = !is_free(i);
    }
    // What the body still reads when the instructions that move are gone.
    const std::vector<char> live = graph::live_values(body, graph::result_values(body), moves);
    for (std::size_t n = 0; n < moves.size(); ++n)
      if (moves[n])
        for (Value v : body.instructions[n].results)
          if (live[std::size_t(v)]) pass_in(b, v);
    std::vector<Instruction> kept;
    for (std::size_t n = 0; n < moves.size(); ++n) {
      Instruction& i = body.instructions[n];
      if (!moves[n] && graph::is_live(i, live)) kept.push_back(std::move(i));
    }
    body.instructions = std::move(kept);
  }

  /// The value in front of the loop, made there if it is not yet.
  Value outside(const Program& body, Value v) {
    if (v == no_value || outside_[std::size_t(v)] != no_value)
      return v == no_value ? v : outside_[std::size_t(v)];
    const Instruction& inside = *maker_[std::size_t(v)];
    Instruction moved = inside;
    for (Value& operand : moved.operands) operand = outside(body, operand);
    for (std::size_t r = 0; r < moved.results.size(); ++r) {
      moved.results[r] = program_.add_value(body.type(inside.results[r]));
      outside_[std::size_t(inside.results[r])] = moved.results[r];
    }
    before_.push_back(std::move(moved));
    return outside_[std::size_t(v)];
  }

  /// Makes a value of bodies[b] an operand of the loop; the bodies all have the same inputs.
  void pass_in(std::size_t b, Value v) {
    loop_.operands.push_back(outside(loop_.bodies[b], v));
    const graph::SymbolicType type = loop_.bodies[b].type(v);
    for (std::size_t k = 0; k < loop_.bodies.size(); ++k) {
      Program& body = loop_.bodies[k];
      std::string name = body.unused_name(ParameterKind::input, "hoisted");
      const Value inside = k == b ? v : body.add_value(type);
      body.parameters.push_back({ParameterKind::input, std::move(name), inside, {}});
    }
  }

  Program& program_;
  std::vector<Instruction>& before_;
  Instruction& loop_;
  std::vector<const Instruction*> maker_;  // by value of the body: what is the same each time
  std::vector<Value> outside_;             // by value of the body: its value in `program_`
};

}  // namespace

Program hoist_from_loops(Program program) {
  std::vector<Instruction> all;
  all.reserve(program.instructions.size());
  for (Instruction& i : program.instructions) {
    for (Program& body : i.bodies) body = hoist_from_loops(std::move(body));
    if (is_loop(i)) Hoisting(program, all, i).run();
    all.push_back(std::move(i));
  }
  program.instructions = std::move(all);
  return program;
}

}  // namespace tandem::passes
