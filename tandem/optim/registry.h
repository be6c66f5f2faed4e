// Which optimizers and schedules there are, with their options: what bindings, stubs and docs are
// derived from.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tandem/optim/lr_scheduler.h"
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct OptimizerInfo {
  /// Parameters and options of one group; what is not named has its default.
  struct Group {
    std::vector<Tensor> params;
    std::vector<std::pair<std::string, OptionValue>> options;
  };
  std::string_view name;                                     // "Adam"
  std::vector<std::pair<std::string, OptionValue>> options;  // with their defaults
  /// What PyTorch's also takes, on how to run a step: kept where its programs look for it, and of
  /// no effect. "foreach, differentiable"
  std::string_view hints;
  /// Error: code value for an option that there is not, or of another type, or out of range.
  std::unique_ptr<Optimizer> (*make)(const std::vector<Group>& groups);
};

const std::vector<OptimizerInfo>& all_optimizers();
/// Null when there is none of this name.
const OptimizerInfo* find_optimizer(std::string_view name);

/// An argument of a schedule; none, where that is a value of it.
using ScheduleValue =
    std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<int64_t>>;

/// A rule of optim/schedule.h by its type alone.
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual double rate(const Moment& moment) const = 0;
  virtual std::optional<double> first_rate() const = 0;
  virtual std::optional<double> momentum(int64_t epoch) const = 0;
};

struct ScheduleOption {
  std::string_view name;
  bool required;
  ScheduleValue value;  // the default
};
using ScheduleValues = std::vector<std::pair<std::string, ScheduleValue>>;

struct ScheduleInfo {
  std::string_view name;  // "StepLR"
  std::vector<ScheduleOption> options;
  /// Error: code value, as of OptimizerInfo.
  std::unique_ptr<Schedule> (*make)(const ScheduleValues& values);
};

const std::vector<ScheduleInfo>& all_schedules();
const ScheduleInfo* find_schedule(std::string_view name);

/// ReduceLROnPlateau's, which goes by a metric.
const std::vector<ScheduleOption>& plateau_options();
Plateau make_plateau(const ScheduleValues& values);

}  // namespace tandem::optim
