#include "python/binding/module.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "python/binding/convert.h"
#include "python/binding/named_tensors.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/functions.h"
#include "tandem/optim/registry.h"

namespace tandem::python {
namespace {

using optim::Betas;
using optim::OptionValue;

const optim::OptimizerInfo& known_optimizer(std::string_view name) {
  if (const optim::OptimizerInfo* info = optim::find_optimizer(name)) return *info;
  fail(ErrorCode::value, "optim", "there is no optimizer ", name);
}
const optim::ScheduleInfo& known_schedule(std::string_view name) {
  if (const optim::ScheduleInfo* info = optim::find_schedule(name)) return *info;
  fail(ErrorCode::value, "optim", "there is no schedule ", name);
}

/// A value of Python as the type that an option has.
OptionValue as_option(std::string_view optimizer, std::string_view name, const OptionValue& like,
                      nb::handle value) {
  if (std::holds_alternative<bool>(like)) {
    const int truth = PyObject_IsTrue(value.ptr());
    if (truth < 0) nb::raise_python_error();
    return truth == 1;
  }
  if (std::holds_alternative<double>(like)) {
    double number;
    if (!to_number(value.ptr(), number)) raise_argument(optimizer, name, "float", value.ptr());
    return number;
  }
  Betas betas;
  const bool pair = PySequence_Check(value.ptr()) && PySequence_Size(value.ptr()) == 2;
  if (!pair || !to_number(nb::object(value[0]).ptr(), betas.first) ||
      !to_number(nb::object(value[1]).ptr(), betas.second))
    raise_argument(optimizer, name, "tuple of two floats", value.ptr());
  return betas;
}

/// An optimizer of C++ behind one of Python, whose param_groups and state are the truth: a step
/// takes options, parameters and state from there, and puts new state into it.
class OptimizerCore {
 public:
  OptimizerCore(std::string_view name, nb::list groups) : info_(known_optimizer(name)) {
    std::vector<optim::OptimizerInfo::Group> made;
    for (nb::handle group : groups) {
      auto& [params, options] = made.emplace_back();
      for (nb::handle p : group["params"]) params.push_back(nb::cast<Tensor>(p));
      for (const auto& [option, like] : info_.options)
        options.emplace_back(option,
                             as_option(name, option, like, nb::object(group[option.c_str()])));
    }
    optimizer_ = info_.make(made);
    for (const auto& [option, like] : info_.options)
      options_.emplace_back(nb::str(option.c_str()), like);
  }

  /// A group's options: the constructor's, and those that it fixes.
  std::vector<std::pair<std::string, OptionValue>> options(std::size_t group) const {
    return optimizer_->options(group);
  }

  /// Does it still have as many parameters?
  bool fits(nb::list groups) const {
    if (groups.size() != optimizer_->group_count()) return false;
    for (std::size_t g = 0; g < groups.size(); ++g)
      if (nb::len(nb::object(groups[g]["params"])) != optimizer_->params(g).size()) return false;
    return true;
  }

  void step(nb::list groups, nb::dict state) {
    take_all(groups, state);
    optimizer_->step();
    give_all(groups, state, [](nb::handle p) { return bool(tensor_of(p.ptr()).grad()); });
  }

  /// What a traced step reads and writes, by the names that `parameters` has for them; made first
  /// where it is not there.
  nb::dict traced_state(nb::list groups, nb::dict state, const nb::dict& parameters) {
    take_all(groups, state);
    const NamedTensors traced =
        optimizer_->named_state(named_tensors(parameters, info_.name, "parameters"));
    give_all(groups, state, [](nb::handle) { return true; });
    return dict_of(traced);
  }

  /// What schedules write into param_groups, into the tensors that programs read.
  void refresh_rates(nb::list groups) {
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (const auto& [option, like] : options_)
        if (const std::string_view name = option.c_str();
            name == "lr" || name == "betas" || name == "momentum")
          take_option(g, nb::cast<nb::dict>(groups[g]), option, like);
    optimizer_->refresh_rates();
  }

  /// A schedule moves momentum, or beta1, from now on.
  void move_momentum() {
    for (std::size_t g = 0; g < optimizer_->group_count(); ++g) optimizer_->moving_momentum(g);
  }

 private:
  template <class Visit>
  static void each_param(const nb::dict& group, const Visit& visit) {
    std::size_t i = 0;
    for (nb::handle p : group["params"]) visit(i++, p);
  }

  void take_option(std::size_t g, const nb::dict& group, const nb::str& option,
                   const OptionValue& like) {
    optimizer_->set_option(g, option.c_str(),
                           as_option(info_.name, option.c_str(), like, nb::object(group[option])));
  }

  void take_all(nb::list& groups, const nb::dict& state) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const nb::dict group = nb::cast<nb::dict>(groups[g]);
      for (const auto& [option, like] : options_) take_option(g, group, option, like);
      each_param(group, [&](std::size_t i, nb::handle p) { take(g, i, p, state); });
    }
  }
  template <class Which>
  void give_all(nb::list& groups, nb::dict& state, const Which& which) {
    for (std::size_t g = 0; g < groups.size(); ++g)
      each_param(nb::cast<nb::dict>(groups[g]), [&](std::size_t i, nb::handle p) {
        if (which(p)) give(g, i, p, state);
      });
  }

  /// A parameter's own dict of state; null while it has none.
  static PyObject* entries(const nb::dict& state, nb::handle param) {
    return PyDict_GetItemWithError(state.ptr(), param.ptr());
  }

  void take(std::size_t g, std::size_t i, nb::handle param, const nb::dict& state) {
    const Tensor& p = tensor_of(param.ptr());
    if (!p.is_same(optimizer_->params(g)[i])) optimizer_->set_param(g, i, p);
    PyObject* own = entries(state, param);
    const bool fresh = !own || PyDict_Size(own) == 0;
    optimizer_->visit_state(g, i, [&](std::string_view name, Tensor& to) {
      PyObject* found =
          fresh ? nullptr : PyDict_GetItem(own, nb::str(name.data(), name.size()).ptr());
      if (found && is_tensor(found)) {
        if (!tensor_of(found).is_same(to)) to = tensor_of(found);
      } else if (found && found != Py_None) {
        double number;  // checkpoints of long ago count steps in an int
        if (!to_number(found, number)) raise_argument(info_.name, name, "Tensor", found);
        to = full({}, number, DType::f32);
      } else if (fresh) {
        to = Tensor();
      } else if (!to || to.shape() != Dims{0}) {
        to = optim::detail::unused(p);
      }
    });
  }

  void give(std::size_t g, std::size_t i, nb::handle param, nb::dict& state) {
    nb::object own;  // a defaultdict makes it
    optimizer_->visit_state(g, i, [&](std::string_view name, Tensor& value) {
      if (!value || value.shape() == Dims{0}) return;
      if (!own.is_valid()) own = nb::steal(PyObject_GetItem(state.ptr(), param.ptr()));
      const nb::str key(name.data(), name.size());
      PyObject* found = PyDict_GetItem(own.ptr(), key.ptr());
      if (!found || !is_tensor(found) || !tensor_of(found).is_same(value)) own[key] = value;
    });
  }

  const optim::OptimizerInfo& info_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::vector<std::pair<nb::str, OptionValue>> options_;  // a group's
};

optim::ScheduleValues values_of(nb::dict given) {
  optim::ScheduleValues values;
  for (auto [name, value] : given) {
    optim::ScheduleValue v;
    if (PyBool_Check(value.ptr()))
      v = value.ptr() == Py_True;
    else if (PyLong_Check(value.ptr()))
      v = nb::cast<int64_t>(value);
    else if (nb::isinstance<nb::str>(value))
      v = nb::cast<std::string>(value);
    else if (PyFloat_Check(value.ptr()) || PyNumber_Check(value.ptr()))
      v = nb::cast<double>(nb::float_(nb::object(nb::borrow(value))));
    else if (!value.is_none())
      v = nb::cast<std::vector<int64_t>>(nb::list(nb::borrow(value)));
    values.emplace_back(nb::cast<std::string>(name), std::move(v));
  }
  return values;
}

/// [(name, default)]; required ones as (name,).
nb::list parameters(const std::vector<optim::ScheduleOption>& options) {
  nb::list all;
  for (const auto& option : options)
    if (option.required)
      all.append(nb::make_tuple(option.name));
    else
      all.append(nb::make_tuple(option.name, option.value));
  return all;
}

}  // namespace

void bind_optim(nb::module_& m) {
  nb::module_ o = m.def_submodule("_optim", "Optimizers and schedules, from their registry.");
  o.def("optimizers", [] {
    nb::list names;
    for (const auto& info : optim::all_optimizers()) names.append(info.name);
    return names;
  });
  o.def("schedules", [] {
    nb::list names;
    for (const auto& info : optim::all_schedules()) names.append(info.name);
    return names;
  });
  o.def("options", [](std::string_view name) { return known_optimizer(name).options; });
  o.def("hints", [](std::string_view name) { return known_optimizer(name).hints; });
  o.def("schedule_parameters",
        [](std::string_view name) { return parameters(known_schedule(name).options); });
  o.def("plateau_parameters", [] { return parameters(optim::plateau_options()); });

  nb::class_<OptimizerCore>(o, "Optimizer")
      .def(nb::init<std::string_view, nb::list>())
      .def("options", &OptimizerCore::options)
      .def("fits", &OptimizerCore::fits)
      .def("step", &OptimizerCore::step)
      .def("traced_state", &OptimizerCore::traced_state)
      .def("refresh_rates", &OptimizerCore::refresh_rates)
      .def("move_momentum", &OptimizerCore::move_momentum);

  nb::class_<optim::Schedule>(o, "Schedule")
      .def("rate", [](const optim::Schedule& s, int64_t epoch, double base_lr,
                      double lr) { return s.rate({epoch, base_lr, lr}); })
      .def("first_rate", &optim::Schedule::first_rate)
      .def("momentum", &optim::Schedule::momentum);
  o.def("schedule", [](std::string_view name, nb::dict given) {
    return known_schedule(name).make(values_of(given));
  });
  nb::class_<optim::Plateau>(o, "Plateau")
      .def("reduces", &optim::Plateau::reduces)
      .def("reduced", &optim::Plateau::reduced)
      .def_rw("best", &optim::Plateau::best)
      .def_rw("num_bad_epochs", &optim::Plateau::num_bad_epochs)
      .def_rw("cooldown_counter", &optim::Plateau::cooldown_counter);
  o.def("plateau", [](nb::dict given) { return optim::make_plateau(values_of(given)); });
}

}  // namespace tandem::python
