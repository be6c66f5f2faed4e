// Rules of learning rates: each is a plain struct of its options with the rate they give, a pure
// function of where the schedule stands. LRScheduler (optim/lr_scheduler.h) applies them to an
// optimizer; bindings reflect them (optim/registry.h).
//
// The rates follow PyTorch's chained forms, new from the one before, so that they agree to the last
// bit and schedules can be combined.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tandem/tensor/op_info.h"

namespace tandem::optim {

/// Where a schedule stands for one parameter group.
struct Moment {
  int64_t epoch;   // how many times step() was called
  double base_lr;  // the first rate
  double lr;       // the one it has
  std::size_t group = 0;
};

/// Multiplies the rate by gamma every step_size epochs.
struct StepLROptions {
  Required<int64_t> step_size;
  double gamma = 0.1;
  /// Error: code value, as of the other rules.
  void check() const;
  double rate(const Moment& m) const;
};

/// Multiplies the rate by gamma at each of the milestones.
struct MultiStepLROptions {
  Required<std::vector<int64_t>> milestones;
  double gamma = 0.1;
  double rate(const Moment& m) const;
};

/// Multiplies the rate by gamma every epoch.
struct ExponentialLROptions {
  Required<double> gamma;
  double rate(const Moment& m) const;
};

/// factor times the rate for the first total_iters epochs.
struct ConstantLROptions {
  double factor = 1.0 / 3;
  int64_t total_iters = 5;
  void check() const;
  double rate(const Moment& m) const;
};

/// From start_factor to end_factor times the rate, linearly over total_iters epochs.
struct LinearLROptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  int64_t total_iters = 5;
  void check() const;
  double rate(const Moment& m) const;
};

/// From the rate to 0 over total_iters epochs, as a polynomial of degree `power`.
struct PolynomialLROptions {
  int64_t total_iters = 5;
  double power = 1;
  double rate(const Moment& m) const;
};

/// Half a cosine from the rate down to eta_min over T_max epochs, then up again (Loshchilov and
/// Hutter, 2017, without restarts).
struct CosineAnnealingLROptions {
  Required<int64_t> T_max;
  double eta_min = 0;
  void check() const;
  double rate(const Moment& m) const;
};

/// Half a cosine from the rate down to eta_min, again and again: over T_0 epochs first, each time
/// over T_mult times as many (Loshchilov and Hutter, 2017).
struct CosineAnnealingWarmRestartsOptions {
  Required<int64_t> T_0;
  int64_t T_mult = 1;
  double eta_min = 0;
  void check() const;
  double rate(const Moment& m) const;
};

/// Up from max_lr / div_factor to max_lr and down to (max_lr / div_factor) / final_div_factor in
/// total_steps steps, with momentum (or beta1) the other way round (Smith and Topin, 2019). Step it
/// after each batch. Error: code value when stepped more often than that.
struct OneCycleLROptions {
  Required<double> max_lr;
  std::optional<int64_t> total_steps = {};  // or epochs * steps_per_epoch
  std::optional<int64_t> epochs = {};
  std::optional<int64_t> steps_per_epoch = {};
  double pct_start = 0.3;
  Name anneal_strategy = "cos";  // or "linear"
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;
  void check() const;
  double rate(const Moment& m) const;
  /// The rate that it starts from, whatever the optimizer's was.
  double first_rate() const { return max_lr / div_factor; }
  /// What momentum, or beta1, is then; none: it is left alone.
  std::optional<double> momentum(int64_t epoch) const;

 private:
  int64_t steps() const;
  double at(int64_t epoch, double start, double peak, double end) const;
};

struct ReduceLROnPlateauOptions {
  Name mode = "min";  // or "max"
  double factor = 0.1;
  int64_t patience = 10;
  double threshold = 1e-4;
  Name threshold_mode = "rel";  // or "abs"
  int64_t cooldown = 0;
  double min_lr = 0;
  double eps = 1e-8;
};

/// Watches a metric: says when it has not improved for more than `patience` epochs.
class Plateau {
 public:
  explicit Plateau(const ReduceLROnPlateauOptions& options);
  /// Takes in the next value. True: rates are to be reduced now.
  bool reduces(double metrics);
  /// factor times the rate, within its limits.
  double reduced(double lr) const;

  double best;
  int64_t num_bad_epochs = 0;
  int64_t cooldown_counter = 0;

 private:
  bool is_better(double a) const;
  ReduceLROnPlateauOptions options_;
};

}  // namespace tandem::optim
