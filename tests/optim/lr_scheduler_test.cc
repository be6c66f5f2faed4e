#include "tandem/optim/lr_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/optim/adam.h"
#include "tandem/optim/sgd.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem::optim {
namespace {

// Written by lr_scheduler_golden.py: rates of 20 epochs from 0.4.
#include "tests/optim/lr_scheduler_golden.inc"

using ::testing::HasSubstr;

SGD optimizer() { return SGD({full({1}, 0.0).requires_grad_()}, {.lr = 0.4, .momentum = 0.9}); }

void expect_rates(SGD& sgd, LRScheduler& scheduler, const std::vector<double>& rates,
                  const std::vector<double>& momenta = {}) {
  for (std::size_t epoch = 0; epoch < rates.size(); ++epoch) {
    EXPECT_EQ(scheduler.last_epoch(), int64_t(epoch));
    EXPECT_NEAR(sgd.lr(0), rates[epoch], 1e-15) << epoch;
    EXPECT_EQ(scheduler.get_last_lr(), std::vector<double>{sgd.lr(0)});
    if (!momenta.empty()) {
      EXPECT_NEAR(sgd.number(0, "momentum"), momenta[epoch], 1e-15) << epoch;
    }
    scheduler.step();
  }
}

template <class Make>
void expect_rates(const Make& make, const std::vector<double>& rates,
                  const std::vector<double>& momenta = {}) {
  SGD sgd = optimizer();
  auto scheduler = make(sgd);
  expect_rates(sgd, *scheduler, rates, momenta);
}

TEST(LRScheduler, FollowsPyTorch) {
  using std::make_unique;
  expect_rates([](SGD& o) { return make_unique<StepLR>(o, 4, 0.3); }, step_lr);
  expect_rates(
      [](SGD& o) { return make_unique<MultiStepLR>(o, std::vector<int64_t>{2, 5, 5, 9}, 0.5); },
      multi_step_lr);
  expect_rates([](SGD& o) { return make_unique<ExponentialLR>(o, 0.9); }, exponential_lr);
  expect_rates([](SGD& o) { return make_unique<ConstantLR>(o, 0.25, 4); }, constant_lr);
  expect_rates([](SGD& o) { return make_unique<LinearLR>(o, 0.2, 0.9, 6); }, linear_lr);
  expect_rates([](SGD& o) { return make_unique<CosineAnnealingLR>(o, 7, 0.01); }, cosine_lr);
  expect_rates(
      [](SGD& o) {
        return make_unique<LambdaLR>(o, [](int64_t epoch) { return 1 / (1 + double(epoch)); });
      },
      lambda_lr);
  expect_rates([](SGD& o) { return make_unique<OneCycleLR>(o, 0.5, 21); }, one_cycle_lr,
               one_cycle_lr_momentum);
  expect_rates(
      [](SGD& o) {
        return make_unique<OneCycleLR>(o, OneCycleLROptions{.max_lr = 0.5,
                                                            .epochs = 3,
                                                            .steps_per_epoch = 7,
                                                            .pct_start = 0.25,
                                                            .anneal_strategy = "linear",
                                                            .div_factor = 10,
                                                            .final_div_factor = 100,
                                                            .three_phase = true});
      },
      one_cycle_linear_lr, one_cycle_linear_lr_momentum);
}

TEST(SequentialLR, RunsOneAfterTheOther) {
  SGD sgd = optimizer();
  std::vector<std::shared_ptr<LRScheduler>> parts{std::make_shared<LinearLR>(sgd, 0.1, 1, 5),
                                                  std::make_shared<CosineAnnealingLR>(sgd, 10),
                                                  std::make_shared<ExponentialLR>(sgd, 0.5)};
  SequentialLR scheduler(sgd, parts, {5, 15});
  expect_rates(sgd, scheduler, sequential_lr);
}

TEST(ReduceLROnPlateau, WaitsForThePlateau) {
  SGD sgd = optimizer();
  ReduceLROnPlateau scheduler(sgd, {.factor = 0.5, .patience = 1, .cooldown = 1, .min_lr = 0.06});
  for (int i = 0; i < 20; ++i) {
    scheduler.step(i < 4 ? 1.0 / (i + 1) : 0.3);
    EXPECT_EQ(sgd.lr(0), plateau_lr[std::size_t(i)]) << i;
  }
}

/// Resuming from saved states goes on with the same rates to the last bit.
template <class Make>
void expect_resumption(Make make) {
  SGD whole = optimizer();
  auto straight = make(whole);
  for (int i = 0; i < 6; ++i) straight->step();
  const NamedTensors where = straight->state_dict();
  const OptimizerState rates = whole.state_dict();
  SGD fresh = optimizer();
  auto resumed = make(fresh);
  fresh.load_state_dict(rates);
  resumed->load_state_dict(where);
  EXPECT_EQ(resumed->last_epoch(), 6);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(fresh.lr(0), whole.lr(0)) << i;
    straight->step();
    resumed->step();
  }
}

TEST(SchedulerState, Resumes) {
  expect_resumption([](Optimizer& o) { return std::make_unique<StepLR>(o, 3, 0.5); });
  expect_resumption([](Optimizer& o) { return std::make_unique<CosineAnnealingLR>(o, 10, 0.01); });
  expect_resumption([](Optimizer& o) {
    return std::make_unique<OneCycleLR>(
        o, OneCycleLROptions{.max_lr = 0.5, .total_steps = 20, .cycle_momentum = false});
  });
  expect_resumption([](Optimizer& o) {
    std::vector<std::shared_ptr<LRScheduler>> parts{std::make_shared<LinearLR>(o, 0.1, 1, 4),
                                                    std::make_shared<ExponentialLR>(o, 0.5)};
    return std::make_unique<SequentialLR>(o, parts, std::vector<int64_t>{4});
  });
}

TEST(SchedulerState, OfAPlateauAndWrongStates) {
  SGD sgd = optimizer();
  ReduceLROnPlateau plateau(sgd, {.patience = 1});
  plateau.step(1.0);
  plateau.step(1.0);
  const NamedTensors state = plateau.state_dict();
  EXPECT_EQ(state["num_bad_epochs"].item<int64_t>(), 1);
  SGD other = optimizer();
  ReduceLROnPlateau resumed(other, {.patience = 1});
  resumed.load_state_dict(state);
  const double lr = other.lr(0);
  resumed.step(1.0);  // the second bad epoch
  EXPECT_EQ(other.lr(0), lr * 0.1);
  StepLR step(sgd, 3);
  try {
    step.load_state_dict(state);
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("expected \"base_lrs\" of shape"));
  }
}

TEST(OneCycleLR, DrivesBeta1OfAdamAndEnds) {
  Adam adam({full({1}, 0.0).requires_grad_()}, {});
  OneCycleLR scheduler(adam, 0.1, 10);
  EXPECT_EQ(adam.param_groups[0].options.betas.first, 0.95);
  for (int i = 0; i < 9; ++i) scheduler.step();
  EXPECT_NEAR(adam.param_groups[0].options.betas.first, 0.95, 1e-12);
  EXPECT_EQ(adam.param_groups[0].options.betas.second, 0.999);
  scheduler.step();
  EXPECT_THAT(error_of([&] { scheduler.step(); }), HasSubstr("Tried to step 11 times"));
}

}  // namespace
}  // namespace tandem::optim
