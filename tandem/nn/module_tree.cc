// Walks over a module's tree: parameters, buffers, children, and what is done to all of them.
#include <algorithm>
#include <unordered_set>

#include "tandem/nn/module.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {

struct Module::Tree {
  /// Calls visit(path, module), a parent before its children, each module once.
  template <class Visit>
  static void walk(Module& module, const std::string& path, std::unordered_set<Module*>& seen,
                   const Visit& visit) {
    if (!seen.insert(&module).second) return;
    visit(path, module);
    for (const auto& [name, child] : module.children_)
      walk(*child, path.empty() ? name : path + "." + name, seen, visit);
  }

  /// Collects `slots` of this module and, with `recurse`, of those below.
  static NamedTensors collect(const Module& module, Slots Module::* slots, std::string_view prefix,
                              bool recurse, bool remove_duplicate) {
    NamedTensors found;
    std::unordered_set<TensorImpl*> seen;
    collect(module, slots, std::string(prefix), recurse, remove_duplicate ? &seen : nullptr, found);
    return found;
  }
  static void collect(const Module& module, Slots Module::* slots, const std::string& prefix,
                      bool recurse, std::unordered_set<TensorImpl*>* seen, NamedTensors& found) {
    const std::string before = prefix.empty() ? prefix : prefix + ".";
    for (const auto& slot : module.*slots)
      if (slot->tensor && (!seen || seen->insert(slot->tensor.impl()).second))
        found.add(before + slot->name, slot->tensor);
    if (recurse)
      for (const auto& [name, child] : module.children_)
        collect(*child, slots, before + name, true, seen, found);
  }

  static void values(const Module& module, Slots Module::* slots, bool recurse,
                     std::unordered_set<TensorImpl*>& seen, std::vector<Tensor>& found) {
    for (const auto& slot : module.*slots)
      if (slot->tensor && seen.insert(slot->tensor.impl()).second) found.push_back(slot->tensor);
    if (recurse)
      for (const auto& [name, child] : module.children_) values(*child, slots, true, seen, found);
  }
  static std::vector<Tensor> values(const Module& module, Slots Module::* slots, bool recurse) {
    std::unordered_set<TensorImpl*> seen;
    std::vector<Tensor> found;
    values(module, slots, recurse, seen, found);
    return found;
  }
};

std::vector<Tensor> Module::parameters(bool recurse) const {
  return Tree::values(*this, &Module::parameters_, recurse);
}
std::vector<Tensor> Module::buffers(bool recurse) const {
  return Tree::values(*this, &Module::buffers_, recurse);
}
NamedTensors Module::named_parameters(std::string_view prefix, bool recurse,
                                      bool remove_duplicate) const {
  return Tree::collect(*this, &Module::parameters_, prefix, recurse, remove_duplicate);
}
NamedTensors Module::named_buffers(std::string_view prefix, bool recurse,
                                   bool remove_duplicate) const {
  return Tree::collect(*this, &Module::buffers_, prefix, recurse, remove_duplicate);
}

NamedTensors Module::named_state(std::string_view prefix) const {
  NamedTensors state = named_parameters(prefix);
  for (const auto& [name, buffer] : named_buffers(prefix)) state.add(name, buffer);
  return state;
}

std::vector<std::pair<std::string, Module*>> Module::named_children() const {
  std::vector<std::pair<std::string, Module*>> found;
  for (const auto& [name, child] : children_)
    if (std::ranges::none_of(found, [&](const auto& f) { return f.second == child.get(); }))
      found.emplace_back(name, child.get());
  return found;
}
std::vector<Module*> Module::children() const {
  std::vector<Module*> found;
  for (const auto& [name, child] : named_children()) found.push_back(child);
  return found;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules(std::string_view prefix) {
  std::vector<std::pair<std::string, Module*>> found;
  std::unordered_set<Module*> seen;
  Tree::walk(*this, std::string(prefix), seen,
             [&](const std::string& path, Module& m) { found.emplace_back(path, &m); });
  return found;
}
std::vector<Module*> Module::modules() {
  std::vector<Module*> found;
  for (const auto& [path, module] : named_modules()) found.push_back(module);
  return found;
}

Module& Module::get_submodule(std::string_view path) {
  if (path.empty()) return *this;
  const std::string_view first = path.substr(0, path.find('.'));
  for (const auto& [name, child] : children_)
    if (name == first)
      return child->get_submodule(path.substr(std::min(path.size(), first.size() + 1)));
  std::string names;
  for (const auto& [name, child] : children_) names += (names.empty() ? "" : ", ") + name;
  fail(ErrorCode::index, name(), "has no child module \"", first,
       "\"; expected one of: ", names.empty() ? std::string("(it has none)") : names);
}

Module& Module::train(bool mode) {
  for (Module* m : modules()) m->training = mode;
  return *this;
}

Module& Module::requires_grad_(bool requires_grad) {
  for (Tensor& p : parameters()) p.requires_grad_(requires_grad);
  return *this;
}

Module& Module::zero_grad(bool set_to_none) {
  for (const Tensor& p : parameters()) {
    if (!p.requires_grad()) continue;
    if (set_to_none)
      p.set_grad({});
    else if (Tensor g = p.grad())
      p.set_grad(g.detach().zero_());
  }
  return *this;
}

/// The tensor's elements become those of `value`, which nobody else holds: every handle sees them.
static void set_data(const Tensor& tensor, const Tensor& value) {
  TensorImpl *to = tensor.impl(), *from = value.impl();
  std::swap(to->type.dtype, from->type.dtype);
  std::swap(to->strides, from->strides);
  std::swap(to->contiguous, from->contiguous);
  std::swap(to->data, from->data);
  std::swap(to->storage, from->storage);
}

Module& Module::to(DType dtype) {
  if (!is_floating(dtype))
    fail(ErrorCode::dtype, "to", "a module takes floating dtypes only, got ", dtype);
  NoGrad off;
  auto convert = [&](const Tensor& t) {
    if (!is_floating(t.dtype()) || t.dtype() == dtype) return;
    const Tensor gradient = t.grad();
    set_data(t, cast(t.detach(), dtype));
    if (gradient) t.set_grad(cast(gradient, dtype));
  };
  for (const Tensor& p : parameters()) convert(p);
  for (const Tensor& b : buffers()) convert(b);
  return *this;
}

Module& Module::apply(const std::function<void(Module&)>& f) {
  for (Module* child : children()) child->apply(f);
  f(*this);
  return *this;
}

}  // namespace tandem::nn
