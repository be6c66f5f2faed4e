// What all optimizers have in common: groups of parameters, each with options of its own.
//
//   optim::SGD optimizer(net.parameters(), {.lr = 0.1, .momentum = 0.9});
//   optimizer.zero_grad();
//   loss.backward();
//   optimizer.step();
//
// A step is one fused op a parameter (ops/optimizer.h), applied in place. What changes from step
// to step reaches it as tensors: `lr` is a 0-d float64 of the group, or float64[2] with
// momentum or beta1 where a schedule moves that too, `step` a 0-d float32 of the parameter's state.
// A tracer finds both there and makes them inputs and state of the program.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tandem/base/reflect.h"
#include "tandem/ops/define.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem::optim {

using Betas = std::pair<double, double>;
using OptionValue = std::variant<bool, double, Betas>;

/// PyTorch's layout: state by the parameter's number, counted through the groups; options by name.
struct OptimizerState {
  struct Group {
    std::vector<std::pair<std::string, OptionValue>> options;
    std::vector<int64_t> params;
  };
  std::map<int64_t, NamedTensors> state;
  std::vector<Group> param_groups;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(Optimizer&&) = default;

  /// Updates every parameter that has a gradient.
  virtual void step() = 0;
  /// Drops gradients, or fills them with zeros.
  void zero_grad(bool set_to_none = true);

  virtual std::string name() const = 0;
  virtual std::size_t group_count() const = 0;
  virtual const std::vector<Tensor>& params(std::size_t group) const = 0;
  /// An option of a group. Error: code index.
  double& number(std::size_t group, std::string_view option);
  double& lr(std::size_t group) { return number(group, "lr"); }
  /// Momentum, or beta1, of a group, for a schedule that moves it: from now on steps have it from
  /// a tensor, as they have `lr`. Error: code value where there is neither.
  virtual double& moving_momentum(std::size_t group) = 0;
  /// Null where this optimizer has no such option, or one of another type.
  virtual double* find_number(std::size_t group, std::string_view option) = 0;
  virtual Betas* find_betas(std::size_t group) = 0;
  /// The rate before any scheduler changed it; set by the first one.
  virtual std::optional<double>& initial_lr(std::size_t group) = 0;

  // For front ends, which keep groups and state in dicts of their own.

  /// A group's options by name, in order.
  virtual std::vector<std::pair<std::string, OptionValue>> options(std::size_t group) const = 0;
  /// Error: code value for an option that there is not, or of another type.
  virtual void set_option(std::size_t group, std::string_view name, const OptionValue& value) = 0;
  /// Parameter `index` of a group is `param` from now on; its state stays.
  virtual void set_param(std::size_t group, std::size_t index, Tensor param) = 0;
  /// Calls visit(name, tensor) with each entry of a parameter's state: undefined while there is no
  /// state yet, of shape [0] where the options do not use it.
  virtual void visit_state(std::size_t group, std::size_t index,
                           const std::function<void(std::string_view, Tensor&)>& visit) = 0;

  /// Makes the state that the first step would make, so that a step can be traced before one was
  /// taken. Error: code value where the first step differs from the others (SGD with dampening).
  virtual void initialize_state() = 0;
  /// Writes each group's rate, and momentum where it moves, into the tensors that steps read them
  /// from, where programs find them.
  virtual void refresh_rates() = 0;
  /// What a traced step reads and writes, by the names of its parameters: "optimizer.lr" (of a
  /// second group "optimizer.1.lr"; with momentum behind it where a schedule moves that), and
  /// "optimizer.conv1.weight.exp_avg". Aliases, not copies; the state is initialized first.
  /// `parameters` names all that are optimized. Error: code value.
  virtual NamedTensors named_state(const NamedTensors& parameters) = 0;

  /// Aliases of the state, not copies.
  virtual OptimizerState state_dict() const = 0;
  /// Copies state in, laid out and cast like the parameters. Errors: code value for groups, sizes
  /// or entries that do not fit; nothing was changed then.
  virtual void load_state_dict(const OptimizerState& state) = 0;

 protected:
  Optimizer() = default;
};

/// As PyTorch prints optimizers, options sorted by name.
std::string to_string(const Optimizer& optimizer);

namespace detail {

/// Errors: code value for an empty list, duplicates, tensors that are no leaves.
void check_params(std::string_view optimizer, const std::vector<Tensor>& params,
                  const std::vector<const std::vector<Tensor>*>& others);
/// Error: code value.
void check_range(std::string_view optimizer, std::string_view option, double value, double low,
                 double high);
void check_loadable(std::string_view optimizer, const Optimizer& self, const OptimizerState& state);
/// The name of `param` among `parameters`. Error: code value when it is not there.
const std::string& name_of(std::string_view optimizer, const Tensor& param,
                           const NamedTensors& parameters);
/// Zeros in the memory layout of `like`.
Tensor zeros_like(const Tensor& like);
/// The first element as a tensor of its own, in the same memory.
Tensor first_of(const Tensor& list);
/// A buffer that is not used (ops/optimizer.h).
Tensor unused(const Tensor& like);
/// A copy of `value` as state of `param`: buffers take its dtype and layout, counts stay.
Tensor state_like(std::string_view optimizer, std::string_view entry, const Tensor& value,
                  const Tensor& param);

}  // namespace detail

template <class Options>
struct ParamGroup {
  std::vector<Tensor> params;
  Options options;
};

/// An optimizer whose options and whose state of one parameter are plain structs, listed by
/// reflection: `State` holds Tensors, which are undefined while they are not used.
template <class Options, class State>
class OptimizerOf : public Optimizer {
 public:
  struct Group : ParamGroup<Options> {
    std::vector<State> state;  // one a parameter
    /// options.lr and momentum or beta1, as tensors for steps. What has read `lr` as one number
    /// goes on seeing it when a schedule comes that moves both.
    Tensor scheduled;
    Tensor lr;  // the operand of a step: the rate, or both
    std::optional<double> initial_lr;

    /// The attribute of a step for momentum or beta1: a number that stays, where `lr` has them.
    double attribute(double option, double unused) const {
      return moves_momentum() ? unused : option;
    }
    bool moves_momentum() const { return lr.numel() == 2; }
  };

  void add_param_group(ParamGroup<Options> group) {
    std::vector<const std::vector<Tensor>*> others;
    for (const Group& g : param_groups) others.push_back(&g.params);
    detail::check_params(name_, group.params, others);
    Group& added = param_groups.emplace_back();
    static_cast<ParamGroup<Options>&>(added) = std::move(group);
    added.state.resize(added.params.size());
    added.scheduled = empty({2}, DType::f64);
    added.lr = detail::first_of(added.scheduled);
  }

  std::string name() const override { return std::string(name_); }
  std::size_t group_count() const override { return param_groups.size(); }
  const std::vector<Tensor>& params(std::size_t group) const override {
    return param_groups[group].params;
  }
  double* find_number(std::size_t group, std::string_view option) override {
    double* found = nullptr;
    for_each_option(param_groups[group].options, [&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<decltype(value), double&>)
        if (name == option) found = &value;
    });
    return found;
  }
  Betas* find_betas(std::size_t group) override {
    Betas* found = nullptr;
    for_each_option(param_groups[group].options, [&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<decltype(value), Betas&>)
        if (name == "betas") found = &value;
    });
    return found;
  }

  double& moving_momentum(std::size_t group) override {
    double* value = momentum_of(param_groups[group]);
    if (!value)
      fail(ErrorCode::value, name_,
           "must support momentum or beta1 with `cycle_momentum` option enabled");
    param_groups[group].lr = param_groups[group].scheduled;
    return *value;
  }
  std::optional<double>& initial_lr(std::size_t group) override {
    return param_groups[group].initial_lr;
  }

  std::vector<std::pair<std::string, OptionValue>> options(std::size_t group) const override {
    std::vector<std::pair<std::string, OptionValue>> all;
    for_each_option(param_groups[group].options, [&](std::string_view name, const auto& value) {
      all.emplace_back(std::string(name), value);
    });
    return all;
  }
  void set_option(std::size_t group, std::string_view name, const OptionValue& value) override {
    bool found = false;
    for_each_option(param_groups[group].options, [&](std::string_view own, auto& to) {
      if (own != name) return;
      const auto* v = std::get_if<std::remove_cvref_t<decltype(to)>>(&value);
      if (v) to = *v, found = true;
    });
    if (!found)
      fail(ErrorCode::value, name_, "has no option \"", name, "\", or one of another type");
  }
  void set_param(std::size_t group, std::size_t index, Tensor param) override {
    param_groups[group].params[index] = std::move(param);
  }
  void visit_state(std::size_t group, std::size_t index,
                   const std::function<void(std::string_view, Tensor&)>& visit) override {
    for_each_option(param_groups[group].state[index],
                    [&](std::string_view name, Tensor& value) { visit(name, value); });
  }

  void refresh_rates() override {
    for (Group& group : param_groups) {
      double* now = group.lr.template data<double>();
      now[0] = group.options.lr;
      if (group.moves_momentum()) now[1] = *momentum_of(group);
    }
  }

  void initialize_state() override {
    NoGrad off;
    refresh_rates();
    for (Group& group : param_groups) {
      for (std::size_t i = 0; i < group.params.size(); ++i)
        if (prepare(group.params[i], group.state[i], group) && differs_at_first(group.options))
          fail(ErrorCode::value, name_,
               "the first step differs from the others with these options, so it cannot stand for "
               "them: take one step before the trace");
    }
  }

  NamedTensors named_state(const NamedTensors& parameters) override {
    initialize_state();
    NamedTensors all;
    for (std::size_t g = 0; g < param_groups.size(); ++g) {
      const Group& group = param_groups[g];
      all.add(g == 0 ? std::string("optimizer.lr") : text("optimizer.", g, ".lr"), group.lr);
      for (std::size_t i = 0; i < group.params.size(); ++i) {
        const std::string& of = detail::name_of(name_, group.params[i], parameters);
        for_each_option(group.state[i], [&](std::string_view entry, const Tensor& value) {
          if (value && value.numel() != 0) all.add(text("optimizer.", of, ".", entry), value);
        });
      }
    }
    return all;
  }

  OptimizerState state_dict() const override {
    OptimizerState all;
    int64_t number = 0;
    for (const Group& group : param_groups) {
      auto& saved = all.param_groups.emplace_back();
      saved.options = options(std::size_t(&group - param_groups.data()));
      if (group.initial_lr) saved.options.emplace_back("initial_lr", *group.initial_lr);
      for (const State& state : group.state) {
        NamedTensors entries;
        for_each_option(state, [&](std::string_view name, const Tensor& value) {
          if (value && value.shape() != Dims{0}) entries.add(std::string(name), value);
        });
        if (!entries.empty()) all.state.emplace(number, std::move(entries));
        saved.params.push_back(number++);
      }
    }
    return all;
  }

  void load_state_dict(const OptimizerState& saved) override {
    detail::check_loadable(name_, *this, saved);
    // Into copies first, so that an error leaves everything as it was.
    std::vector<Options> options;
    std::vector<std::optional<double>> initial_lrs;
    std::vector<std::vector<State>> states;
    for (std::size_t g = 0; g < param_groups.size(); ++g) {
      const Group& group = param_groups[g];
      options.push_back(group.options);
      initial_lrs.emplace_back();
      for (const auto& [name, value] : saved.param_groups[g].options) {
        if (const double* rate = std::get_if<double>(&value); rate && name == "initial_lr")
          initial_lrs.back() = *rate;
        for_each_option(options.back(), [&](std::string_view own, auto& to) {
          if (own == name)
            if (const auto* v = std::get_if<std::remove_cvref_t<decltype(to)>>(&value)) to = *v;
        });
      }
      states.emplace_back(group.params.size());
      for (std::size_t i = 0; i < group.params.size(); ++i) {
        const auto entries = saved.state.find(saved.param_groups[g].params[i]);
        if (entries == saved.state.end()) continue;
        for_each_option(states.back()[i], [&](std::string_view name, Tensor& to) {
          const Tensor* value = entries->second.find(name);
          to = value ? detail::state_like(name_, name, *value, group.params[i])
                     : detail::unused(group.params[i]);
        });
      }
    }
    for (std::size_t g = 0; g < param_groups.size(); ++g) {
      param_groups[g].options = options[g];
      param_groups[g].initial_lr = initial_lrs[g];
      param_groups[g].state = std::move(states[g]);
    }
  }

  std::vector<Group> param_groups;

 protected:
  explicit OptimizerOf(std::string_view name) : name_(name) {}

  /// Makes what is missing of a parameter's state. True: it was made now.
  virtual bool prepare(const Tensor& param, State& state, const Group& group) = 0;
  /// Is the step that makes the state another than those after it?
  virtual bool differs_at_first(const Options&) const { return false; }

  /// Calls update(param, grad, state, group, is_first) for every parameter with a gradient, off the
  /// tape, with its state made.
  template <class Update>
  void for_each_gradient(const Update& update) {
    NoGrad off;
    if (!mode.tracer) refresh_rates();  // while a step is traced, the rate is state of the program
    for (Group& group : param_groups) {
      for (std::size_t i = 0; i < group.params.size(); ++i)
        if (const Tensor grad = group.params[i].grad()) {
          const bool first = prepare(group.params[i], group.state[i], group);
          update(group.params[i], grad, group.state[i], group, first);
        }
    }
  }

 private:
  /// Null where the options have neither momentum nor betas.
  static double* momentum_of(Group& group) {
    double* found = nullptr;
    for_each_option(group.options, [&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<decltype(value), Betas&>) {
        if (name == "betas") found = &value.first;
      } else if constexpr (std::is_same_v<decltype(value), double&>) {
        if (name == "momentum") found = &value;
      }
    });
    return found;
  }

  template <class Struct, class Visit>
  static void for_each_option(Struct& s, const Visit& visit) {
    using Plain = std::remove_const_t<Struct>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit(reflect::name<Plain, I>(), std::get<I>(reflect::fields(s))), ...);
    }(std::make_index_sequence<reflect::count<Plain>()>());
  }

  std::string_view name_;
};

}  // namespace tandem::optim
