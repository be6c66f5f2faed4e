// What of the ops is linked. Lists of records and kernels ask is_selected at compile time, so what
// only an op that is not selected would need is not linked.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/selection.h"

namespace tandem {

namespace detail {
/// Plans copy values into place and hold numbers as tensors, whatever ops their program has.
inline constexpr std::array<std::string_view, 2> always_selected = {"clone", "full"};

consteval bool is_selected_name(std::string_view name) {
  bool found = selection.empty();
  for (const std::string_view s : selection) found |= s == name;
  for (const std::string_view s : always_selected) found |= s == name;
  return found;
}
}  // namespace detail

template <Op O>
inline constexpr bool is_selected = detail::is_selected_name(O::signature.name());

}  // namespace tandem
