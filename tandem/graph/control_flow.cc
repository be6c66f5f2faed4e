#include "tandem/graph/control_flow.h"

#include "tandem/ops/family.h"
#include "tandem/ops/registry.h"

namespace tandem::graph {
namespace {

/// Their types follow from their bodies, which check() and bind() read.
[[noreturn]] Type fail_alone(std::string_view op) {
  fail(ErrorCode::unsupported, op, "stands in programs only, with its bodies");
}

}  // namespace

Type If::infer(const Type&, Types) const { fail_alone("if"); }
Type While::infer(Types) const { fail_alone("while"); }
Type Scan::infer(Types) const { fail_alone("scan"); }
Type Fused::infer(Types) const { fail_alone("fused"); }

int body_count(const OpInfo& info) {
  if (&info == &info_of<If> || &info == &info_of<While>) return 2;
  return &info == &info_of<Scan> || &info == &info_of<Fused>;
}

std::string_view body_name(const OpInfo& info, int body) {
  if (&info == &info_of<If>) return body == 0 ? "then" : "else";
  return &info == &info_of<While> && body == 0 ? "condition" : "body";
}

const OpInfo* find_instruction(std::string_view name) {
  for (const OpInfo* op : Family<ControlFlowOps>::ops())
    if (op->name() == name) return op;
  return find_op(name);
}

}  // namespace tandem::graph
