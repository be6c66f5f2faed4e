// Learning-rate schedules. Each sets the rates of epoch 0 when made; step() goes to the next epoch
// (or batch, where one steps after each) and writes the new rates into the optimizer's groups.
//
//   optim::StepLR scheduler(optimizer, 30, 0.1);
//   for (int epoch = 0; epoch < 90; ++epoch) { train(); scheduler.step(); }
//
// The rates follow PyTorch's chained forms, so that they agree to the last bit and schedulers can
// be combined.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tandem/optim/optimizer.h"

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
  explicit LRScheduler(Optimizer& optimizer);
  /// The rate of a group in this epoch; `lr` is the one it has.
  virtual double rate(std::size_t group, double lr) const = 0;
  /// To be called at the end of a constructor: the rates of epoch 0.
  void start() { write(); }
  void write();

  friend class SequentialLR;
  void restart();  // the first rates, then those of epoch 0

  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
  int64_t last_epoch_ = 0;
};

/// Multiplies the rate by gamma every step_size epochs.
class StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  int64_t step_size_;
  double gamma_;
};

/// Multiplies the rate by gamma at each of the milestones.
class MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma = 0.1);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  std::vector<int64_t> milestones_;
  double gamma_;
};

/// Multiplies the rate by gamma every epoch.
class ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  double gamma_;
};

/// factor times the rate for the first total_iters epochs.
class ConstantLR : public LRScheduler {
 public:
  ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3, int64_t total_iters = 5);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  double factor_;
  int64_t total_iters_;
};

/// From start_factor to end_factor times the rate, linearly over total_iters epochs.
class LinearLR : public LRScheduler {
 public:
  LinearLR(Optimizer& optimizer, double start_factor = 1.0 / 3, double end_factor = 1,
           int64_t total_iters = 5);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  double start_factor_, end_factor_;
  int64_t total_iters_;
};

/// Half a cosine from the rate down to eta_min over T_max epochs, then up again (Loshchilov and
/// Hutter, 2017, without restarts).
class CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  int64_t T_max_;
  double eta_min_;
};

/// The first rate times lr_lambda(epoch); one lambda for all groups, or one each.
class LambdaLR : public LRScheduler {
 public:
  using Lambda = std::function<double(int64_t epoch)>;
  LambdaLR(Optimizer& optimizer, Lambda lr_lambda);
  LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambdas);

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  std::vector<Lambda> lambdas_;
};

struct OneCycleLROptions {
  double max_lr = 0;
  std::optional<int64_t> total_steps = {};  // or epochs * steps_per_epoch
  std::optional<int64_t> epochs = {};
  std::optional<int64_t> steps_per_epoch = {};
  double pct_start = 0.3;
  std::string_view anneal_strategy = "cos";  // or "linear"
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;
};

/// Up from max_lr / div_factor to max_lr and down to (max_lr / div_factor) / final_div_factor in
/// total_steps steps, with momentum (or beta1) the other way round (Smith and Topin, 2019). Step it
/// after each batch. Error: code value when stepped more often than that.
class OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, const OneCycleLROptions& options);
  OneCycleLR(Optimizer& optimizer, double max_lr, int64_t total_steps)
      : OneCycleLR(optimizer, {.max_lr = max_lr, .total_steps = total_steps}) {}
  void step() override;

 protected:
  double rate(std::size_t group, double lr) const override;

 private:
  double at(double start, double peak, double end) const;
  void write_momentum();

  struct Phase {
    double end_step;
    int from, to;  // 0 first, 1 highest, 2 last
  };
  OneCycleLROptions options_;
  std::vector<Phase> phases_;
  int64_t total_steps_;
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
  double rate(std::size_t, double lr) const override { return lr; }

 private:
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
  std::vector<int64_t> milestones_;
};

struct ReduceLROnPlateauOptions {
  std::string_view mode = "min";  // or "max"
  double factor = 0.1;
  int64_t patience = 10;
  double threshold = 1e-4;
  std::string_view threshold_mode = "rel";  // or "abs"
  int64_t cooldown = 0;
  double min_lr = 0;
  double eps = 1e-8;
};

/// Multiplies the rates by factor when a metric has not improved for more than `patience` epochs.
class ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options = {});
  void step(double metrics);
  std::vector<double> get_last_lr() const;
  /// As of LRScheduler.
  NamedTensors state_dict() const;
  void load_state_dict(const NamedTensors& state);

 private:
  bool is_better(double a, double best) const;

  Optimizer& optimizer_;
  ReduceLROnPlateauOptions options_;
  double best_;
  int64_t num_bad_epochs_ = 0;
  int64_t cooldown_counter_ = 0;
};

}  // namespace tandem::optim
