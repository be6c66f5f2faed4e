// Learning-rate schedules. Each sets the rates of epoch 0 when made; step() goes to the next epoch
// (or batch, where one steps after each) and writes the new rates into the optimizer's groups.
//
//   optim::StepLR scheduler(optimizer, 30, 0.1);
//   for (int epoch = 0; epoch < 90; ++epoch) { train(); scheduler.step(); }
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tandem/optim/optimizer.h"
#include "tandem/optim/schedule.h"

namespace tandem::optim {

class LRScheduler {
 public:
  virtual ~LRScheduler() = default;
  LRScheduler(const LRScheduler&) = delete;

  virtual void step();
  /// The rates of the groups now.
  std::vector<double> get_last_lr() const;
  /// How many times step() was called.
  int64_t last_epoch() const { return last_epoch_; }

  /// Where the schedule stands, as tensors that any state file holds. The rates themselves are in
  /// the optimizer's state: save and load both, into schedulers made with the same arguments.
  virtual NamedTensors state_dict() const;
  /// Error: code value for missing or unfitting entries; nothing was changed then.
  virtual void load_state_dict(const NamedTensors& state);

 protected:
  /// The rates begin with the optimizer's, or with `first_rate`.
  explicit LRScheduler(Optimizer& optimizer, std::optional<double> first_rate = {});
  virtual double rate(const Moment& moment) const = 0;
  /// What momentum, or beta1, is in an epoch; none: it is left alone.
  virtual std::optional<double> momentum(int64_t) const { return {}; }
  /// Writes the rates of this epoch; to be called at the end of a constructor.
  void write();

  friend class SequentialLR;
  void restart();  // the first rates, then those of epoch 0

  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
  int64_t last_epoch_ = 0;
};

/// A schedule by one of the rules of optim/schedule.h.
template <class Rule>
class ScheduleBy : public LRScheduler {
 public:
  ScheduleBy(Optimizer& optimizer, const Rule& rule)
      : LRScheduler(optimizer, first_rate(rule)), rule_(rule) {
    write();
  }

 protected:
  double rate(const Moment& moment) const override { return rule_.rate(moment); }
  std::optional<double> momentum(int64_t epoch) const override {
    if constexpr (requires { rule_.momentum(epoch); })
      return rule_.momentum(epoch);
    else
      return {};
  }

 private:
  /// Looks at the rule before anything is written.
  static std::optional<double> first_rate(const Rule& rule) {
    if constexpr (requires { rule.check(); }) rule.check();
    if constexpr (requires { rule.first_rate(); })
      return rule.first_rate();
    else
      return {};
  }

  Rule rule_;
};

struct StepLR : ScheduleBy<StepLROptions> {
  using ScheduleBy::ScheduleBy;
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1)
      : ScheduleBy(optimizer, {step_size, gamma}) {}
};
struct MultiStepLR : ScheduleBy<MultiStepLROptions> {
  using ScheduleBy::ScheduleBy;
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma = 0.1)
      : ScheduleBy(optimizer, {std::move(milestones), gamma}) {}
};
struct ExponentialLR : ScheduleBy<ExponentialLROptions> {
  using ScheduleBy::ScheduleBy;
  ExponentialLR(Optimizer& optimizer, double gamma) : ScheduleBy(optimizer, {gamma}) {}
};
struct ConstantLR : ScheduleBy<ConstantLROptions> {
  using ScheduleBy::ScheduleBy;
  explicit ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3, int64_t total_iters = 5)
      : ScheduleBy(optimizer, {factor, total_iters}) {}
};
struct LinearLR : ScheduleBy<LinearLROptions> {
  using ScheduleBy::ScheduleBy;
  explicit LinearLR(Optimizer& optimizer, double start_factor = 1.0 / 3, double end_factor = 1,
                    int64_t total_iters = 5)
      : ScheduleBy(optimizer, {start_factor, end_factor, total_iters}) {}
};
struct PolynomialLR : ScheduleBy<PolynomialLROptions> {
  using ScheduleBy::ScheduleBy;
  explicit PolynomialLR(Optimizer& optimizer, int64_t total_iters = 5, double power = 1)
      : ScheduleBy(optimizer, {total_iters, power}) {}
};
struct CosineAnnealingLR : ScheduleBy<CosineAnnealingLROptions> {
  using ScheduleBy::ScheduleBy;
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0)
      : ScheduleBy(optimizer, {T_max, eta_min}) {}
};
struct CosineAnnealingWarmRestarts : ScheduleBy<CosineAnnealingWarmRestartsOptions> {
  using ScheduleBy::ScheduleBy;
  CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t T_0, int64_t T_mult = 1,
                              double eta_min = 0)
      : ScheduleBy(optimizer, {T_0, T_mult, eta_min}) {}
};
struct OneCycleLR : ScheduleBy<OneCycleLROptions> {
  using ScheduleBy::ScheduleBy;
  OneCycleLR(Optimizer& optimizer, double max_lr, int64_t total_steps)
      : ScheduleBy(optimizer, {.max_lr = max_lr, .total_steps = total_steps}) {}
};

/// The first rate times lr_lambda(epoch); one lambda for all groups, or one each.
class LambdaLR : public LRScheduler {
 public:
  using Lambda = std::function<double(int64_t epoch)>;
  LambdaLR(Optimizer& optimizer, Lambda lr_lambda);
  LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambdas);

 protected:
  double rate(const Moment& moment) const override;

 private:
  std::vector<Lambda> lambdas_;
};

/// Runs one scheduler after the other, changing at the milestones.
class SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers,
               std::vector<int64_t> milestones);
  void step() override;
  /// Those of its schedulers too, as "schedulers.0.last_epoch".
  NamedTensors state_dict() const override;
  void load_state_dict(const NamedTensors& state) override;

 protected:
  double rate(const Moment& moment) const override { return moment.lr; }

 private:
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
  std::vector<int64_t> milestones_;
};

/// Multiplies the rates by factor when a metric has not improved for more than `patience` epochs.
class ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options = {})
      : optimizer_(optimizer), plateau_(options) {}
  void step(double metrics);
  std::vector<double> get_last_lr() const;
  /// As of LRScheduler.
  NamedTensors state_dict() const;
  void load_state_dict(const NamedTensors& state);

 private:
  Optimizer& optimizer_;
  Plateau plateau_;
};

}  // namespace tandem::optim
