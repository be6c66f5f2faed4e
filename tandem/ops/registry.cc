#include "tandem/ops/registry.h"

#include <algorithm>

#include "tandem/ops/families.h"
#include "tandem/ops/selected.h"

namespace tandem {
namespace {

template <Op O>
constexpr const OpInfo* record_of() {
  if constexpr (is_selected<O>)
    return &info_of<O>;
  else
    return nullptr;
}
template <Op... Ops>
std::span<const OpInfo* const> records(List<Ops...>) {
  static constexpr const OpInfo* all[] = {record_of<Ops>()...};
  return all;
}
template <class... Ops>
void add_families(std::vector<const OpInfo*>& to, FamilyList<Ops...>) {
  for (const auto& family : {records(Ops{})...})
    for (const OpInfo* info : family)
      if (info) to.push_back(info);
}

template <class... Ops>
void install_rules(FamilyList<Ops...>) {
  (Family<Ops>::install_rules(), ...);
}

}  // namespace

const std::vector<const OpInfo*>& all_ops() {
  static const std::vector<const OpInfo*> ops = [] {
    std::vector<const OpInfo*> all;
    add_families(all, Families());
    return all;
  }();
  return ops;
}

const OpInfo* find_op(std::string_view name) {
  static const std::vector<const OpInfo*> by_name = [] {
    std::vector<const OpInfo*> ops = all_ops();
    std::ranges::sort(ops, {}, &OpInfo::name);
    return ops;
  }();
  const auto it = std::ranges::lower_bound(by_name, name, {}, &OpInfo::name);
  return it == by_name.end() || (*it)->name() != name ? nullptr : *it;
}

bool has_all_ops() { return selection.empty(); }

void install_all_rules() { install_rules(Families()); }

}  // namespace tandem
