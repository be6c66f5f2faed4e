#include "tandem/optim/averaged_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/nn/nn.h"
#include "tandem/tandem.h"

namespace tandem::optim {
namespace {

using ::testing::HasSubstr;

/// One weight and a counting buffer.
struct Net : nn::Module {
  Tensor& weight = register_parameter("weight", full({2}, 1.0));
  Tensor& seen = register_buffer("seen", full({}, 0.0));
  void set(double w, double s) {
    NoGrad off;
    weight.fill_(w);
    seen.fill_(s);
  }
};

double weight(const AveragedModel& average) {
  return average.module()["weight"].to_vector<double>()[1];
}

TEST(AveragedModel, MovesExponentially) {
  Net net;
  AveragedModel average(net, {.decay = 0.75});
  net.set(2, 1);
  average.update_parameters(net);
  EXPECT_EQ(weight(average), 2);  // the first is the average
  net.set(6, 2);
  average.update_parameters(net);
  EXPECT_EQ(weight(average), 3);
  EXPECT_EQ(average.module()["seen"].item(), 2);  // buffers follow
  EXPECT_EQ(average.n_averaged(), 2);
}

TEST(AveragedModel, WeighsAllAlikeWithoutADecay) {
  Net net;
  AveragedModel average(net, {.use_buffers = true});
  for (double w : {1.0, 2.0, 6.0}) {
    net.set(w, w);
    average.update_parameters(net);
  }
  EXPECT_NEAR(weight(average), 3, 1e-6);
  EXPECT_NEAR(average.module()["seen"].item(), 3, 1e-6);
}

TEST(AveragedModel, LendsItsValues) {
  Net net;
  AveragedModel average(net, {.decay = 0.5});
  average.update_parameters(net);
  net.set(9, 9);
  average.swap(net);
  EXPECT_EQ(net.weight.to_vector<double>()[0], 1);
  average.swap(net);
  EXPECT_EQ(net.weight.to_vector<double>()[0], 9);
  Net other;
  other.set(5, 5);
  average.copy_to(other);
  EXPECT_EQ(other.weight.to_vector<double>()[0], 1);
  EXPECT_TRUE(other.weight.requires_grad());
}

TEST(AveragedModel, StateGoesThereAndBack) {
  Net net;
  AveragedModel average(net, {.decay = 0.5}), other(net, {.decay = 0.5});
  net.set(4, 4);
  average.update_parameters(net);
  other.load_state_dict(average.state_dict());
  EXPECT_EQ(other.n_averaged(), 1);
  EXPECT_EQ(weight(other), 4);
  try {
    other.load_state_dict({{"n_averaged", full({}, 1, int64)}, {"module.weight", full({2}, 0.0)}});
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("module.seen"));
  }
  EXPECT_EQ(weight(other), 4);
  nn::Linear linear(2, 2);
  EXPECT_THROW(average.update_parameters(linear), Error);
  EXPECT_THROW(AveragedModel(net, {.decay = 1.5}), Error);
}

}  // namespace
}  // namespace tandem::optim
