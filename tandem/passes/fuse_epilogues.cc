#include "tandem/passes/fuse_epilogues.h"

#include <algorithm>

#include "tandem/graph/control_flow.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

bool is_fused(const Instruction& i) { return i.op.info == &info_of<graph::Fused>; }

/// An elementwise op, or a chain of them without a reduction.
bool is_chain(const Instruction& i) {
  if (i.results.size() != 1) return false;
  if (!is_fused(i)) return i.info().elementwise && !graph::is_number(i);
  return std::ranges::all_of(i.bodies[0].instructions, [](const Instruction& inside) {
    return inside.info().elementwise || graph::is_number(inside);
  });
}

class EpilogueFusion {
 public:
  EpilogueFusion(Program& program, const TakesEpilogue& takes_epilogue)
      : program_(program),
        takes_epilogue_(takes_epilogue),
        readers_(program.types.size()),
        maker_(program.types.size(), -1),
        without_inputs_(program.types.size(), true) {
    for (const graph::Parameter& p : program.parameters)
      without_inputs_[std::size_t(p.value)] = p.kind != graph::ParameterKind::input;
    for (int n = 0; n < count(); ++n) {
      for (Value v : at(n).operands)
        if (v != no_value &&
            (readers_[std::size_t(v)].empty() || readers_[std::size_t(v)].back() != n))
          readers_[std::size_t(v)].push_back(n);
      const bool without_inputs = std::ranges::all_of(at(n).operands, [&](Value v) {
        return v == no_value || without_inputs_[std::size_t(v)];
      });
      for (Value v : at(n).results) {
        maker_[std::size_t(v)] = n;
        without_inputs_[std::size_t(v)] = without_inputs;
      }
    }
    for (const auto* results : {&program.outputs, &program.updates})
      for (const graph::Output& o : *results) readers_[std::size_t(o.value)].push_back(count());
  }

  void run() {
    for (int n = 0; n < count(); ++n) {
      Instruction& i = program_.instructions[std::size_t(n)];
      if (!is_fused(i))
        for (Program& body : i.bodies) body = fuse_epilogues(std::move(body), takes_epilogue_);
      if (!is_chain(i)) continue;
      if (const int product = product_before(n); product >= 0) {
        i = fused(at(product), i);
        program_.instructions[std::size_t(product)] = {};
      }
    }
    std::erase_if(program_.instructions, [](const Instruction& i) { return i.results.empty(); });
  }

 private:
  int count() const { return int(program_.instructions.size()); }
  const Instruction& at(int n) const { return program_.instructions[std::size_t(n)]; }

  /// The product that chain n may follow; -1: none. Views and numbers between them take no memory,
  /// and what is made of weights alone, as a batch norm's scale, may as well be made before.
  int product_before(int n) const {
    int m = n - 1;
    while (m >= 0 &&
           (at(m).results.empty() || at(m).info().view ||
            (without_inputs_[std::size_t(at(m).results[0])] && !takes_epilogue_(program_, at(m)))))
      --m;
    if (m < 0 || at(m).results.size() != 1 || !takes_epilogue_(program_, at(m))) return -1;
    const Value v = at(m).result();
    const bool fits = std::ranges::count(at(n).operands, v) > 0 &&
                      readers_[std::size_t(v)] == std::vector<int>{n} &&
                      program_.type(v) == program_.type(at(n).result());
    return fits ? m : -1;
  }

  Instruction fused(const Instruction& product, const Instruction& chain) {
    Instruction to{
        .op = AnyOp(info_of<graph::Fused>), .results = chain.results, .where = chain.where};
    Program body{.symbols = program_.symbols};
    std::vector<Value> inside(program_.types.size(), no_value);
    inside[std::size_t(product.result())] = body.add_value(program_.type(product.result()));
    const auto number_of = [&](Value v) -> const Instruction* {
      const int m = maker_[std::size_t(v)];
      return m >= 0 && !at(m).results.empty() && graph::is_number(at(m)) ? &at(m) : nullptr;
    };
    /// What a value outside is called inside; numbers are made there again.
    const auto inside_of = [&](Value v) {
      if (v == no_value) return v;
      Value& here = inside[std::size_t(v)];
      if (here != no_value) return here;
      here = body.add_value(program_.type(v));
      if (const Instruction* number = number_of(v)) {
        body.instructions.push_back(*number);
        body.instructions.back().results[0] = here;
      } else {
        body.parameters.push_back(
            {graph::ParameterKind::input, text("x", body.parameters.size()), here, {}});
        to.operands.push_back(v);
      }
      return here;
    };
    Instruction first = product;
    for (Value& v : first.operands) v = inside_of(v);
    first.results[0] = inside[std::size_t(product.result())];
    body.instructions.push_back(std::move(first));

    std::vector<Value> operands;
    for (Value v : chain.operands) operands.push_back(inside_of(v));
    if (!is_fused(chain)) {
      Instruction op = chain;
      op.operands = std::move(operands);
      op.results[0] = body.add_value(program_.type(chain.result()));
      body.outputs.push_back({"", op.results[0]});
      body.instructions.push_back(std::move(op));
    } else {
      append(body, chain.bodies[0], operands);
    }
    to.bodies.push_back(std::move(body));
    return to;
  }

  /// The chain's body, with its parameters replaced.
  static void append(Program& to, const Program& from, std::span<const Value> operands) {
    std::vector<Value> there(from.types.size(), no_value);
    for (std::size_t p = 0; p < from.parameters.size(); ++p)
      there[std::size_t(from.parameters[p].value)] = operands[p];
    for (Instruction i : from.instructions) {
      for (Value& v : i.operands)
        if (v != no_value) v = there[std::size_t(v)];
      for (Value& v : i.results) v = there[std::size_t(v)] = to.add_value(from.type(v));
      to.instructions.push_back(std::move(i));
    }
    for (const graph::Output& o : from.outputs)
      to.outputs.push_back({o.name, there[std::size_t(o.value)]});
  }

  Program& program_;
  const TakesEpilogue& takes_epilogue_;
  std::vector<std::vector<int>> readers_;  // by value, each once; results are read after the end
  std::vector<int> maker_;                 // by value; -1: a parameter
  std::vector<bool> without_inputs_;       // by value: the same in every call, but for the state
};

}  // namespace

Program fuse_epilogues(Program program, const TakesEpilogue& takes_epilogue) {
  EpilogueFusion(program, takes_epilogue).run();
  return program;
}

}  // namespace tandem::passes
