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

/// An option where it lies.
using OptionReference = std::variant<bool*, double*, Betas*>;

/// What groups of all optimizers have.
struct GroupOfParameters {
  std::vector<Tensor> params;
  /// The rate and momentum or beta1, as tensors for steps. What has read `lr` as one number goes on
  /// seeing it when a schedule comes that moves both.
  Tensor scheduled;
  Tensor lr;  // the operand of a step: the rate, or both
  std::optional<double> initial_lr;

  /// The attribute of a step for momentum or beta1: a number that stays, where `lr` has them.
  double attribute(double option, double unused) const {
    return moves_momentum() ? unused : option;
  }
  bool moves_momentum() const { return lr.numel() == 2; }
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(Optimizer&&) = default;

  /// Updates every parameter that has a gradient.
  virtual void step() = 0;
  /// Drops gradients, or fills them with zeros.
  void zero_grad(bool set_to_none = true);

  std::string name() const { return std::string(name_); }
  virtual std::size_t group_count() const = 0;
  const std::vector<Tensor>& params(std::size_t group) const { return group_at(group).params; }
  /// An option of a group. Error: code index.
  double& number(std::size_t group, std::string_view option);
  double& lr(std::size_t group) { return number(group, "lr"); }
  /// Momentum, or beta1, of a group, for a schedule that moves it: from now on steps have it from
  /// a tensor, as they have `lr`. Error: code value where there is neither.
  double& moving_momentum(std::size_t group);
  /// Null where this optimizer has no such option, or one of another type.
  double* find_number(std::size_t group, std::string_view option);
  Betas* find_betas(std::size_t group);
  /// The rate before any scheduler changed it; set by the first one.
  std::optional<double>& initial_lr(std::size_t group) { return group_at(group).initial_lr; }

  // For front ends, which keep groups and state in dicts of their own.

  /// A group's options by name, in order.
  std::vector<std::pair<std::string, OptionValue>> options(std::size_t group) const;
  /// Error: code value for an option that there is not, or of another type.
  void set_option(std::size_t group, std::string_view name, const OptionValue& value);
  /// Parameter `index` of a group is `param` from now on; its state stays.
  void set_param(std::size_t group, std::size_t index, Tensor param) {
    group_at(group).params[index] = std::move(param);
  }
  /// Calls visit(name, tensor) with each entry of a parameter's state: undefined while there is no
  /// state yet, of shape [0] where the options do not use it.
  virtual void visit_state(std::size_t group, std::size_t index,
                           const std::function<void(std::string_view, Tensor&)>& visit) = 0;

  /// Makes the state that the first step would make, so that a step can be traced before one was
  /// taken. Error: code value where the first step differs from the others (SGD with dampening).
  void initialize_state();
  /// Writes each group's rate, and momentum where it moves, into the tensors that steps read them
  /// from, where programs find them.
  virtual void refresh_rates() = 0;
  /// What a traced step reads and writes, by the names of its parameters: "optimizer.lr" (of a
  /// second group "optimizer.1.lr"; with momentum behind it where a schedule moves that), and
  /// "optimizer.conv1.weight.exp_avg". Aliases, not copies; the state is initialized first.
  /// `parameters` names all that are optimized. Error: code value.
  NamedTensors named_state(const NamedTensors& parameters);

  /// Aliases of the state, not copies.
  OptimizerState state_dict() const;
  /// Copies state in, laid out and cast like the parameters. Errors: code value for groups, sizes
  /// or entries that do not fit; nothing was changed then.
  void load_state_dict(const OptimizerState& state);

 protected:
  explicit Optimizer(std::string_view name) : name_(name) {}

  using OptionVisitor = std::function<void(std::string_view, OptionReference)>;
  virtual void visit_options(std::size_t group, const OptionVisitor& visit) = 0;
  virtual GroupOfParameters& group_at(std::size_t group) = 0;
  const GroupOfParameters& group_at(std::size_t group) const {
    return const_cast<Optimizer*>(this)->group_at(group);
  }
  /// Makes what is missing of a parameter's state. True: it was made now, and the step that makes
  /// it is another than those after it.
  virtual bool first_step_differs(std::size_t group, std::size_t index) = 0;

  /// Checks `params`, which are to be of a group, and makes the tensors for its rate.
  void start_group(GroupOfParameters& group, std::vector<Tensor> params);
  void write_rates(std::size_t group, double rate);

  std::string_view name_;

 private:
  /// Null where the options have neither momentum nor betas.
  double* find_momentum(std::size_t group);
};

/// As PyTorch prints optimizers, options sorted by name.
std::string to_string(const Optimizer& optimizer);

namespace detail {

/// Error: code value.
void check_range(std::string_view optimizer, std::string_view option, double value, double low,
                 double high);
/// Zeros in the memory layout of `like`.
Tensor zeros_like(const Tensor& like);
/// A buffer that is not used (ops/optimizer.h).
Tensor unused(const Tensor& like);

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
  struct Group : GroupOfParameters {
    Options options;
    std::vector<State> state;  // one a parameter
  };

  void add_param_group(ParamGroup<Options> group) {
    Group added;
    start_group(added, std::move(group.params));
    added.options = std::move(group.options);
    added.state.resize(added.params.size());
    param_groups.push_back(std::move(added));
  }

  std::size_t group_count() const override { return param_groups.size(); }
  void visit_state(std::size_t group, std::size_t index,
                   const std::function<void(std::string_view, Tensor&)>& visit) override {
    reflect::for_each_member(param_groups[group].state[index], visit);
  }
  void refresh_rates() override {
    for (std::size_t g = 0; g < param_groups.size(); ++g)
      write_rates(g, param_groups[g].options.lr);
  }

  std::vector<Group> param_groups;

 protected:
  using Optimizer::Optimizer;

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
  GroupOfParameters& group_at(std::size_t group) override { return param_groups[group]; }
  void visit_options(std::size_t group, const OptionVisitor& visit) override {
    reflect::for_each_member(param_groups[group].options,
                             [&](std::string_view name, auto& value) { visit(name, &value); });
  }
  bool first_step_differs(std::size_t group, std::size_t index) override {
    Group& g = param_groups[group];
    return prepare(g.params[index], g.state[index], g) && differs_at_first(g.options);
  }
};

}  // namespace tandem::optim
