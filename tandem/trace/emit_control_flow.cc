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

/// What backward needs of an If, While or Scan: the instruction and its operands as they were. What
/// a loop has to keep of its way is recorded when a gradient is asked for: most loops that could
/// have one, in bodies and in forward programs, never have.
class ControlFlowRule final : public CustomRule {
 public:
  ControlFlowRule(Recorder& recorder, Instruction instruction, std::vector<Tensor> operands)
      : recorder_(&recorder),
        instruction_(std::move(instruction)),
        operands_(std::move(operands)) {}
  std::string_view name() const override { return instruction_.info().name(); }
  void release() override { operands_.clear(), kept_ = {}; }
  Grads vjp(std::span<const Tensor> dys) override {
    if (&instruction_.info() == &info_of<If>)
      return Grads(if_gradient(instruction_, operands_, dys));
    const bool is_while = &instruction_.info() == &info_of<While>;
    if (!keeps_way_) is_while ? keep_checkpoints() : collect_carries();
    keeps_way_ = true;
    const std::vector<Tensor> way = with_history(dys.size());
    if (is_while)
      return Grads(while_gradient(instruction_, operands_, {way, kept_.end, kept_.stride}, dys));
    return Grads(scan_gradient(instruction_, operands_, way, dys));
  }
  /// The node that this is the rule of.
  void of(Node* node) { node_ = node; }

 private:
  /// The instruction where it was recorded, in a program that is still being recorded.
  std::vector<Instruction>::iterator recorded() const {
    Recorder* open = current_recorder();
    while (open && open != recorder_) open = open->outer();
    if (open) {
      auto& all = open->program.instructions;
      const auto it = std::ranges::find(all, instruction_.results, &Instruction::results);
      if (it != all.end()) return it;
    }
    fail(ErrorCode::value, "trace", "the gradient of ", name(), " at ", instruction_.where,
         " is taken outside of the trace, or the body, that it belongs to");
  }

  /// Gives the loop in the place of this one that keeps its way.
  void keep_checkpoints() {
    std::vector<Instruction>& all = recorder_->program.instructions;
    const auto at = recorded() - all.begin(), end = std::ptrdiff_t(all.size());
    const Recording on(*recorder_);
    kept_ = record_with_checkpoints(instruction_, operands_);
    std::ranges::copy(instruction_.results, all.back().results.begin());
    std::rotate(all.begin() + at, all.begin() + end, all.end());
    all.erase(all.end() - (end - at));
  }
  /// The scan also gives its carries as they came in.
  void collect_carries() {
    const auto it = recorded();
    const auto carries = std::size_t(int64_t(static_cast<const Scan*>(it->op.data())->carries));
    const int64_t length = operands_[carries].size(0);
    for (std::size_t i = 0; i < carries; ++i) {
      Program& body = it->bodies[0];
      body.outputs.push_back({text("before", body.outputs.size()), body.parameters[i].value});
      Type type = operands_[i].type();
      type.shape.insert(0, length);
      it->results.push_back(recorder_->program.add_value(SymbolicType(type)));
      kept_.carries.push_back(recorder_->placeholder(it->results.back(), type));
    }
    instruction_ = *it;
  }
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

  Recorder* recorder_;
  Instruction instruction_;
  std::vector<Tensor> operands_;
  bool keeps_way_ = false;
  Checkpoints kept_;
  Node* node_ = nullptr;
};

/// How many results of a loop's node are what it keeps of its way.
std::size_t kept_count(const AnyOp& op) {
  if (op.info == &info_of<While>)
    return std::size_t(int64_t(static_cast<const While*>(op.data())->carries));
  if (op.info == &info_of<Scan>)
    return std::size_t(int64_t(static_cast<const Scan*>(op.data())->carries));
  return 0;
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
    instruction.operands.push_back(recorder.value_of(now.back(), where));
    wants_gradient |= mode.grad && needs_grad(t.impl());
  }
  const std::vector<Type> types = result_types(op, instruction.bodies, operands);
  std::vector<Tensor> results = recorder.add(std::move(instruction), types);
  if (!wants_gradient) return results;
  const std::size_t count = results.size();
  results.resize(count + kept_count(op));
  auto rule =
      std::make_unique<ControlFlowRule>(recorder, recorder.program.instructions.back(), now);
  ControlFlowRule& own = *rule;
  if (Node* node = attach_custom_rule(std::move(rule), operands, results, where)) own.of(node);
  results.resize(count);
  return results;
}

}  // namespace tandem::trace_detail
