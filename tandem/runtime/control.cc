#include "tandem/runtime/control.h"

#include <algorithm>

#include "tandem/graph/control_flow.h"
#include "tandem/runtime/lower.h"

namespace tandem::runtime {

bool is_control(const OpInfo& info) {
  return &info == &info_of<graph::If> || &info == &info_of<graph::While> ||
         &info == &info_of<graph::Scan>;
}

Loop loop_of(const Step& step) {
  if (step.op.info == &info_of<graph::While>) {
    const auto& op = *static_cast<const graph::While*>(step.op.data());
    return {std::size_t(op.carries), 0, false};
  }
  if (step.op.info == &info_of<graph::Scan>) {
    const auto& op = *static_cast<const graph::Scan*>(step.op.data());
    return {std::size_t(op.carries), std::size_t(op.sequences), op.reverse};
  }
  return {};
}

ControlMemory divide(const Plan& plan, const Step& step) {
  ControlMemory memory;
  if (step.op.info == &info_of<graph::While>) memory.bytes = alignment;
  const std::size_t carries = loop_of(step).carries;
  for (std::size_t c = 0; c < carries; ++c) {
    const Plan& body = step.bodies.back();
    if (body.buffer_of(body.ref(body.outputs[c])).home == Home::input) {
      memory.spares.push_back(-1);
      continue;
    }
    memory.spares.push_back(memory.bytes);
    memory.bytes += aligned(bytes_of(plan.refs[std::size_t(step.operands[c])].type));
  }
  memory.arena = memory.bytes;
  int64_t largest = 0;
  for (const Plan& body : step.bodies) largest = std::max(largest, body.arena_bytes);
  memory.bytes += largest;
  return memory;
}

}  // namespace tandem::runtime
