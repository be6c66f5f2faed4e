#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/optim/adadelta.h"
#include "tandem/optim/adagrad.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/adamax.h"
#include "tandem/optim/asgd.h"
#include "tandem/optim/nadam.h"
#include "tandem/optim/radam.h"
#include "tandem/optim/rmsprop.h"
#include "tandem/optim/rprop.h"
#include "tandem/optim/sgd.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

// Twenty steps from w = [-1, -0.75, …, 1.5] on loss = sum(w^3 / 3 + w * [1..11] * sin(step)), so
// that grad = w² + k sin(step). Recorded from PyTorch 2.15 in f64, printed by
// optimizer_golden.py beside this file.
#include "tests/optim/optimizer_golden.inc"

template <class Optimizer>
std::vector<double> after_twenty_steps(Optimizer optimizer, const Tensor& w) {
  const Tensor k = from_data<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {11});
  for (int step = 1; step <= 20; ++step) {
    w.set_grad(cast((w * w + cast(k, w.dtype()) * std::sin(step)).detach(), w.dtype()));
    optimizer.step();
  }
  return w.to_vector<double>();
}

template <class Optimizer, class Options>
void expect_golden(const Options& options, const std::vector<double>& golden) {
  std::vector<double> start;
  for (int i = 0; i < 11; ++i) start.push_back(-1 + 0.25 * i);
  for (DType dtype : {float64, float32}) {
    const Tensor w = cast(from_data(start, {11}), dtype).requires_grad_();
    const auto found = after_twenty_steps(Optimizer({w}, options), w);
    for (std::size_t i = 0; i < golden.size(); ++i)
      EXPECT_NEAR(found[i], golden[i], std::fabs(golden[i]) * (dtype == float64 ? 1e-12 : 2e-5))
          << i << " in " << long_name(dtype);
  }
}

TEST(SGD, TakesPyTorchsSteps) {
  using optim::SGD, optim::SGDOptions;
  expect_golden<SGD>(SGDOptions{.lr = 0.01}, sgd_plain);
  expect_golden<SGD>(SGDOptions{.lr = 0.01, .momentum = 0.9, .weight_decay = 0.1}, sgd_momentum);
  expect_golden<SGD>(SGDOptions{.lr = 0.01, .momentum = 0.9, .dampening = 0.5}, sgd_dampening);
  expect_golden<SGD>(SGDOptions{.lr = 0.01, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true},
                     sgd_nesterov);
  expect_golden<SGD>(
      SGDOptions{.lr = 0.001, .momentum = 0.5, .weight_decay = 0.1, .maximize = true},
      sgd_maximize);
}

TEST(Adam, TakesPyTorchsSteps) {
  using optim::Adam, optim::AdamOptions, optim::AdamW, optim::AdamWOptions;
  expect_golden<Adam>(AdamOptions{.lr = 0.02}, adam_plain);
  expect_golden<Adam>(
      AdamOptions{.lr = 0.02, .betas = {0.8, 0.99}, .eps = 1e-3, .weight_decay = 0.1}, adam_decay);
  expect_golden<Adam>(AdamOptions{.lr = 0.02, .amsgrad = true, .maximize = true}, adam_amsgrad);
  expect_golden<AdamW>(AdamWOptions{.lr = 0.02, .weight_decay = 0.1}, adamw);
}

TEST(RMSprop, TakesPyTorchsSteps) {
  using optim::RMSprop, optim::RMSpropOptions;
  expect_golden<RMSprop>(RMSpropOptions{}, rmsprop_plain);
  expect_golden<RMSprop>(RMSpropOptions{.lr = 0.001, .weight_decay = 0.1, .momentum = 0.9},
                         rmsprop_momentum);
  expect_golden<RMSprop>(RMSpropOptions{.lr = 0.001, .momentum = 0.9, .centered = true},
                         rmsprop_centered);
}

TEST(Adagrad, TakesPyTorchsSteps) {
  using optim::Adagrad, optim::AdagradOptions;
  expect_golden<Adagrad>(AdagradOptions{}, adagrad_plain);
  expect_golden<Adagrad>(
      AdagradOptions{
          .lr = 0.1, .lr_decay = 0.01, .weight_decay = 0.1, .initial_accumulator_value = 0.5},
      adagrad_decay);
}

TEST(Adadelta, TakesPyTorchsSteps) {
  using optim::Adadelta, optim::AdadeltaOptions;
  expect_golden<Adadelta>(AdadeltaOptions{}, adadelta_plain);
  expect_golden<Adadelta>(
      AdadeltaOptions{.lr = 0.5, .rho = 0.95, .weight_decay = 0.1, .maximize = true},
      adadelta_decay);
}

TEST(AdamsKin, TakePyTorchsSteps) {
  using namespace optim;
  expect_golden<Adamax>(AdamaxOptions{.lr = 0.02, .weight_decay = 0.1}, adamax);
  expect_golden<NAdam>(NAdamOptions{.lr = 0.02, .weight_decay = 0.1}, nadam);
  expect_golden<NAdam>(NAdamOptions{.weight_decay = 0.1, .decoupled_weight_decay = true},
                       nadam_decoupled);
  expect_golden<RAdam>(RAdamOptions{.lr = 0.02, .weight_decay = 0.1}, radam);
  expect_golden<RAdam>(RAdamOptions{.lr = 0.02,
                                    .betas = {0.8, 0.9},
                                    .weight_decay = 0.1,
                                    .decoupled_weight_decay = true,
                                    .maximize = true},
                       radam_decoupled);
}

TEST(Asgd, TakesPyTorchsSteps) {
  using optim::ASGD, optim::ASGDOptions;
  expect_golden<ASGD>(ASGDOptions{.lr = 0.01, .t0 = 5, .weight_decay = 0.1}, asgd);
}

TEST(Rprop, TakesPyTorchsSteps) {
  using optim::Rprop, optim::RpropOptions;
  expect_golden<Rprop>(RpropOptions{.lr = 0.02, .etas = {0.4, 1.3}, .step_sizes = {1e-3, 0.1}},
                       rprop);
}

/// The same values in another memory order.
Tensor transposed_copy(const Tensor& x) { return permute(contiguous(permute(x, {1, 0})), {1, 0}); }

TEST(Optimizer, TakesAnyStrides) {
  std::vector<double> values;
  for (int i = 0; i < 23 * 31; ++i) values.push_back(std::sin(i));
  const Tensor x = from_data(values, {23, 31}), g = x * 0.5 + 0.1;
  const Tensor plain = clone(x).requires_grad_(), turned = transposed_copy(x).requires_grad_();
  const Tensor sliced = slice(full({23, 62}, 0, float64), 1, 0, 62, 2);
  Tensor(sliced).copy_(x);
  const Tensor loose = sliced.detach().requires_grad_();
  optim::Adam adam({plain, turned, loose}, {.lr = 0.1});
  for (int step = 0; step < 3; ++step) {
    plain.set_grad(g);
    turned.set_grad(g);  // the gradient lies in another order than its parameter
    loose.set_grad(transposed_copy(g));
    adam.step();
  }
  EXPECT_EQ(plain.to_vector<double>(), turned.to_vector<double>());
  EXPECT_EQ(plain.to_vector<double>(), loose.to_vector<double>());
  EXPECT_NE(plain.to_vector<double>(), values);
  EXPECT_FALSE(turned.is_contiguous());
}

TEST(Optimizer, WritesInPlaceWithoutAllocating) {
  const Tensor w = full({5}, 1.0).requires_grad_();
  const float* data = w.data<float>();
  optim::SGD sgd({w}, {.lr = 0.5});
  w.set_grad(full({5}, 1.0));
  sgd.step();
  EXPECT_EQ(w.data<float>(), data);
  EXPECT_EQ(w.to_vector<float>(), std::vector<float>(5, 0.5f));
  EXPECT_TRUE(w.is_leaf());
}

TEST(Optimizer, SkipsParametersWithoutGradient) {
  const Tensor a = full({2}, 1.0).requires_grad_(), b = full({2}, 1.0).requires_grad_();
  optim::Adam adam({a, b}, {});
  a.set_grad(full({2}, 1.0));
  adam.step();
  EXPECT_EQ(b.to_vector<int>(), std::vector<int>({1, 1}));
  EXPECT_EQ(adam.state_dict().state.size(), 1);
  adam.zero_grad(false);
  EXPECT_EQ(a.grad().to_vector<int>(), std::vector<int>({0, 0}));
  adam.zero_grad();
  EXPECT_FALSE(a.grad());
}

TEST(Optimizer, StateHasPyTorchsLayoutAndResumes) {
  const Tensor a = full({3}, 1.0).requires_grad_(), b = full({2, 2}, 2.0).requires_grad_();
  std::vector<optim::ParamGroup<optim::AdamOptions>> groups{{{a}, {.lr = 0.1}},
                                                            {{b}, {.lr = 0.2, .amsgrad = true}}};
  optim::Adam first(groups);
  const auto step = [&](optim::Optimizer& optimizer) {
    a.set_grad(a.detach() * 2);
    b.set_grad(b.detach() * 3);
    optimizer.step();
  };
  step(first);
  step(first);
  const optim::OptimizerState saved = first.state_dict();
  ASSERT_EQ(saved.param_groups.size(), 2);
  EXPECT_EQ(saved.param_groups[1].params, std::vector<int64_t>{1});
  EXPECT_EQ(saved.param_groups[1].options[0].first, "lr");
  EXPECT_EQ(std::get<double>(saved.param_groups[1].options[0].second), 0.2);
  EXPECT_EQ(saved.state.at(0)["step"].item(), 2);
  EXPECT_FALSE(saved.state.at(0).contains("max_exp_avg_sq"));
  EXPECT_TRUE(saved.state.at(1).contains("max_exp_avg_sq"));

  const Tensor a_then = clone(a.detach()), b_then = clone(b.detach());
  optim::Adam second({{{a}, {}}, {{b}, {}}});
  second.load_state_dict(saved);
  step(first);
  const auto a_first = a.to_vector<float>(), b_first = b.to_vector<float>();
  a.detach().copy_(a_then);
  b.detach().copy_(b_then);
  step(second);
  EXPECT_EQ(a.to_vector<float>(), a_first);
  EXPECT_EQ(b.to_vector<float>(), b_first);
}

TEST(Optimizer, SaysWhatIsWrong) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  EXPECT_THAT(error_of([&] { optim::SGD({}, {}); }), HasSubstr("empty parameter list"));
  EXPECT_THAT(error_of([&] { optim::SGD({w}, {.lr = -1}); }),
              HasSubstr("Invalid learning rate: -1"));
  EXPECT_THAT(error_of([&] { optim::SGD({w}, {.nesterov = true}); }),
              HasSubstr("Nesterov momentum requires a momentum and zero dampening"));
  EXPECT_THAT(error_of([&] { optim::SGD({w * 2}, {}); }), HasSubstr("non-leaf"));
  EXPECT_THAT(error_of([&] { optim::SGD({w, w}, {}); }), HasSubstr("appears twice"));
  EXPECT_THAT(error_of([&] { optim::Adam({{{w}, {}}, {{w}, {}}}); }),
              HasSubstr("more than one parameter group"));
  EXPECT_THAT(error_of([&] { optim::Adam({w}, {.betas = {0.9, 1}}); }),
              HasSubstr("Invalid beta parameter at index 1: 1"));
  optim::Adam adam({w}, {});
  optim::OptimizerState bad = adam.state_dict();
  bad.state[0] = NamedTensors{{"step", full({}, 1.0)}, {"exp_avg", full({3}, 0.0)}};
  EXPECT_THAT(error_of([&] { adam.load_state_dict(bad); }), HasSubstr("\"exp_avg\" has shape [3]"));
  bad.param_groups.clear();
  EXPECT_THAT(error_of([&] { adam.load_state_dict(bad); }),
              HasSubstr("different number of parameter groups"));
}

TEST(Optimizer, PrintsAsPyTorchDoes) {
  const Tensor w = full({2}, 1.0).requires_grad_();
  EXPECT_EQ(to_string(optim::SGD({w}, {.momentum = 0.9})),
            "SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.001\n    maximize: False\n"
            "    momentum: 0.9\n    nesterov: False\n    weight_decay: 0\n)");
}

}  // namespace
}  // namespace tandem
