#include "tandem/graph/control_flow.h"

#include "tandem/ops/families.h"
#include "tandem/ops/family.h"
#include "tandem/ops/registry.h"
#include "tandem/ops/selected.h"

namespace tandem::graph {
namespace {

/// Their types follow from their bodies, which check() and bind() read.
[[noreturn]] Type fail_alone(std::string_view op) {
  fail(ErrorCode::unsupported, op, "stands in programs only, with its bodies");
}

template <Op... Ops>
constexpr bool is_op(std::string_view name, List<Ops...>) {
  return ((Ops::signature.name() == name) || ...);
}
template <class... Ops>
constexpr bool is_op(std::string_view name, FamilyList<Ops...>) {
  return (is_op(name, Ops()) || ...);
}
/// The place in `selection` of a name that no op has; its size: there is none.
consteval std::size_t first_unknown() {
  const auto is_known = [](std::string_view name) {
    return is_op(name, Families()) || is_op(name, ControlFlowOps());
  };
  std::size_t i = 0;
  while (i < selection.size() && is_known(selection[i])) ++i;
  return i;
}
static_assert(first_unknown() == selection.size(),
              "TANDEM_OPS has a name that no op has; its place among all, sorted, from 0:");

template <Op... Ops>
const OpInfo* find_selected(std::string_view name, List<Ops...>) {
  const OpInfo* found = nullptr;
  (void)((is_selected<Ops> && Ops::signature.name() == name && (found = &info_of<Ops>)) || ...);
  return found;
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
  const OpInfo* op = find_selected(name, ControlFlowOps());
  return op ? op : find_op(name);
}

}  // namespace tandem::graph
