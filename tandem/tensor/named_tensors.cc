#include "tandem/tensor/named_tensors.h"

#include <algorithm>

namespace tandem {
namespace {

/// Levenshtein's distance: how many letters to insert, drop or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

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
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const auto& [other, tensor] : tensors)
    if (const std::size_t d = distance(name, other); d < least) least = d, best = other;
  return best;
}

}  // namespace tandem
