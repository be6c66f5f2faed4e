#include "tandem/optim/optimizer.h"

#include <algorithm>

#include "tandem/ops/functions.h"

namespace tandem::optim {
namespace {

/// Errors: code value for an empty list, duplicates, tensors that are no leaves.
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

/// Error: code value.
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

/// The name of `param` among `parameters`. Error: code value when it is not there.
const std::string& name_of(std::string_view optimizer, const Tensor& param,
                           const NamedTensors& parameters) {
  for (const auto& [name, t] : parameters)
    if (t.is_same(param) || t.data_ptr() == param.data_ptr()) return name;
  fail(ErrorCode::value, optimizer, "an optimized parameter of shape ", param.shape(),
       " has no name among the ", parameters.size(),
       " that were given: pass the module's named_parameters()");
}

/// A copy of `value` as state of `param`: buffers take its dtype and layout, counts stay.
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
  return detail::zeros_like(param).copy_(value);
}

/// Of another type: nothing, and false.
bool assign(OptionReference to, const OptionValue& value) {
  return std::visit(
      [&](auto* option) {
        const auto* v = std::get_if<std::remove_pointer_t<decltype(option)>>(&value);
        if (v) *option = *v;
        return v != nullptr;
      },
      to);
}

OptionValue value_of(OptionReference option) {
  return std::visit([](const auto* o) -> OptionValue { return *o; }, option);
}

bool is_used(const Tensor& state) { return state && state.shape() != Dims{0}; }

}  // namespace

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

double* Optimizer::find_number(std::size_t group, std::string_view option) {
  double* found = nullptr;
  visit_options(group, [&](std::string_view own, OptionReference value) {
    if (auto* number = std::get_if<double*>(&value); number && own == option) found = *number;
  });
  return found;
}

Betas* Optimizer::find_betas(std::size_t group) {
  Betas* found = nullptr;
  visit_options(group, [&](std::string_view own, OptionReference value) {
    if (auto* betas = std::get_if<Betas*>(&value); betas && own == "betas") found = *betas;
  });
  return found;
}

double* Optimizer::find_momentum(std::size_t group) {
  if (Betas* betas = find_betas(group)) return &betas->first;
  return find_number(group, "momentum");
}

double& Optimizer::moving_momentum(std::size_t group) {
  double* value = find_momentum(group);
  if (!value)
    fail(ErrorCode::value, name_,
         "must support momentum or beta1 with `cycle_momentum` option enabled");
  group_at(group).lr = group_at(group).scheduled;
  return *value;
}

std::vector<std::pair<std::string, OptionValue>> Optimizer::options(std::size_t group) const {
  std::vector<std::pair<std::string, OptionValue>> all;
  const_cast<Optimizer*>(this)->visit_options(group,
                                              [&](std::string_view own, OptionReference value) {
                                                all.emplace_back(std::string(own), value_of(value));
                                              });
  return all;
}

void Optimizer::set_option(std::size_t group, std::string_view name, const OptionValue& value) {
  bool found = false;
  visit_options(group, [&](std::string_view own, OptionReference to) {
    if (own == name) found = assign(to, value);
  });
  if (!found) fail(ErrorCode::value, name_, "has no option \"", name, "\", or one of another type");
}

void Optimizer::start_group(GroupOfParameters& group, std::vector<Tensor> params) {
  std::vector<const std::vector<Tensor>*> others;
  for (std::size_t g = 0; g < group_count(); ++g) others.push_back(&this->params(g));
  check_params(name_, params, others);
  group.params = std::move(params);
  group.scheduled = empty({2}, DType::f64);
  group.lr = select(group.scheduled, 0, 0).detach();
}

void Optimizer::write_rates(std::size_t group, double rate) {
  GroupOfParameters& g = group_at(group);
  double* now = g.lr.data<double>();
  now[0] = rate;
  if (g.moves_momentum()) now[1] = *find_momentum(group);
}

void Optimizer::initialize_state() {
  NoGrad off;
  refresh_rates();
  for (std::size_t g = 0; g < group_count(); ++g)
    for (std::size_t i = 0; i < params(g).size(); ++i)
      if (first_step_differs(g, i))
        fail(ErrorCode::value, name_,
             "the first step differs from the others with these options, so it cannot stand for "
             "them: take one step before the trace");
}

NamedTensors Optimizer::named_state(const NamedTensors& parameters) {
  initialize_state();
  NamedTensors all;
  for (std::size_t g = 0; g < group_count(); ++g) {
    const GroupOfParameters& group = group_at(g);
    all.add(g == 0 ? std::string("optimizer.lr") : text("optimizer.", g, ".lr"), group.lr);
    for (std::size_t i = 0; i < group.params.size(); ++i) {
      const std::string& of = name_of(name_, group.params[i], parameters);
      visit_state(g, i, [&](std::string_view entry, const Tensor& value) {
        if (value && value.numel() != 0) all.add(text("optimizer.", of, ".", entry), value);
      });
    }
  }
  return all;
}

OptimizerState Optimizer::state_dict() const {
  OptimizerState all;
  int64_t number = 0;
  for (std::size_t g = 0; g < group_count(); ++g) {
    const GroupOfParameters& group = group_at(g);
    OptimizerState::Group& saved = all.param_groups.emplace_back();
    saved.options = options(g);
    if (group.initial_lr) saved.options.emplace_back("initial_lr", *group.initial_lr);
    for (std::size_t i = 0; i < group.params.size(); ++i) {
      NamedTensors entries;
      const_cast<Optimizer*>(this)->visit_state(g, i,
                                                [&](std::string_view entry, const Tensor& value) {
                                                  if (is_used(value))
                                                    entries.add(std::string(entry), value);
                                                });
      if (!entries.empty()) all.state.emplace(number, std::move(entries));
      saved.params.push_back(number++);
    }
  }
  return all;
}

void Optimizer::load_state_dict(const OptimizerState& saved) {
  check_loadable(name_, *this, saved);
  // Copies first, so that an error leaves everything as it was.
  std::vector<std::vector<Tensor>> copies;  // a parameter, of all groups
  for (std::size_t g = 0; g < group_count(); ++g)
    for (std::size_t i = 0; i < params(g).size(); ++i) {
      std::vector<Tensor>& copy = copies.emplace_back();
      const auto entries = saved.state.find(saved.param_groups[g].params[i]);
      visit_state(g, i, [&](std::string_view entry, const Tensor&) {
        if (entries == saved.state.end()) {
          copy.emplace_back();
          return;
        }
        const Tensor* value = entries->second.find(entry);
        copy.push_back(value ? state_like(name_, entry, *value, params(g)[i])
                             : detail::unused(params(g)[i]));
      });
    }
  auto copy = copies.begin();
  for (std::size_t g = 0; g < group_count(); ++g) {
    GroupOfParameters& group = group_at(g);
    group.initial_lr.reset();
    for (const auto& [name, value] : saved.param_groups[g].options) {
      if (const double* rate = std::get_if<double>(&value); rate && name == "initial_lr")
        group.initial_lr = *rate;
      visit_options(g, [&](std::string_view own, OptionReference to) {
        if (own == name) assign(to, value);
      });
    }
    for (std::size_t i = 0; i < group.params.size(); ++i, ++copy) {
      auto next = copy->begin();
      visit_state(g, i, [&](std::string_view, Tensor& to) { to = std::move(*next++); });
    }
  }
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

void check_range(std::string_view optimizer, std::string_view option, double value, double low,
                 double high) {
  if (!(value >= low && value < high))
    fail(ErrorCode::value, optimizer, "Invalid ", option, ": ", value, "; expected ", low,
         " <= ", option, " < ", high);
}

Tensor zeros_like(const Tensor& like) { return clone(like.detach()).zero_(); }

Tensor unused(const Tensor& like) { return empty({0}, like.dtype()); }

}  // namespace detail
}  // namespace tandem::optim
