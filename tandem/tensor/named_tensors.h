// Tensors by name, in the order they were added: a state_dict, a model's parameters, a file.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

class NamedTensors {
 public:
  using Entry = std::pair<std::string, Tensor>;

  NamedTensors() = default;
  NamedTensors(std::initializer_list<Entry> entries);

  /// Error: code value when the name is taken.
  void add(std::string name, Tensor tensor);
  /// Null where there is no such name.
  const Tensor* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name); }
  /// Error: code index, with the nearest name that there is.
  const Tensor& operator[](std::string_view name) const;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

/// The name most like `name`, or "" where none is alike: for messages.
std::string_view nearest_name(const NamedTensors& tensors, std::string_view name);

}  // namespace tandem
