#include "tandem/ops/registry.h"

#include <algorithm>

#include "tandem/ops/families.h"

namespace tandem {

const std::vector<const OpInfo*>& all_ops() {
  static const std::vector<const OpInfo*> ops = [] {
    std::vector<const OpInfo*> v;
    for_each_family([&]<class... Ops>(List<Ops...>) { (v.push_back(&info_of<Ops>), ...); });
    return v;
  }();
  return ops;
}

const OpInfo* find_op(std::string_view name) {
  const auto& ops = all_ops();
  const auto it = std::ranges::find(ops, name, [](const OpInfo* op) { return op->name(); });
  return it == ops.end() ? nullptr : *it;
}

void install_all_rules() {
  for_each_family([](auto family) { install_rules(family); });
}

}  // namespace tandem
