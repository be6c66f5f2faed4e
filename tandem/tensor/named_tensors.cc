#include "tandem/tensor/named_tensors.h"

#include "tandem/base/nearest.h"

namespace tandem {

NamedTensors::NamedTensors(std::initializer_list<Entry> entries) {
  for (const Entry& e : entries) add(e.first, e.second);
}

void NamedTensors::add(std::string name, Tensor tensor) {
  if (!index_.emplace(name, entries_.size()).second)
    fail(ErrorCode::value, "NamedTensors", "the name \"", name, "\" is taken");
  entries_.emplace_back(std::move(name), std::move(tensor));
}

const Tensor* NamedTensors::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &entries_[it->second].second;
}

const Tensor& NamedTensors::operator[](std::string_view name) const {
  if (const Tensor* t = find(name)) return *t;
  const std::string_view near = nearest_name(*this, name);
  fail(ErrorCode::index, "NamedTensors", "there is no tensor named \"", name, "\" among ", size(),
       near.empty() ? std::string() : text("; did you mean \"", near, "\"?"));
}

std::string_view nearest_name(const NamedTensors& tensors, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [other, tensor] : tensors) names.push_back(other);
  return nearest(name, names);
}

}  // namespace tandem
