// Schedules that move momentum, in training steps that were traced once.
#include <gtest/gtest.h>

#include "tandem/compile/compile.h"
#include "tandem/nn/linear.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/adamax.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/optim/nadam.h"
#include "tandem/optim/radam.h"
#include "tandem/optim/rmsprop.h"
#include "tandem/optim/sgd.h"
#include "tandem/optim/training_state.h"
#include "tandem/tandem.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

constexpr int64_t steps = 12;

/// A net with an optimizer and one cycle of rate and momentum.
template <class Optimizer>
struct Training {
  nn::Linear net{3, 2};
  Optimizer optimizer{net.parameters()};
  optim::OneCycleLR scheduler{optimizer, 0.1, steps};

  void step(const Tensor& x) {
    optimizer.zero_grad();
    sum(square(net(x) - 1)).backward();
    optimizer.step();
  }
};

template <class Optimizer>
void expect_bits_of_eager() {
  SCOPED_TRACE(Optimizer({full({1}, 0.0).requires_grad_()}).name());
  manual_seed(1);
  Training<Optimizer> eager;
  manual_seed(1);
  Training<Optimizer> compiled;
  Compiled program = compile([&](const Tensor& x) { compiled.step(x); },
                             {.state = optim::training_state(compiled.net, compiled.optimizer)});
  for (int64_t n = 0; n < steps; ++n) {
    const Tensor x = randn({5, 3});
    eager.step(x);
    compiled.optimizer.refresh_rates();
    program({x});
    eager.scheduler.step();
    compiled.scheduler.step();
    const NamedTensors a = optim::training_state(compiled.net, compiled.optimizer);
    for (const auto& [name, t] : optim::training_state(eager.net, eager.optimizer))
      EXPECT_TRUE(same_bits(a[name].detach(), t.detach())) << name << " after " << n + 1;
  }
  EXPECT_EQ(program.traces(), 1u);
}

TEST(OneCycleLR, MovesMomentumInATracedStepAsItDoesEagerly) {
  expect_bits_of_eager<optim::SGD>();
  expect_bits_of_eager<optim::Adam>();
  expect_bits_of_eager<optim::AdamW>();
  expect_bits_of_eager<optim::RMSprop>();
  expect_bits_of_eager<optim::Adamax>();
  expect_bits_of_eager<optim::NAdam>();
  expect_bits_of_eager<optim::RAdam>();
}

/// Without a schedule that moves it, momentum stays an attribute and the rate one number.
TEST(OneCycleLR, LeavesTheProgramsOfOtherSchedulesAsTheyWere) {
  nn::Linear net(3, 2);
  optim::SGD optimizer(net.parameters(), {.momentum = 0.9});
  optim::StepLR scheduler(optimizer, 1);
  EXPECT_EQ(optim::training_state(net, optimizer)["optimizer.lr"].shape(), Dims{});
  optim::OneCycleLR cycle(optimizer, 0.1, steps);
  EXPECT_EQ(optim::training_state(net, optimizer)["optimizer.lr"].shape(), Dims{2});
}

// A program made before the schedule has momentum as a number, but not the rate.
TEST(OneCycleLR, ReachesProgramsThatWereThereBefore) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 0.5});
  const NamedTensors parameters{{"w", w}};
  NamedTensors state = optimizer.named_state(parameters);
  state.add("w", w);
  Compiled step = compile(
      [&](const Tensor& x) {
        optimizer.zero_grad();
        sum(w * x).backward();
        optimizer.step();
      },
      {.state = state});
  step({full({2}, 1.0)});
  EXPECT_EQ(w[0].item(), 0.5);
  optim::OneCycleLR cycle(optimizer, {.max_lr = 0.25, .total_steps = 4, .div_factor = 1});
  optimizer.refresh_rates();
  step({full({2}, 1.0)});
  EXPECT_EQ(w[0].item(), 0.25);
}

// A program and an eager step with the momentum that the options say.
TEST(OneCycleLR, MomentumIsThatOfTheStep) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 1});
  optim::OneCycleLR scheduler(
      optimizer,
      {.max_lr = 1, .total_steps = 4, .base_momentum = 0.5, .max_momentum = 0.75, .div_factor = 1});
  w.set_grad(full({2}, 1.0));
  optimizer.step();
  EXPECT_EQ(optimizer.number(0, "momentum"), 0.75);
  const Tensor buffer = optimizer.param_groups[0].state[0].momentum_buffer;
  EXPECT_EQ(buffer[0].item(), 1);
  optimizer.step();
  EXPECT_EQ(buffer[0].item(), 1.75);
  optimizer.number(0, "momentum") = 0.25;
  optimizer.step();
  EXPECT_EQ(buffer[0].item(), 1.75 * 0.25 + 1);
}

}  // namespace
}  // namespace tandem
