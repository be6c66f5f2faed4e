#include "tandem/optim/registry.h"

#include "tandem/base/reflect.h"
#include "tandem/optim/adadelta.h"
#include "tandem/optim/adagrad.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/adamax.h"
#include "tandem/optim/asgd.h"
#include "tandem/optim/nadam.h"
#include "tandem/optim/radam.h"
#include "tandem/optim/rmsprop.h"
#include "tandem/optim/rprop.h"
#include "tandem/optim/sgd.h"

namespace tandem::optim {
namespace {

template <class O, class Options>
OptimizerInfo optimizer(std::string_view name, std::string_view hints) {
  OptimizerInfo info{name, {}, hints, [](const std::vector<OptimizerInfo::Group>& groups) {
                       std::vector<ParamGroup<Options>> made;
                       for (const auto& [params, values] : groups) {
                         Options options{};
                         for (const auto& [word, value] : values) {
                           bool taken = false;
                           reflect::for_each_member(options, [&](std::string_view own, auto& to) {
                             const auto* v = std::get_if<std::decay_t<decltype(to)>>(&value);
                             if (own == word && v) to = *v, taken = true;
                           });
                           if (!taken)
                             fail(ErrorCode::value, "optim", "there is no option \"", word,
                                  "\", or it is of another type");
                         }
                         made.push_back({params, options});
                       }
                       return std::unique_ptr<Optimizer>(std::make_unique<O>(std::move(made)));
                     }};
  const Options defaults{};
  reflect::for_each_member(defaults, [&](std::string_view own, const auto& value) {
    info.options.emplace_back(std::string(own), value);
  });
  return info;
}

// An argument's value into a member, and back.

template <class T>
bool assign(T& to, const ScheduleValue& value) {
  if (const T* v = std::get_if<T>(&value)) {
    to = *v;
    return true;
  }
  if constexpr (std::is_same_v<T, double>)
    if (const int64_t* v = std::get_if<int64_t>(&value)) return to = double(*v), true;
  return false;
}
bool assign(Name& to, const ScheduleValue& value) {
  const std::string* v = std::get_if<std::string>(&value);
  if (v) to = Name(std::string_view(*v));
  return v;
}
template <class T>
bool assign(std::optional<T>& to, const ScheduleValue& value) {
  to.reset();
  return std::holds_alternative<std::monostate>(value) || assign(to.emplace(), value);
}
template <class T>
bool assign(Required<T>& to, const ScheduleValue& value) {
  return assign(to.value, value);
}

template <class T>
ScheduleValue shown(const T& value) {
  return value;
}
ScheduleValue shown(const Name& value) { return std::string(value.view()); }
template <class T>
ScheduleValue shown(const std::optional<T>& value) {
  return value ? ScheduleValue(*value) : ScheduleValue();
}
template <class T>
ScheduleValue shown(const Required<T>&) {
  return {};
}

template <class T>
constexpr bool is_required = false;
template <class T>
constexpr bool is_required<Required<T>> = true;

template <class Options>
std::vector<ScheduleOption> options_of() {
  std::vector<ScheduleOption> all;
  const Options defaults{};
  reflect::for_each_member(defaults, [&](std::string_view name, const auto& value) {
    all.push_back({name, is_required<std::decay_t<decltype(value)>>, shown(value)});
  });
  return all;
}

template <class Options>
Options options_from(std::string_view schedule, const ScheduleValues& values) {
  Options options{};
  for (const auto& [word, value] : values) {
    bool known = false;
    reflect::for_each_member(options, [&](std::string_view own, auto& to) {
      if (own != word) return;
      known = true;
      if (!assign(to, value)) fail(ErrorCode::value, schedule, "\"", own, "\" is of another type");
    });
    if (!known) fail(ErrorCode::value, schedule, "has no argument \"", word, "\"");
  }
  return options;
}

template <class Rule>
class ScheduleOf : public Schedule {
 public:
  explicit ScheduleOf(Rule rule) : rule_(std::move(rule)) {
    if constexpr (requires { rule_.check(); }) rule_.check();
  }
  double rate(const Moment& moment) const override { return rule_.rate(moment); }
  std::optional<double> first_rate() const override {
    if constexpr (requires { rule_.first_rate(); })
      return rule_.first_rate();
    else
      return {};
  }
  std::optional<double> momentum([[maybe_unused]] int64_t epoch) const override {
    if constexpr (requires { rule_.momentum(epoch); })
      return rule_.momentum(epoch);
    else
      return {};
  }

 private:
  Rule rule_;
};

template <class Rule>
ScheduleInfo schedule(std::string_view name) {
  return {name, options_of<Rule>(), [](const ScheduleValues& values) {
            return std::unique_ptr<Schedule>(
                std::make_unique<ScheduleOf<Rule>>(options_from<Rule>("schedule", values)));
          }};
}

template <class Info>
const Info* find(const std::vector<Info>& all, std::string_view name) {
  for (const Info& info : all)
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace

const std::vector<OptimizerInfo>& all_optimizers() {
  static const std::vector<OptimizerInfo> all{
      optimizer<Adadelta, AdadeltaOptions>("Adadelta", "capturable, foreach, differentiable"),
      optimizer<Adagrad, AdagradOptions>("Adagrad", "foreach, differentiable, fused"),
      optimizer<Adam, AdamOptions>("Adam", "foreach, capturable, differentiable, fused"),
      optimizer<AdamW, AdamWOptions>("AdamW", "foreach, capturable, differentiable, fused"),
      optimizer<Adamax, AdamaxOptions>("Adamax", "foreach, capturable, differentiable"),
      optimizer<ASGD, ASGDOptions>("ASGD", "foreach, capturable, differentiable"),
      optimizer<NAdam, NAdamOptions>("NAdam", "foreach, capturable, differentiable"),
      optimizer<RAdam, RAdamOptions>("RAdam", "foreach, capturable, differentiable"),
      optimizer<RMSprop, RMSpropOptions>("RMSprop", "capturable, foreach, differentiable"),
      optimizer<Rprop, RpropOptions>("Rprop", "foreach, capturable, differentiable"),
      optimizer<SGD, SGDOptions>("SGD", "foreach, differentiable, fused"),
  };
  return all;
}
const OptimizerInfo* find_optimizer(std::string_view name) { return find(all_optimizers(), name); }

const std::vector<ScheduleInfo>& all_schedules() {
  static const std::vector<ScheduleInfo> all{
      schedule<StepLROptions>("StepLR"),
      schedule<MultiStepLROptions>("MultiStepLR"),
      schedule<ExponentialLROptions>("ExponentialLR"),
      schedule<ConstantLROptions>("ConstantLR"),
      schedule<LinearLROptions>("LinearLR"),
      schedule<PolynomialLROptions>("PolynomialLR"),
      schedule<CosineAnnealingLROptions>("CosineAnnealingLR"),
      schedule<CosineAnnealingWarmRestartsOptions>("CosineAnnealingWarmRestarts"),
      schedule<OneCycleLROptions>("OneCycleLR"),
  };
  return all;
}
const ScheduleInfo* find_schedule(std::string_view name) { return find(all_schedules(), name); }

const std::vector<ScheduleOption>& plateau_options() {
  static const std::vector<ScheduleOption> all = options_of<ReduceLROnPlateauOptions>();
  return all;
}
Plateau make_plateau(const ScheduleValues& values) {
  return Plateau(options_from<ReduceLROnPlateauOptions>("ReduceLROnPlateau", values));
}

}  // namespace tandem::optim
