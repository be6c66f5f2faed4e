#include "tandem/graph/interpret.h"

#include "tandem/graph/attributes.h"
#include "tandem/graph/control_flow.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem::graph {
namespace {

/// Sizes of the symbols from the inputs' dims that are a symbol and nothing else.
Sizes sizes_of(const Program& program, const NamedTensors& inputs) {
  Sizes sizes(program.symbols.size(), -1);
  for (const Parameter* p : program.of_kind(ParameterKind::input)) {
    const auto& shape = program.type(p->value).shape;
    const Tensor& t = inputs[p->name];
    for (std::size_t d = 0; d < shape.size() && int(d) < t.dim(); ++d)
      if (const int symbol = shape[d].as_symbol(); symbol >= 0)
        sizes[std::size_t(symbol)] = t.shape()[int(d)];
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] < 0)
      fail(ErrorCode::shape, program.name, "no input has ", program.symbols[i],
           " as a dim of its own, so its size is unknown");
  return sizes;
}

class Interpreter {
 public:
  Interpreter(const Program& program, std::span<const int64_t> sizes)
      : program_(program), sizes_(sizes), values_(program.types.size()) {}

  void set(Value v, Tensor t) { values_[std::size_t(v)] = std::move(t); }
  const Tensor& get(Value v) const {
    static const Tensor left_out;
    return v == no_value ? left_out : values_[std::size_t(v)];
  }
  void run() {
    for (const Instruction& instruction : program_.instructions) {
      At line(instruction.where);
      std::vector<Tensor> out =
          body_count(instruction.info()) ? run_bodies(instruction) : run_op(instruction);
      for (std::size_t i = 0; i < out.size(); ++i) set(instruction.results[i], std::move(out[i]));
    }
  }

 private:
  std::vector<Tensor> operands(const Instruction& instruction) const {
    std::vector<Tensor> all;
    for (Value v : instruction.operands) all.push_back(get(v));
    return all;
  }

  std::vector<Tensor> run_op(const Instruction& instruction) const {
    AnyOp op = instruction.op;
    for (const SolvedAttribute& solved : instruction.solved) {
      const int64_t n = solved.value.at(sizes_);
      if (solved.reciprocal)
        set_slot(op, solved.slot, 1 / double(n));
      else
        set_slot(op, solved.slot, n);
    }
    std::vector<const Tensor*> in;
    for (Value v : instruction.operands) in.push_back(&get(v));
    std::vector<Tensor> out(std::size_t(op.info->results));
    apply(*op.info, op.data(), in, out.data(), instruction.where);
    return out;
  }

  std::vector<Tensor> call(const Program& body, std::span<const Tensor> inputs) const {
    Interpreter inner(body, sizes_);
    const auto parameters = body.of_kind(ParameterKind::input);
    for (std::size_t i = 0; i < parameters.size(); ++i) inner.set(parameters[i]->value, inputs[i]);
    for (const Parameter* p : body.of_kind(ParameterKind::constant))
      inner.set(p->value, p->constant);
    inner.run();
    std::vector<Tensor> out;
    for (const Output& output : body.outputs) out.push_back(inner.get(output.value));
    return out;
  }

  std::vector<Tensor> run_bodies(const Instruction& instruction) const {
    std::vector<Tensor> in = operands(instruction);
    const OpInfo* info = &instruction.info();
    const auto& bodies = instruction.bodies;
    if (info == &info_of<If>)
      return call(bodies[in[0].item<bool>() ? 0 : 1], std::span(in).subspan(1));
    if (info == &info_of<Fused>) return call(bodies[0], in);
    if (info == &info_of<While>) return run_while(instruction, std::move(in));
    return run_scan(instruction, std::move(in));
  }

  std::vector<Tensor> run_while(const Instruction& instruction, std::vector<Tensor> in) const {
    const auto carries =
        std::size_t(int64_t(static_cast<const While*>(instruction.op.data())->carries));
    while (call(instruction.bodies[0], in)[0].item<bool>()) {
      std::vector<Tensor> next = call(instruction.bodies[1], in);
      std::move(next.begin(), next.end(), in.begin());
    }
    in.resize(carries);
    return in;
  }

  std::vector<Tensor> run_scan(const Instruction& instruction, std::vector<Tensor> in) const {
    const Scan& scan = *static_cast<const Scan*>(instruction.op.data());
    const auto carries = std::size_t(int64_t(scan.carries)),
               sequences = std::size_t(int64_t(scan.sequences));
    const Program& body = instruction.bodies[0];
    const int64_t length = in[carries].size(0);
    std::vector<std::vector<Tensor>> collected(body.outputs.size() - carries);
    for (auto& c : collected) c.resize(std::size_t(length));
    std::vector<Tensor> step = in;
    for (int64_t n = 0; n < length; ++n) {
      const int64_t at = scan.reverse ? length - 1 - n : n;
      for (std::size_t s = 0; s < sequences; ++s)
        step[carries + s] = select(in[carries + s], 0, at);
      std::vector<Tensor> out = call(body, step);
      for (std::size_t k = 0; k < collected.size(); ++k)
        collected[k][std::size_t(at)] = std::move(out[carries + k]);
      std::move(out.begin(), out.begin() + std::ptrdiff_t(carries), step.begin());
    }
    step.resize(carries);
    for (std::size_t k = 0; k < collected.size(); ++k)
      step.push_back(length
                         ? stack(collected[k])
                         : empty(program_.type(instruction.results[carries + k]).at(sizes_).shape,
                                 program_.type(instruction.results[carries + k]).dtype));
    return step;
  }

  const Program& program_;
  std::span<const int64_t> sizes_;
  std::vector<Tensor> values_;
};

}  // namespace

Results interpret(const Program& program, const NamedTensors& inputs, const NamedTensors& state) {
  const Sizes sizes = sizes_of(program, inputs);
  NoGrad off;
  Interpreter interpreter(program, sizes);
  for (const Parameter& p : program.parameters)
    interpreter.set(p.value, p.kind == ParameterKind::input   ? inputs[p.name]
                             : p.kind == ParameterKind::state ? state[p.name]
                                                              : p.constant);
  interpreter.run();
  Results results;
  for (const Output& o : program.outputs) results.outputs.add(o.name, interpreter.get(o.value));
  for (const Output& u : program.updates) results.updates.add(u.name, interpreter.get(u.value));
  return results;
}

}  // namespace tandem::graph
