#include "tandem/optim/optimizer_tensors.h"

#include <charconv>

#include "tandem/ops/functions.h"

namespace tandem::optim {
namespace {

constexpr std::string_view optimizer_state_op = "optimizer_state", of_state = "state.",
                           of_group = "param_groups.";

/// "state.", "12.exp_avg" -> (12, "exp_avg")
std::pair<std::size_t, std::string> numbered(std::string_view name, std::string_view prefix) {
  std::size_t number = 0;
  const char *begin = name.data() + prefix.size(), *end = name.data() + name.size();
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc() || read.ptr == begin || end - read.ptr < 2 || *read.ptr != '.')
    fail(ErrorCode::format, optimizer_state_op, "\"", name, "\" is not named as \"", prefix,
         "0.lr\" is");
  return {number, std::string(read.ptr + 1, end)};
}

OptionValue option_of(std::string_view name, const Tensor& t) {
  if (t.dtype() == DType::boolean && t.dim() == 0) return t.item<bool>();
  if (t.dtype() == DType::f64 && t.dim() == 0) return t.item<double>();
  if (t.dtype() == DType::f64 && t.shape() == Dims{2}) {
    const std::vector<double> pair = t.to_vector<double>();
    return Betas{pair[0], pair[1]};
  }
  fail(ErrorCode::format, optimizer_state_op, "\"", name,
       "\" is neither a bool, a number nor a pair of numbers: ", t.type());
}

}  // namespace

NamedTensors to_tensors(const OptimizerState& state) {
  NamedTensors tensors;
  for (const auto& [number, entries] : state.state)
    for (const auto& [name, tensor] : entries)
      tensors.add(text(of_state, number, ".", name), tensor);
  for (std::size_t g = 0; g < state.param_groups.size(); ++g) {
    const OptimizerState::Group& group = state.param_groups[g];
    for (const auto& [name, value] : group.options) {
      const Tensor t = std::visit(
          [](const auto& v) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(v)>, Betas>)
              return from_data<double>({v.first, v.second}, {2});
            else
              return full({}, v, dtype_of<std::remove_cvref_t<decltype(v)>>);
          },
          value);
      tensors.add(text(of_group, g, ".", name), t);
    }
    tensors.add(text(of_group, g, ".params"),
                from_data(group.params, {int64_t(group.params.size())}));
  }
  return tensors;
}

OptimizerState optimizer_state(const NamedTensors& tensors) {
  OptimizerState state;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(of_state)) {
      auto [number, entry] = numbered(name, of_state);
      state.state[int64_t(number)].add(std::move(entry), tensor);
      continue;
    }
    if (!name.starts_with(of_group))
      fail(ErrorCode::format, optimizer_state_op, "\"", name,
           "\" is neither of \"state\" nor of \"param_groups\"");
    auto [number, option] = numbered(name, of_group);
    if (number >= tensors.size())  // each group has a tensor at least
      fail(ErrorCode::format, optimizer_state_op, "\"", name, "\" is of a group that is not there");
    if (number >= state.param_groups.size()) state.param_groups.resize(number + 1);
    OptimizerState::Group& group = state.param_groups[number];
    if (option != "params") {
      group.options.emplace_back(std::move(option), option_of(name, tensor));
      continue;
    }
    if (tensor.dtype() != DType::i64 || tensor.dim() != 1)
      fail(ErrorCode::format, optimizer_state_op, "\"", name, "\" must be int64[n], got ",
           tensor.type());
    group.params = tensor.to_vector<int64_t>();
  }
  return state;
}

}  // namespace tandem::optim
