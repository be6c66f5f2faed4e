#include "tandem/optim/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace tandem::optim {

constexpr double pi = std::numbers::pi;

void StepLROptions::check() const {
  if (step_size < 1) fail(ErrorCode::value, "StepLR", "expected step_size >= 1, got ", step_size);
}
double StepLROptions::rate(const Moment& m) const {
  return m.epoch == 0 || m.epoch % step_size != 0 ? m.lr : m.lr * gamma;
}

double MultiStepLROptions::rate(const Moment& m) const {
  const auto times = std::ranges::count(milestones.value, m.epoch);
  return times ? m.lr * std::pow(gamma, double(times)) : m.lr;
}

double ExponentialLROptions::rate(const Moment& m) const {
  return m.epoch == 0 ? m.lr : m.lr * gamma;
}

void ConstantLROptions::check() const {
  if (!(factor >= 0 && factor <= 1))
    fail(ErrorCode::value, "ConstantLR", "expected a factor between 0 and 1, got ", factor);
}
double ConstantLROptions::rate(const Moment& m) const {
  if (m.epoch == 0) return m.lr * factor;
  return m.epoch == total_iters ? m.lr * (1 / factor) : m.lr;
}

void LinearLROptions::check() const {
  if (!(start_factor > 0 && start_factor <= 1))
    fail(ErrorCode::value, "LinearLR", "expected 0 < start_factor <= 1, got ", start_factor);
  if (!(end_factor >= 0 && end_factor <= 1))
    fail(ErrorCode::value, "LinearLR", "expected 0 <= end_factor <= 1, got ", end_factor);
}
double LinearLROptions::rate(const Moment& m) const {
  if (m.epoch == 0) return m.lr * start_factor;
  if (m.epoch > total_iters) return m.lr;
  const double rise = end_factor - start_factor;
  return m.lr * (1 + rise / (double(total_iters) * start_factor + double(m.epoch - 1) * rise));
}

double PolynomialLROptions::rate(const Moment& m) const {
  if (m.epoch == 0 || m.epoch > total_iters) return m.lr;
  const double n = double(total_iters);
  return m.lr * std::pow((1 - double(m.epoch) / n) / (1 - double(m.epoch - 1) / n), power);
}

void CosineAnnealingLROptions::check() const {
  if (T_max < 1) fail(ErrorCode::value, "CosineAnnealingLR", "expected T_max >= 1, got ", T_max);
}
double CosineAnnealingLROptions::rate(const Moment& m) const {
  if (m.epoch == 0) return m.lr;
  const double t = double(m.epoch), T = double(T_max);
  // At the lowest point the chained form below would divide by zero.
  if (m.epoch > T_max && (m.epoch - 1 - T_max) % (2 * T_max) == 0)
    return m.lr + (m.base_lr - eta_min) * (1 - std::cos(pi / T)) / 2;
  return (1 + std::cos(pi * t / T)) / (1 + std::cos(pi * (t - 1) / T)) * (m.lr - eta_min) + eta_min;
}

void CosineAnnealingWarmRestartsOptions::check() const {
  if (T_0 < 1)
    fail(ErrorCode::value, "CosineAnnealingWarmRestarts", "Expected positive integer T_0, but got ",
         T_0);
  if (T_mult < 1)
    fail(ErrorCode::value, "CosineAnnealingWarmRestarts", "Expected integer T_mult >= 1, but got ",
         T_mult);
}
double CosineAnnealingWarmRestartsOptions::rate(const Moment& m) const {
  int64_t since = m.epoch, length = T_0;
  if (T_mult == 1) since %= length;
  for (; since >= length; length *= T_mult) since -= length;
  return eta_min + (m.base_lr - eta_min) * (1 + std::cos(pi * double(since) / double(length))) / 2;
}

int64_t OneCycleLROptions::steps() const {
  return total_steps ? *total_steps : epochs.value_or(0) * steps_per_epoch.value_or(0);
}
void OneCycleLROptions::check() const {
  const auto bad = [](const auto&... parts) { fail(ErrorCode::value, "OneCycleLR", parts...); };
  if (!total_steps && !(epochs && steps_per_epoch))
    bad("You must define either total_steps OR (epochs AND steps_per_epoch)");
  if (steps() <= 0) bad("Expected positive integer total_steps, but got ", steps());
  if (!(pct_start >= 0 && pct_start <= 1))
    bad("Expected float between 0 and 1 pct_start, but got ", pct_start);
  if (anneal_strategy != Name("cos") && anneal_strategy != Name("linear"))
    bad("anneal_strategy must be one of 'cos' or 'linear', instead got ", anneal_strategy);
}

double OneCycleLROptions::at(int64_t epoch, double start, double peak, double end) const {
  struct Phase {
    double end_step, from, to;
  };
  const double total = double(steps()), rise = pct_start * total - 1;
  std::vector<Phase> phases{{rise, start, peak}};
  if (three_phase) phases.push_back({2 * pct_start * total - 2, peak, start});
  phases.push_back({total - 1, three_phase ? start : peak, end});
  double begin = 0;
  for (std::size_t i = 0;; begin = phases[i++].end_step) {
    const Phase& phase = phases[i];
    if (double(epoch) > phase.end_step && i + 1 < phases.size()) continue;
    const double part = (double(epoch) - begin) / (phase.end_step - begin);
    return anneal_strategy == Name("cos")
               ? phase.to + (phase.from - phase.to) / 2 * (std::cos(pi * part) + 1)
               : (phase.to - phase.from) * part + phase.from;
  }
}
double OneCycleLROptions::rate(const Moment& m) const {
  if (m.epoch > steps())
    fail(ErrorCode::value, "OneCycleLR", "Tried to step ", m.epoch,
         " times. The specified number of total steps is ", steps());
  return at(m.epoch, m.base_lr, max_lr, m.base_lr / final_div_factor);
}
std::optional<double> OneCycleLROptions::momentum(int64_t epoch) const {
  if (!cycle_momentum) return {};
  return at(epoch, max_momentum, base_momentum, max_momentum);
}

Plateau::Plateau(const ReduceLROnPlateauOptions& o) : options_(o) {
  const auto bad = [](const auto&... parts) {
    fail(ErrorCode::value, "ReduceLROnPlateau", parts...);
  };
  if (!(o.factor < 1)) bad("Factor should be < 1.0, got ", o.factor);
  if (o.mode != Name("min") && o.mode != Name("max")) bad("mode ", o.mode, " is unknown!");
  if (o.threshold_mode != Name("rel") && o.threshold_mode != Name("abs"))
    bad("threshold mode ", o.threshold_mode, " is unknown!");
  const double infinity = std::numeric_limits<double>::infinity();
  best = o.mode == Name("min") ? infinity : -infinity;
}

bool Plateau::is_better(double a) const {
  const bool relative = options_.threshold_mode == Name("rel");
  if (options_.mode == Name("min"))
    return a < (relative ? best * (1 - options_.threshold) : best - options_.threshold);
  return a > (relative ? best * (options_.threshold + 1) : best + options_.threshold);
}

bool Plateau::reduces(double metrics) {
  if (is_better(metrics)) {
    best = metrics;
    num_bad_epochs = 0;
  } else {
    ++num_bad_epochs;
  }
  if (cooldown_counter > 0) {
    --cooldown_counter;
    num_bad_epochs = 0;
  }
  if (num_bad_epochs <= options_.patience) return false;
  cooldown_counter = options_.cooldown;
  num_bad_epochs = 0;
  return true;
}

double Plateau::reduced(double lr) const {
  const double less = std::max(lr * options_.factor, options_.min_lr);
  return lr - less > options_.eps ? less : lr;
}

}  // namespace tandem::optim
