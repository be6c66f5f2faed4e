// state_dict() and load_state_dict().
#include <unordered_set>

#include "tandem/nn/module.h"

namespace tandem::nn {
namespace {

/// PyTorch's text of a shape, which programs match: torch.Size([2, 3])
std::string size_text(const Dims& shape) { return text("torch.Size(", shape, ")"); }

std::string quoted(const std::vector<std::string>& names) {
  std::string s;
  for (const std::string& n : names) s += (s.empty() ? "\"" : ", \"") + n + "\"";
  return s;
}

/// "module." where every unexpected key is a missing one with that put in front, or "".
std::string common_prefix(const std::vector<std::string>& longer,
                          const std::vector<std::string>& shorter) {
  if (longer.size() != shorter.size() || longer.empty()) return {};
  if (!longer[0].ends_with(shorter[0])) return {};
  const std::string prefix = longer[0].substr(0, longer[0].size() - shorter[0].size());
  for (std::size_t i = 0; i < longer.size(); ++i)
    if (longer[i] != prefix + shorter[i]) return {};
  return prefix;
}

/// How to mend keys that do not match, as far as that can be seen.
std::string hint(const LoadResult& keys, const NamedTensors& state) {
  const auto &missing = keys.missing_keys, &unexpected = keys.unexpected_keys;
  if (std::string p = common_prefix(unexpected, missing); !p.empty())
    return text("\n\tAll keys differ by the prefix \"", p, "\" of the state_dict: take it off.");
  if (std::string p = common_prefix(missing, unexpected); !p.empty())
    return text("\n\tAll keys differ by the prefix \"", p, "\", which the state_dict lacks.");
  std::string s;
  NamedTensors left;
  for (const std::string& key : unexpected) left.add(key, state[key]);
  for (const std::string& key : missing)
    if (std::string_view near = nearest_name(left, key); !near.empty())
      s += text("\n\t\"", near, "\" may be meant for \"", key, "\".");
  return s;
}

}  // namespace

void append(std::string& to, const LoadResult& result) {
  if (result.missing_keys.empty() && result.unexpected_keys.empty()) {
    to += "<All keys matched successfully>";
    return;
  }
  to += text("missing_keys: [", quoted(result.missing_keys), "], unexpected_keys: [",
             quoted(result.unexpected_keys), "]");
}

NamedTensors Module::state_dict(std::string_view prefix) const {
  NamedTensors state;
  auto add = [&](auto& self, const Module& module, const std::string& before) -> void {
    for (const auto& slot : module.parameters_)
      if (slot->tensor) state.add(before + slot->name, slot->tensor.detach());
    for (const auto& slot : module.buffers_)
      if (slot->tensor && slot->persistent) state.add(before + slot->name, slot->tensor.detach());
    for (const auto& [name, child] : module.children_) self(self, *child, before + name + ".");
  };
  add(add, *this, std::string(prefix));
  return state;
}

LoadResult Module::load_state_dict(const NamedTensors& state, bool strict) {
  LoadResult keys;
  std::string mismatches;
  std::vector<std::pair<Tensor, const Tensor*>> copies;
  std::unordered_set<std::string> known;
  auto check = [&](auto& self, const Module& module, const std::string& before) -> void {
    auto slots = [&](const Slots& of) {
      for (const auto& slot : of) {
        if (!slot->tensor || !slot->persistent) continue;
        const std::string key = before + slot->name;
        known.insert(key);
        const Tensor* value = state.find(key);
        if (!value) {
          if (!module.may_be_missing(slot->name)) keys.missing_keys.push_back(key);
        } else if (value->shape() != slot->tensor.shape()) {
          mismatches +=
              text("\n\tsize mismatch for ", key, ": copying a param with shape ",
                   size_text(value->shape()), " from checkpoint, the shape in current model is ",
                   size_text(slot->tensor.shape()), ".");
        } else {
          copies.emplace_back(slot->tensor, value);
        }
      }
    };
    slots(module.parameters_);
    slots(module.buffers_);
    for (const auto& [name, child] : module.children_) self(self, *child, before + name + ".");
  };
  check(check, *this, "");
  for (const auto& [key, value] : state)
    if (!known.contains(key)) keys.unexpected_keys.push_back(key);

  std::string errors;
  if (strict && !keys.missing_keys.empty())
    errors += text("\n\tMissing key(s) in state_dict: ", quoted(keys.missing_keys), ". ");
  if (strict && !keys.unexpected_keys.empty())
    errors += text("\n\tUnexpected key(s) in state_dict: ", quoted(keys.unexpected_keys), ". ");
  errors += mismatches;
  if (!errors.empty())
    fail(ErrorCode::value, "load_state_dict", "Error(s) in loading state_dict for ", name(), ":",
         errors, strict ? hint(keys, state) : std::string());

  NoGrad off;
  for (auto& [to, from] : copies) to.copy_(*from);
  return keys;
}

}  // namespace tandem::nn
