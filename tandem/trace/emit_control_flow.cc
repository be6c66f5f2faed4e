#include "tandem/trace/emit_control_flow.h"

#include <algorithm>

#include "tandem/autograd/custom_node.h"
#include "tandem/graph/control_flow.h"
#include "tandem/trace/while_gradient.h"

namespace tandem::trace_detail {
namespace {

using graph::If;
using graph::Instruction;
using graph::ParameterKind;
using graph::Recording;
using graph::Scan;
using graph::SymbolicType;
using graph::While;

std::vector<Type> result_types(const AnyOp& op, const std::vector<Program>& bodies,
                               std::span<const Tensor> operands) {
  if (op.info == &info_of<If>) return output_types(bodies[0]);
  if (op.info == &info_of<While>) return output_types(bodies[1]);
  const auto carries = std::size_t(int64_t(static_cast<const Scan*>(op.data())->carries));
  const int64_t length = operands[carries].size(0);
  std::vector<Type> types = output_types(bodies[0]);
  for (std::size_t i = carries; i < types.size(); ++i) types[i].shape.insert(0, length);
  return types;
}

/// The same value at this moment of the program, whatever is written in place later.
Tensor as_of_now(Recorder& recorder, const Tensor& t) {
  Tensor now = recorder.placeholder(recorder.value_of(t, Location::current()), t.type());
  if (needs_grad(t.impl())) set_node(now.impl(), t.impl()->node, t.impl()->result_index);
  return now;
}

/// What backward needs of an If, While or Scan: the instruction and its operands as they were, and
/// what it kept of its way.
class ControlFlowRule final : public CustomRule {
 public:
  ControlFlowRule(Instruction instruction, std::vector<Tensor> operands, Checkpoints kept)
      : instruction_(std::move(instruction)),
        operands_(std::move(operands)),
        kept_(std::move(kept)) {}
  std::string_view name() const override { return instruction_.info().name(); }
  void release() override { operands_.clear(), kept_ = {}; }
  Grads vjp(std::span<const Tensor> dys) override {
    if (&instruction_.info() == &info_of<If>)
      return Grads(if_gradient(instruction_, operands_, dys));
    const std::vector<Tensor> way = with_history(dys.size());
    if (&instruction_.info() == &info_of<While>)
      return Grads(while_gradient(instruction_, operands_, {way, kept_.end, kept_.stride}, dys));
    return Grads(scan_gradient(instruction_, operands_, way, dys));
  }
  /// The node that this is the rule of.
  void of(Node* node) { node_ = node; }

 private:
  /// What was kept is a result too, for gradients of the gradient; the rule does not hold it as
  /// one, for then it would own its owner.
  std::vector<Tensor> with_history(std::size_t results) const {
    std::vector<Tensor> way;
    for (std::size_t k = 0; k < kept_.carries.size(); ++k) {
      way.push_back(kept_.carries[k].detach());
      if (is_floating(way[k].dtype()))
        set_node(way[k].impl(), node_, int(results - kept_.carries.size() + k));
    }
    return way;
  }

  Instruction instruction_;
  std::vector<Tensor> operands_;
  Checkpoints kept_;
  Node* node_ = nullptr;
};

/// The body of a scan whose gradient is wanted also gives its carries as they came in.
Program with_carries_collected(Program body, std::size_t carries) {
  for (std::size_t i = 0; i < carries; ++i)
    body.outputs.push_back({text("before", body.outputs.size()), body.parameters[i].value});
  return body;
}

}  // namespace

std::vector<Type> types_of(std::span<const Tensor> tensors) {
  std::vector<Type> types;
  for (const Tensor& t : tensors) types.push_back(t.type());
  return types;
}

std::vector<Type> output_types(const Program& body) {
  std::vector<Type> types;
  for (const graph::Output& o : body.outputs) types.push_back(body.type(o.value).at({}));
  return types;
}

Recorder* current_recorder() { return dynamic_cast<Recorder*>(mode.tracer); }

RecordedBody record_body(Recorder& outer, std::string name, const Body& f,
                         std::span<const Type> inputs) {
  Recorder recorder(std::move(name), &outer);
  std::vector<Tensor> in;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    in.push_back(recorder.input(text("x", i), inputs[i]));
  const Recording on(recorder);
  const std::vector<Tensor> out = f(in);
  for (std::size_t i = 0; i < out.size(); ++i) recorder.output(text("y", i), out[i]);
  return {std::move(recorder.program), recorder.captured()};
}

void align_captured(Recorder& outer, std::span<RecordedBody> bodies,
                    std::vector<Tensor>& operands) {
  std::vector<Recorder::Captured> all;
  for (const RecordedBody& body : bodies)
    for (const auto& captured : body.captured)
      if (std::ranges::none_of(all, [&](const auto& c) { return c.value == captured.value; }))
        all.push_back(captured);
  for (RecordedBody& body : bodies) {
    auto& parameters = body.program.parameters;
    const auto first = parameters.end() - std::ptrdiff_t(body.captured.size());
    std::vector<graph::Parameter> own(first, parameters.end());
    parameters.erase(first, parameters.end());
    for (std::size_t k = 0; k < all.size(); ++k) {
      const auto it = std::ranges::find(body.captured, all[k].value, &Recorder::Captured::value);
      const std::string name = text("captured", k);
      if (it == body.captured.end()) {
        body.program.add_parameter(ParameterKind::input, name, SymbolicType(all[k].tensor.type()));
      } else {
        parameters.push_back(own[std::size_t(it - body.captured.begin())]);
        parameters.back().name = name;
      }
    }
  }
  for (const auto& captured : all) {
    Tensor now = outer.placeholder(captured.value, captured.tensor.type());
    if (TensorImpl* t = captured.tensor.impl(); needs_grad(t))
      set_node(now.impl(), t->node, t->result_index);
    operands.push_back(std::move(now));
  }
}

std::vector<Tensor> emit_control_flow(Recorder& recorder, const AnyOp& op,
                                      std::vector<Program> bodies, std::span<const Tensor> operands,
                                      Location where) {
  if (mode.relocated) where = mode.where;
  bool wants_gradient = false;
  std::vector<Tensor> now;
  Instruction instruction{.op = op, .bodies = std::move(bodies), .where = where};
  for (const Tensor& t : operands) {
    now.push_back(as_of_now(recorder, t));
    wants_gradient |= mode.grad && needs_grad(t.impl());
  }
  std::vector<Tensor> results;
  Checkpoints kept;
  if (wants_gradient && op.info == &info_of<While>) {
    CheckpointedLoop loop = record_with_checkpoints(instruction, now);
    results = std::move(loop.results);
    kept = std::move(loop.way);
  } else {
    for (const Tensor& t : now) instruction.operands.push_back(recorder.value_of(t, where));
    std::size_t collected = 0;
    if (wants_gradient && op.info == &info_of<Scan>) {
      collected = std::size_t(int64_t(static_cast<const Scan*>(op.data())->carries));
      instruction.bodies[0] = with_carries_collected(std::move(instruction.bodies[0]), collected);
    }
    const std::vector<Type> types = result_types(op, instruction.bodies, operands);
    results = recorder.add(wants_gradient ? instruction : std::move(instruction), types);
    kept.carries.assign(results.end() - std::ptrdiff_t(collected), results.end());
    results.resize(results.size() - collected);
  }
  if (!wants_gradient) return results;
  // What was kept counts as results of the node; the rule has it without that history.
  const std::size_t count = results.size();
  for (Tensor& t : kept.carries) {
    results.push_back(t);
    t = recorder.placeholder(recorder.value_of(t, where), t.type());
  }
  auto rule = std::make_unique<ControlFlowRule>(instruction, now, std::move(kept));
  ControlFlowRule& own = *rule;
  if (Node* node = attach_custom_rule(std::move(rule), operands, results, where)) own.of(node);
  results.resize(count);
  return results;
}

}  // namespace tandem::trace_detail
