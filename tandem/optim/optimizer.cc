#include "tandem/optim/optimizer.h"

#include <algorithm>

#include "tandem/ops/functions.h"

namespace tandem::optim {

void Optimizer::zero_grad(bool set_to_none) {
  for (std::size_t g = 0; g < group_count(); ++g)
    for (const Tensor& p : params(g)) {
      if (!p.requires_grad()) continue;
      if (set_to_none)
        p.set_grad({});
      else if (const Tensor grad = p.grad())
        p.set_grad(grad.detach().zero_());
    }
}

double& Optimizer::number(std::size_t group, std::string_view option) {
  if (group >= group_count())
    fail(ErrorCode::index, name(), "there are ", group_count(), " parameter groups, not ",
         group + 1);
  if (double* value = find_number(group, option)) return *value;
  fail(ErrorCode::index, name(), "has no option \"", option, "\"");
}

std::string to_string(const Optimizer& optimizer) {
  std::string s = optimizer.name() + " (";
  const OptimizerState state = optimizer.state_dict();
  for (std::size_t g = 0; g < state.param_groups.size(); ++g) {
    auto options = state.param_groups[g].options;
    std::ranges::sort(options, {}, [](const auto& o) -> const std::string& { return o.first; });
    s += text("\nParameter Group ", g);
    for (const auto& [name, value] : options) {
      s += text("\n    ", name, ": ");
      if (const bool* flag = std::get_if<bool>(&value))
        s += *flag ? "True" : "False";
      else if (const double* number = std::get_if<double>(&value))
        append(s, *number);
      else
        s += text("(", std::get<Betas>(value).first, ", ", std::get<Betas>(value).second, ")");
    }
    s += "\n";
  }
  return s + ")";
}

namespace detail {

void check_params(std::string_view optimizer, const std::vector<Tensor>& params,
                  const std::vector<const std::vector<Tensor>*>& others) {
  if (params.empty()) fail(ErrorCode::value, optimizer, "optimizer got an empty parameter list");
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Tensor& p = params[i];
    if (!p) fail(ErrorCode::value, optimizer, "parameter ", i, " is undefined");
    if (!p.is_leaf())
      fail(ErrorCode::value, optimizer, "can't optimize a non-leaf Tensor (parameter ", i,
           " of shape ", p.shape(), ")");
    const auto same = [&](const Tensor& other) { return other.is_same(p); };
    if (std::any_of(params.begin(), params.begin() + std::ptrdiff_t(i), same))
      fail(ErrorCode::value, optimizer, "parameter ", i, " of shape ", p.shape(),
           " appears twice in its group; Module::parameters() gives shared ones once");
    for (const auto* other : others)
      if (std::ranges::any_of(*other, same))
        fail(ErrorCode::value, optimizer,
             "some parameters appear in more than one parameter group (parameter ", i, " of shape ",
             p.shape(), ")");
  }
}

void check_range(std::string_view optimizer, std::string_view option, double value, double low,
                 double high) {
  if (!(value >= low && value < high))
    fail(ErrorCode::value, optimizer, "Invalid ", option, ": ", value, "; expected ", low,
         " <= ", option, " < ", high);
}

void check_loadable(std::string_view optimizer, const Optimizer& self,
                    const OptimizerState& state) {
  if (state.param_groups.size() != self.group_count())
    fail(ErrorCode::value, optimizer,
         "loaded state dict has a different number of parameter groups: ",
         state.param_groups.size(), ", expected ", self.group_count());
  for (std::size_t g = 0; g < self.group_count(); ++g)
    if (state.param_groups[g].params.size() != self.params(g).size())
      fail(ErrorCode::value, optimizer,
           "loaded state dict contains a parameter group that doesn't match the size of "
           "optimizer's group: group ",
           g, " has ", state.param_groups[g].params.size(), " parameters, expected ",
           self.params(g).size());
}

const std::string& name_of(std::string_view optimizer, const Tensor& param,
                           const NamedTensors& parameters) {
  for (const auto& [name, t] : parameters)
    if (t.is_same(param) || t.data_ptr() == param.data_ptr()) return name;
  fail(ErrorCode::value, optimizer, "an optimized parameter of shape ", param.shape(),
       " has no name among the ", parameters.size(),
       " that were given: pass the module's named_parameters()");
}

Tensor zeros_like(const Tensor& like) { return clone(like.detach()).zero_(); }

Tensor first_of(const Tensor& list) { return select(list, 0, 0).detach(); }

Tensor unused(const Tensor& like) { return empty({0}, like.dtype()); }

Tensor state_like(std::string_view optimizer, std::string_view entry, const Tensor& value,
                  const Tensor& param) {
  NoGrad off;
  constexpr std::string_view numbers[] = {"step", "mu_product", "eta", "mu"};
  if (std::ranges::find(numbers, entry) != std::end(numbers)) {
    if (!value.shape().empty())
      fail(ErrorCode::shape, optimizer, "expected state \"", entry, "\" as a 0-d tensor, got ",
           value.type());
    return clone(cast(value.detach(), DType::f32));
  }
  if (value.shape() != param.shape())
    fail(ErrorCode::shape, optimizer, "state \"", entry, "\" has shape ", value.shape(),
         ", its parameter ", param.shape());
  return zeros_like(param).copy_(value);
}

}  // namespace detail
}  // namespace tandem::optim
