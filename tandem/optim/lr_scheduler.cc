#include "tandem/optim/lr_scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "tandem/ops/functions.h"

namespace tandem::optim {

constexpr double pi = std::numbers::pi;

namespace {

/// An entry of a scheduler's state. Error: code value unless it is there, with so many numbers.
Tensor entry(std::string_view scheduler, const NamedTensors& state, std::string_view name,
             const Dims& shape) {
  const Tensor* t = state.find(name);
  if (!t || t->shape() != shape)
    fail(ErrorCode::value, scheduler, "expected \"", name, "\" of shape ", shape,
         " in the state, got ", t ? text(t->type()) : std::string("nothing"));
  return *t;
}
int64_t count_in(std::string_view scheduler, const NamedTensors& state, std::string_view name) {
  const int64_t n = entry(scheduler, state, name, {}).item<int64_t>();
  if (n < 0)
    fail(ErrorCode::value, scheduler, "expected \"", name, "\" of 0 or more in the state, got ", n);
  return n;
}
Tensor count(int64_t n) { return full({}, n, DType::i64); }

}  // namespace

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {
  for (std::size_t g = 0; g < optimizer.group_count(); ++g) {
    std::optional<double>& initial = optimizer.initial_lr(g);
    if (!initial) initial = optimizer.lr(g);
    base_lrs_.push_back(*initial);
  }
}

void LRScheduler::write() {
  for (std::size_t g = 0; g < base_lrs_.size(); ++g) {
    double& lr = optimizer_.lr(g);
    lr = rate(g, lr);
  }
}

void LRScheduler::step() {
  ++last_epoch_;
  write();
}

void LRScheduler::restart() {
  last_epoch_ = 0;
  for (std::size_t g = 0; g < base_lrs_.size(); ++g) optimizer_.lr(g) = base_lrs_[g];
  write();
}

std::vector<double> LRScheduler::get_last_lr() const {
  std::vector<double> rates;
  for (std::size_t g = 0; g < base_lrs_.size(); ++g) rates.push_back(optimizer_.lr(g));
  return rates;
}

NamedTensors LRScheduler::state_dict() const {
  const int64_t groups = int64_t(base_lrs_.size());
  return {{"last_epoch", count(last_epoch_)}, {"base_lrs", from_data(base_lrs_, {groups})}};
}
void LRScheduler::load_state_dict(const NamedTensors& state) {
  const Tensor rates = entry("LRScheduler", state, "base_lrs", {int64_t(base_lrs_.size())});
  last_epoch_ = count_in("LRScheduler", state, "last_epoch");
  base_lrs_ = rates.to_vector<double>();
}

StepLR::StepLR(Optimizer& optimizer, int64_t step_size, double gamma)
    : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  if (step_size < 1) fail(ErrorCode::value, "StepLR", "expected step_size >= 1, got ", step_size);
  start();
}
double StepLR::rate(std::size_t, double lr) const {
  return last_epoch_ == 0 || last_epoch_ % step_size_ != 0 ? lr : lr * gamma_;
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma)
    : LRScheduler(optimizer), milestones_(std::move(milestones)), gamma_(gamma) {
  start();
}
double MultiStepLR::rate(std::size_t, double lr) const {
  const auto times = std::ranges::count(milestones_, last_epoch_);
  return times ? lr * std::pow(gamma_, double(times)) : lr;
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler(optimizer), gamma_(gamma) {
  start();
}
double ExponentialLR::rate(std::size_t, double lr) const {
  return last_epoch_ == 0 ? lr : lr * gamma_;
}

ConstantLR::ConstantLR(Optimizer& optimizer, double factor, int64_t total_iters)
    : LRScheduler(optimizer), factor_(factor), total_iters_(total_iters) {
  if (!(factor >= 0 && factor <= 1))
    fail(ErrorCode::value, "ConstantLR", "expected a factor between 0 and 1, got ", factor);
  start();
}
double ConstantLR::rate(std::size_t, double lr) const {
  if (last_epoch_ == 0) return lr * factor_;
  return last_epoch_ == total_iters_ ? lr * (1 / factor_) : lr;
}

LinearLR::LinearLR(Optimizer& optimizer, double start_factor, double end_factor,
                   int64_t total_iters)
    : LRScheduler(optimizer),
      start_factor_(start_factor),
      end_factor_(end_factor),
      total_iters_(total_iters) {
  if (!(start_factor > 0 && start_factor <= 1))
    fail(ErrorCode::value, "LinearLR", "expected 0 < start_factor <= 1, got ", start_factor);
  if (!(end_factor >= 0 && end_factor <= 1))
    fail(ErrorCode::value, "LinearLR", "expected 0 <= end_factor <= 1, got ", end_factor);
  start();
}
double LinearLR::rate(std::size_t, double lr) const {
  if (last_epoch_ == 0) return lr * start_factor_;
  if (last_epoch_ > total_iters_) return lr;
  const double rise = end_factor_ - start_factor_;
  return lr * (1 + rise / (double(total_iters_) * start_factor_ + double(last_epoch_ - 1) * rise));
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min)
    : LRScheduler(optimizer), T_max_(T_max), eta_min_(eta_min) {
  if (T_max < 1) fail(ErrorCode::value, "CosineAnnealingLR", "expected T_max >= 1, got ", T_max);
  start();
}
double CosineAnnealingLR::rate(std::size_t group, double lr) const {
  if (last_epoch_ == 0) return lr;
  const double t = double(last_epoch_), T = double(T_max_);
  // At the lowest point the chained form below would divide by zero.
  if (last_epoch_ > T_max_ && (last_epoch_ - 1 - T_max_) % (2 * T_max_) == 0)
    return lr + (base_lrs_[group] - eta_min_) * (1 - std::cos(pi / T)) / 2;
  return (1 + std::cos(pi * t / T)) / (1 + std::cos(pi * (t - 1) / T)) * (lr - eta_min_) + eta_min_;
}

LambdaLR::LambdaLR(Optimizer& optimizer, Lambda lr_lambda)
    : LambdaLR(optimizer, std::vector<Lambda>(optimizer.group_count(), std::move(lr_lambda))) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambdas)
    : LRScheduler(optimizer), lambdas_(std::move(lr_lambdas)) {
  if (lambdas_.size() != optimizer.group_count())
    fail(ErrorCode::value, "LambdaLR", "Expected ", optimizer.group_count(),
         " lr_lambdas, but got ", lambdas_.size());
  start();
}
double LambdaLR::rate(std::size_t group, double) const {
  return base_lrs_[group] * lambdas_[group](last_epoch_);
}

OneCycleLR::OneCycleLR(Optimizer& optimizer, const OneCycleLROptions& options)
    : LRScheduler(optimizer), options_(options) {
  const auto bad = [](const auto&... parts) { fail(ErrorCode::value, "OneCycleLR", parts...); };
  const OneCycleLROptions& o = options_;
  if (o.total_steps)
    total_steps_ = *o.total_steps;
  else if (o.epochs && o.steps_per_epoch)
    total_steps_ = *o.epochs * *o.steps_per_epoch;
  else
    bad("You must define either total_steps OR (epochs AND steps_per_epoch)");
  if (total_steps_ <= 0) bad("Expected positive integer total_steps, but got ", total_steps_);
  if (!(o.pct_start >= 0 && o.pct_start <= 1))
    bad("Expected float between 0 and 1 pct_start, but got ", o.pct_start);
  if (o.anneal_strategy != "cos" && o.anneal_strategy != "linear")
    bad("anneal_strategy must be one of 'cos' or 'linear', instead got ", o.anneal_strategy);
  const double total = double(total_steps_), rise = o.pct_start * total - 1;
  if (o.three_phase)
    phases_ = {{rise, 0, 1}, {2 * o.pct_start * total - 2, 1, 0}, {total - 1, 0, 2}};
  else
    phases_ = {{rise, 0, 1}, {total - 1, 1, 2}};
  if (o.cycle_momentum)
    for (std::size_t g = 0; g < optimizer.group_count(); ++g)
      if (!optimizer.find_number(g, "momentum") && !optimizer.find_betas(g))
        bad("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
  for (std::size_t g = 0; g < base_lrs_.size(); ++g)
    optimizer.initial_lr(g) = base_lrs_[g] = o.max_lr / o.div_factor;
  start();
  write_momentum();
}

double OneCycleLR::at(double start, double peak, double end) const {
  const double values[] = {start, peak, end};
  double begin = 0;
  for (std::size_t i = 0;; begin = phases_[i++].end_step) {
    const Phase& phase = phases_[i];
    if (double(last_epoch_) > phase.end_step && i + 1 < phases_.size()) continue;
    const double part = (double(last_epoch_) - begin) / (phase.end_step - begin);
    const double from = values[phase.from], to = values[phase.to];
    return options_.anneal_strategy == "cos" ? to + (from - to) / 2 * (std::cos(pi * part) + 1)
                                             : (to - from) * part + from;
  }
}

double OneCycleLR::rate(std::size_t group, double) const {
  return at(base_lrs_[group], options_.max_lr, base_lrs_[group] / options_.final_div_factor);
}

void OneCycleLR::write_momentum() {
  if (!options_.cycle_momentum) return;
  const double momentum = at(options_.max_momentum, options_.base_momentum, options_.max_momentum);
  for (std::size_t g = 0; g < base_lrs_.size(); ++g)
    if (Betas* betas = optimizer_.find_betas(g))
      betas->first = momentum;
    else
      optimizer_.number(g, "momentum") = momentum;
}

void OneCycleLR::step() {
  if (last_epoch_ >= total_steps_)
    fail(ErrorCode::value, "OneCycleLR", "Tried to step ", last_epoch_ + 1,
         " times. The specified number of total steps is ", total_steps_);
  LRScheduler::step();
  write_momentum();
}

SequentialLR::SequentialLR(Optimizer& optimizer,
                           std::vector<std::shared_ptr<LRScheduler>> schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler(optimizer),
      schedulers_(std::move(schedulers)),
      milestones_(std::move(milestones)) {
  if (schedulers_.empty()) fail(ErrorCode::value, "SequentialLR", "expects at least one scheduler");
  if (milestones_.size() != schedulers_.size() - 1)
    fail(ErrorCode::value, "SequentialLR", "expects one scheduler more than milestones, got ",
         schedulers_.size(), " schedulers and ", milestones_.size(), " milestones");
  for (const auto& scheduler : schedulers_)
    if (&scheduler->optimizer_ != &optimizer)
      fail(ErrorCode::value, "SequentialLR", "expects all schedulers to belong to one optimizer");
  schedulers_[std::size_t(std::ranges::upper_bound(milestones_, 0) - milestones_.begin())]
      ->restart();
}

void SequentialLR::step() {
  ++last_epoch_;
  const auto index =
      std::size_t(std::ranges::upper_bound(milestones_, last_epoch_) - milestones_.begin());
  if (index > 0 && milestones_[index - 1] == last_epoch_)
    schedulers_[index]->restart();
  else
    schedulers_[index]->step();
}

NamedTensors SequentialLR::state_dict() const {
  NamedTensors state = LRScheduler::state_dict();
  for (std::size_t i = 0; i < schedulers_.size(); ++i)
    for (const auto& [name, value] : schedulers_[i]->state_dict())
      state.add(text("schedulers.", i, ".", name), value);
  return state;
}
void SequentialLR::load_state_dict(const NamedTensors& state) {
  std::vector<NamedTensors> before, parts(schedulers_.size());
  for (std::size_t i = 0; i < schedulers_.size(); ++i) {
    const std::string prefix = text("schedulers.", i, ".");
    for (const auto& [name, value] : state)
      if (name.starts_with(prefix)) parts[i].add(name.substr(prefix.size()), value);
    before.push_back(schedulers_[i]->state_dict());
  }
  try {
    for (std::size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->load_state_dict(parts[i]);
    LRScheduler::load_state_dict(state);
  } catch (const Error&) {
    for (std::size_t i = 0; i < schedulers_.size(); ++i) schedulers_[i]->load_state_dict(before[i]);
    throw;
  }
}

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options)
    : optimizer_(optimizer), options_(options) {
  const auto bad = [](const auto&... parts) {
    fail(ErrorCode::value, "ReduceLROnPlateau", parts...);
  };
  if (!(options.factor < 1)) bad("Factor should be < 1.0, got ", options.factor);
  if (options.mode != "min" && options.mode != "max") bad("mode ", options.mode, " is unknown!");
  if (options.threshold_mode != "rel" && options.threshold_mode != "abs")
    bad("threshold mode ", options.threshold_mode, " is unknown!");
  const double infinity = std::numeric_limits<double>::infinity();
  best_ = options.mode == "min" ? infinity : -infinity;
}

bool ReduceLROnPlateau::is_better(double a, double best) const {
  const bool relative = options_.threshold_mode == "rel";
  if (options_.mode == "min")
    return a < (relative ? best * (1 - options_.threshold) : best - options_.threshold);
  return a > (relative ? best * (options_.threshold + 1) : best + options_.threshold);
}

void ReduceLROnPlateau::step(double metrics) {
  if (is_better(metrics, best_)) {
    best_ = metrics;
    num_bad_epochs_ = 0;
  } else {
    ++num_bad_epochs_;
  }
  if (cooldown_counter_ > 0) {
    --cooldown_counter_;
    num_bad_epochs_ = 0;
  }
  if (num_bad_epochs_ <= options_.patience) return;
  cooldown_counter_ = options_.cooldown;
  num_bad_epochs_ = 0;
  for (std::size_t g = 0; g < optimizer_.group_count(); ++g) {
    double& lr = optimizer_.lr(g);
    const double reduced = std::max(lr * options_.factor, options_.min_lr);
    if (lr - reduced > options_.eps) lr = reduced;
  }
}

std::vector<double> ReduceLROnPlateau::get_last_lr() const {
  std::vector<double> rates;
  for (std::size_t g = 0; g < optimizer_.group_count(); ++g) rates.push_back(optimizer_.lr(g));
  return rates;
}

NamedTensors ReduceLROnPlateau::state_dict() const {
  return {{"best", full({}, best_, DType::f64)},
          {"num_bad_epochs", count(num_bad_epochs_)},
          {"cooldown_counter", count(cooldown_counter_)}};
}
void ReduceLROnPlateau::load_state_dict(const NamedTensors& state) {
  constexpr std::string_view name = "ReduceLROnPlateau";
  const double best = entry(name, state, "best", {}).item<double>();
  const int64_t bad = count_in(name, state, "num_bad_epochs");
  cooldown_counter_ = count_in(name, state, "cooldown_counter");
  num_bad_epochs_ = bad;
  best_ = best;
}

}  // namespace tandem::optim
