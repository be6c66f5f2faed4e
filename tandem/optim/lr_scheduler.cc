#include "tandem/optim/lr_scheduler.h"

#include <algorithm>

#include "tandem/ops/functions.h"

namespace tandem::optim {

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

LRScheduler::LRScheduler(Optimizer& optimizer, std::optional<double> first_rate)
    : optimizer_(optimizer) {
  for (std::size_t g = 0; g < optimizer.group_count(); ++g) {
    std::optional<double>& initial = optimizer.initial_lr(g);
    if (first_rate) initial = first_rate;
    if (!initial) initial = optimizer.lr(g);
    base_lrs_.push_back(*initial);
  }
}

void LRScheduler::write() {
  for (std::size_t g = 0; g < base_lrs_.size(); ++g) {
    double& lr = optimizer_.lr(g);
    lr = rate({last_epoch_, base_lrs_[g], lr, g});
    if (const std::optional<double> m = momentum(last_epoch_)) optimizer_.moving_momentum(g) = *m;
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

LambdaLR::LambdaLR(Optimizer& optimizer, Lambda lr_lambda)
    : LambdaLR(optimizer, std::vector<Lambda>(optimizer.group_count(), std::move(lr_lambda))) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambdas)
    : LRScheduler(optimizer), lambdas_(std::move(lr_lambdas)) {
  if (lambdas_.size() != optimizer.group_count())
    fail(ErrorCode::value, "LambdaLR", "Expected ", optimizer.group_count(),
         " lr_lambdas, but got ", lambdas_.size());
  write();
}
double LambdaLR::rate(const Moment& m) const { return m.base_lr * lambdas_[m.group](m.epoch); }

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

void ReduceLROnPlateau::step(double metrics) {
  if (!plateau_.reduces(metrics)) return;
  for (std::size_t g = 0; g < optimizer_.group_count(); ++g) {
    double& lr = optimizer_.lr(g);
    lr = plateau_.reduced(lr);
  }
}

std::vector<double> ReduceLROnPlateau::get_last_lr() const {
  std::vector<double> rates;
  for (std::size_t g = 0; g < optimizer_.group_count(); ++g) rates.push_back(optimizer_.lr(g));
  return rates;
}

NamedTensors ReduceLROnPlateau::state_dict() const {
  return {{"best", full({}, plateau_.best, DType::f64)},
          {"num_bad_epochs", count(plateau_.num_bad_epochs)},
          {"cooldown_counter", count(plateau_.cooldown_counter)}};
}
void ReduceLROnPlateau::load_state_dict(const NamedTensors& state) {
  constexpr std::string_view name = "ReduceLROnPlateau";
  const double best = entry(name, state, "best", {}).item<double>();
  const int64_t bad = count_in(name, state, "num_bad_epochs");
  plateau_.cooldown_counter = count_in(name, state, "cooldown_counter");
  plateau_.num_bad_epochs = bad;
  plateau_.best = best;
}

}  // namespace tandem::optim
