#include "tandem/optim/registry.h"

#include <gtest/gtest.h>

#include "tandem/optim/sgd.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem::optim {
namespace {

TEST(OptimizerRegistry, MakesOptimizersFromOptions) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  for (const OptimizerInfo& info : all_optimizers()) {
    const auto optimizer = info.make({{{w}, info.options}});
    EXPECT_EQ(optimizer->name(), info.name);
    w.set_grad(full({2}, 1.0));
    const double before = w.to_vector<double>()[0];
    optimizer->step();
    EXPECT_LT(w.to_vector<double>()[0], before) << info.name;
  }
  EXPECT_EQ(find_optimizer("NoSuchOptimizer"), nullptr);
  const OptimizerInfo& sgd = *find_optimizer("SGD");
  EXPECT_EQ(sgd.options[0].first, "lr");
  EXPECT_ERROR(sgd.make({{{w}, {{"rate", 0.1}}}}), ErrorCode::value, "no option \"rate\"");
  EXPECT_ERROR(sgd.make({{{w}, {{"lr", true}}}}), ErrorCode::value, "of another type");
  EXPECT_ERROR(sgd.make({{{w}, {{"lr", -1.0}}}}), ErrorCode::value, "Invalid learning rate");
}

TEST(OptimizerRegistry, GivesAndTakesGroupsAndState) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  SGD sgd({w}, {.momentum = 0.9});
  sgd.set_option(0, "lr", 0.5);
  EXPECT_EQ(sgd.param_groups[0].options.lr, 0.5);
  EXPECT_ERROR(sgd.set_option(0, "rate", 0.5), ErrorCode::value, "no option");
  w.set_grad(full({2}, 1.0));
  sgd.step();
  int entries = 0;
  sgd.visit_state(0, 0, [&](std::string_view name, Tensor& value) {
    EXPECT_EQ(name, "momentum_buffer");
    EXPECT_EQ(value.shape(), Dims{2});
    ++entries;
  });
  EXPECT_EQ(entries, 1);
}

TEST(ScheduleRegistry, MakesRulesFromArguments) {
  const ScheduleInfo& step = *find_schedule("StepLR");
  EXPECT_TRUE(step.options[0].required);
  EXPECT_EQ(std::get<double>(step.options[1].value), 0.1);
  const auto rule = step.make({{"step_size", int64_t{2}}, {"gamma", 0.5}});
  EXPECT_EQ(rule->rate({1, 1.0, 1.0}), 1.0);
  EXPECT_EQ(rule->rate({2, 1.0, 1.0}), 0.5);
  EXPECT_ERROR(step.make({{"step_size", 0.5}}), ErrorCode::value, "another type");
  EXPECT_ERROR(step.make({{"size", int64_t{2}}}), ErrorCode::value, "no argument");
  EXPECT_ERROR(step.make({{"step_size", int64_t{0}}}), ErrorCode::value, "step_size >= 1");
  const auto cycle =
      find_schedule("OneCycleLR")
          ->make(
              {{"max_lr", int64_t{1}}, {"total_steps", int64_t{10}}, {"epochs", std::monostate()}});
  EXPECT_EQ(cycle->first_rate(), 1.0 / 25);
  EXPECT_DOUBLE_EQ(*cycle->momentum(0), 0.95);
  const auto milestones = find_schedule("MultiStepLR")
                              ->make({{"milestones", std::vector<int64_t>{1, 1}}, {"gamma", 0.5}});
  EXPECT_EQ(milestones->rate({1, 1.0, 1.0}), 0.25);
}

TEST(Schedules, PolynomialAndWarmRestarts) {
  const PolynomialLROptions polynomial{.total_iters = 4};
  double lr = 1;
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    lr = polynomial.rate({epoch, 1, lr});
    EXPECT_NEAR(lr, epoch < 4 ? 1 - double(epoch) / 4 : 0, 1e-15);
  }
  const CosineAnnealingWarmRestartsOptions restarts{.T_0 = 2, .T_mult = 2};
  const double expected[] = {1, 0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627, 1};
  for (int64_t epoch = 0; epoch < 7; ++epoch)
    EXPECT_NEAR(restarts.rate({epoch, 1, 0}), expected[epoch], 1e-15);
}

}  // namespace
}  // namespace tandem::optim
