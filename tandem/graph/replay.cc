#include "tandem/graph/replay.h"

#include "tandem/graph/attributes.h"
#include "tandem/graph/control_flow.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem::graph {
namespace {

/// The op with its attributes computed at these sizes.
AnyOp op_at(const Instruction& instruction, std::span<const int64_t> sizes) {
  AnyOp op = instruction.op;
  for (const SolvedAttribute& solved : instruction.solved) {
    const int64_t n = solved.value.at(sizes);
    if (solved.reciprocal)
      set_slot(op, solved.slot, 1 / double(n));
    else
      set_slot(op, solved.slot, n);
  }
  return op;
}

/// A body's outputs for its inputs; its constants are its own.
std::vector<Tensor> call(const Program& body, std::span<const Tensor> inputs,
                         std::span<const int64_t> sizes) {
  std::vector<Tensor> parameters(inputs.begin(), inputs.end());
  for (const Parameter* p : body.of_kind(ParameterKind::constant))
    parameters.push_back(p->constant);
  return replay(body, parameters, sizes);
}

std::vector<Tensor> run_while(const Instruction& instruction, std::vector<Tensor> in,
                              std::span<const int64_t> sizes) {
  const int64_t carries = static_cast<const While*>(instruction.op.data())->carries;
  while (call(instruction.bodies[0], in, sizes)[0].item<bool>()) {
    std::vector<Tensor> next = call(instruction.bodies[1], in, sizes);
    std::move(next.begin(), next.end(), in.begin());
  }
  in.resize(std::size_t(carries));
  return in;
}

std::vector<Tensor> run_scan(const Instruction& instruction, std::vector<Tensor> in,
                             std::span<const int64_t> sizes) {
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
    for (std::size_t s = 0; s < sequences; ++s) step[carries + s] = select(in[carries + s], 0, at);
    std::vector<Tensor> out = call(body, step, sizes);
    for (std::size_t k = 0; k < collected.size(); ++k)
      collected[k][std::size_t(at)] = std::move(out[carries + k]);
    std::move(out.begin(), out.begin() + std::ptrdiff_t(carries), step.begin());
  }
  step.resize(carries);
  for (std::size_t k = 0; k < collected.size(); ++k) {
    Type element = body.type(body.outputs[carries + k].value).at(sizes);
    element.shape.insert(0, 0);
    step.push_back(length ? stack(collected[k]) : empty(element.shape, element.dtype));
  }
  return step;
}

}  // namespace

std::vector<Tensor> run_control_flow(const Instruction& instruction,
                                     std::span<const Tensor> operands,
                                     std::span<const int64_t> sizes) {
  const OpInfo* info = &instruction.info();
  const auto& bodies = instruction.bodies;
  if (info == &info_of<If>)
    return call(bodies[operands[0].item<bool>() ? 0 : 1], operands.subspan(1), sizes);
  if (info == &info_of<Fused>) return call(bodies[0], operands, sizes);
  std::vector<Tensor> in(operands.begin(), operands.end());
  return info == &info_of<While> ? run_while(instruction, std::move(in), sizes)
                                 : run_scan(instruction, std::move(in), sizes);
}

std::vector<Tensor> replay(const Program& program, std::span<const Tensor> parameters,
                           std::span<const int64_t> sizes, const ControlFlow& control_flow,
                           const Observer& observer) {
  std::vector<Tensor> values(program.types.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    values[std::size_t(program.parameters[i].value)] = parameters[i];
  const Tensor left_out;
  for (const Instruction& instruction : program.instructions) {
    At line(instruction.where);
    std::vector<const Tensor*> in;
    for (Value v : instruction.operands)
      in.push_back(v == no_value ? &left_out : &values[std::size_t(v)]);
    std::vector<Tensor> out;
    if (body_count(instruction.info())) {
      std::vector<Tensor> operands;
      for (const Tensor* t : in) operands.push_back(*t);
      out = control_flow(instruction, operands, sizes);
    } else {
      const AnyOp op = op_at(instruction, sizes);
      out.resize(std::size_t(op.info->results));
      apply(*op.info, op.data(), in, out.data(), instruction.where);
    }
    if (observer) observer(instruction, out);
    for (std::size_t i = 0; i < out.size(); ++i)
      values[std::size_t(instruction.results[i])] = std::move(out[i]);
  }
  std::vector<Tensor> results;
  for (const auto* outputs : {&program.outputs, &program.updates})
    for (const Output& o : *outputs) results.push_back(values[std::size_t(o.value)]);
  return results;
}

}  // namespace tandem::graph
