#include "tandem/nn/containers.h"

namespace tandem::nn {

Module& Container::operator[](int64_t i) const {
  const int64_t n = int64_t(size());
  if (i < -n || i >= n)
    fail(ErrorCode::index, name(), "index ", i, " is out of range for ", n, " modules");
  return *shared_children()[std::size_t(i < 0 ? i + n : i)].second;
}

Tensor Sequential::forward(const Tensor& input) {
  Tensor x = input;
  for (Module& module : *this) x = module(x);
  return x;
}

bool ModuleDict::contains(std::string_view key) const {
  for (const auto& [name, child] : shared_children())
    if (name == key) return true;
  return false;
}

Module& ModuleDict::operator[](std::string_view key) { return get_submodule(key); }

std::vector<std::string> ModuleDict::keys() const {
  std::vector<std::string> names;
  for (const auto& [name, child] : shared_children()) names.push_back(name);
  return names;
}

}  // namespace tandem::nn
