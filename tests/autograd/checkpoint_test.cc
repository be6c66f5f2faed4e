#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/autograd/gradcheck.h"
#include "tandem/nn/nn.h"
#include "tandem/tandem.h"
#include "tandem/tensor/allocator.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

using Values = std::vector<std::vector<double>>;

Tensor vector(std::initializer_list<double> values) {
  return from_data(values, {int64_t(values.size())});
}
std::vector<double> numbers(const Tensor& t) {
  return t ? t.to_vector<double>() : std::vector<double>();
}
/// Calls `function` through checkpoint() or as it is.
Tensor call(bool kept, const TensorFunction& function, const Tensor& x) {
  return kept ? function({{x}})[0] : checkpoint(function, {{x}})[0];
}

TEST(Checkpoint, GradReachesInputsAndParametersAsBackwardDoes) {
  auto run = [](bool kept, bool by_grad) {
    Tensor x = vector({0.5, -2}).requires_grad_(), w = vector({3, 4}).requires_grad_();
    const Tensor y = call(kept, [&](auto in) { return std::vector{exp(in[0] * w) * in[0]}; }, x);
    if (by_grad) {
      const std::vector<Tensor> g = grad(sum(y * y), {{w, x}});
      EXPECT_FALSE(w.grad());
      return Values{numbers(g[0]), numbers(g[1])};
    }
    sum(y * y).backward();
    return Values{numbers(w.grad()), numbers(x.grad())};
  };
  EXPECT_EQ(run(false, true), run(true, true));
  EXPECT_EQ(run(false, false), run(true, true));
}

TEST(Checkpoint, TheFirstBlockTrainsThoughItsInputNeedsNoGradient) {
  auto run = [](bool kept) {
    Tensor w = vector({3, 4}).requires_grad_();
    const Tensor y = call(kept, [&](auto in) { return std::vector{in[0] * w}; }, vector({1, 2}));
    EXPECT_TRUE(y.requires_grad());
    sum(y).backward();
    return numbers(w.grad());
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(Checkpoint, WhatDependsOnNothingRequiresNothing) {
  Tensor w = vector({3, 4}).requires_grad_(), x = vector({1, 2});
  const auto y =
      checkpoint([&](auto in) { return std::vector{in[0] * 2, in[0] * w, w, in[0]}; }, {{x}});
  EXPECT_FALSE(y[0].requires_grad());
  EXPECT_TRUE(y[1].requires_grad());
  EXPECT_TRUE(y[2].requires_grad());
  EXPECT_FALSE(y[3].requires_grad());
  sum(y[1] + y[2]).backward();
  EXPECT_EQ(numbers(w.grad()), (std::vector<double>{2, 3}));
}

/// What the function reads may have a history of its own, longer than the input's.
TEST(Checkpoint, GradientsFlowOnBehindWhatIsRead) {
  auto run = [](bool kept) {
    Tensor x = vector({0.5, -2}).requires_grad_(), w = vector({3, 4}).requires_grad_();
    const Tensor deep = sin(exp(w * w / 10) * 2);
    const Tensor y = call(kept, [&](auto in) { return std::vector{in[0] * deep + deep}; }, x);
    sum(y * y * deep).backward();
    return Values{numbers(w.grad()), numbers(x.grad())};
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(Checkpoint, NestsAndIsDifferentiatedTwice) {
  Tensor w = vector({0.7, -1.1}).requires_grad_();
  auto inner = [](auto in) { return std::vector{sin(in[0]) * in[1]}; };
  auto outer = [&](std::span<const Tensor> in) {
    return std::vector{exp(checkpoint(inner, {{in[0] * in[1], in[1]}})[0])};
  };
  auto whole = [&](std::span<const Tensor> in) { return checkpoint(outer, in); };
  const std::vector<Tensor> inputs{vector({0.3, 0.9}).requires_grad_(), w};
  EXPECT_TRUE(gradcheck(whole, inputs));
  EXPECT_TRUE(gradgradcheck(whole, inputs));
}

TEST(Checkpoint, HooksOfParametersRunOnce) {
  Tensor w = vector({3, 4}).requires_grad_();
  int runs = 0;
  register_hook(w, [&](const Tensor&) {
    ++runs;
    return Tensor();
  });
  sum(checkpoint([&](auto in) { return std::vector{in[0] * w * w}; }, {{vector({1, 2})}})[0])
      .backward();
  EXPECT_EQ(runs, 1);
}

TEST(Checkpoint, DropoutDropsTheSameAgain) {
  auto run = [](bool kept) {
    manual_seed(7);
    nn::Sequential block(nn::Linear(16, 32), nn::ReLU(), nn::Dropout(0.5), nn::Linear(32, 16));
    Tensor x = randn({8, 16}).requires_grad_();
    Tensor y = x;
    for (int i = 0; i < 3; ++i)
      y = call(kept, [&](auto in) { return std::vector{block.forward(in[0])}; }, y);
    sum(y * y).backward();
    Values all{numbers(y), numbers(x.grad())};
    for (const Tensor& p : block.parameters()) all.push_back(numbers(p.grad()));
    all.push_back(numbers(randn({4})));  // recomputing draws from no one's stream
    return all;
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(Checkpoint, LeavesTheGeneratorAloneOnlyIfAsked) {
  Tensor x = full({64}, 1, float64).requires_grad_();
  const auto drop = [](auto in) { return std::vector{dropout(in[0], 0.5)}; };
  manual_seed(3);
  const Tensor y = checkpoint(drop, {{x}}, false)[0];
  const Tensor g = grad(sum(y), {{x}})[0];
  EXPECT_NE(numbers(y), numbers(g));  // another mask
}

TEST(Checkpoint, KeepsNothingOfTheWay) {
  const int64_t bytes = 1 << 20;
  Tensor x = full({bytes / 8}, 0.5, float64).requires_grad_();
  const auto longer = [](std::span<const Tensor> in) {
    Tensor y = in[0];
    for (int i = 0; i < 10; ++i) y = sin(y);
    return std::vector{y};
  };
  const auto held = [&](bool kept) {
    const int64_t before = memory_stats().allocated;
    const Tensor y = call(kept, longer, x);
    return memory_stats().allocated - before;
  };
  EXPECT_GE(held(true), 10 * bytes);
  EXPECT_LE(held(false), 2 * bytes);
  // Nor are the blocks recomputed at once, with retain_graph either.
  Tensor y = x;
  for (int i = 0; i < 8; ++i) y = call(false, longer, y);
  const Tensor total = sum(y);
  reset_peak_memory_stats();
  const int64_t before = memory_stats().allocated;
  total.backward(Tensor(), /*retain_graph=*/true);
  EXPECT_LE(memory_stats().peak_allocated - before, 16 * bytes);
  total.backward();
}

TEST(Checkpoint, SaysWhatItCannotDo) {
  Tensor x = vector({0.5, -2}).requires_grad_(), w = vector({3, 4}).requires_grad_();
  const Tensor y = checkpoint([&](auto in) { return std::vector{in[0] * w}; }, {{x}})[0];
  {
    NoGrad off;
    w.add_(1);
  }
  EXPECT_THAT(error_of([&] { sum(y).backward(); }), HasSubstr("that its function reads"));

  Tensor inside;
  const auto leak = [&](std::span<const Tensor> in) {
    inside = in[0] * 2;
    return std::vector{inside * w};
  };
  checkpoint(leak, {{x}});
  EXPECT_THAT(error_of([&] { sum(inside).backward(); }), HasSubstr("return the tensor from there"));

  Tensor h = w * 1;
  EXPECT_THAT(
      error_of([&] { checkpoint([&](auto in) { return std::vector{h.add_(in[0])}; }, {{x}}); }),
      HasSubstr("wrote in place"));

  bool again = false;
  const auto varies = [&](std::span<const Tensor> in) {
    std::vector<Tensor> results{in[0] * 2};
    if (std::exchange(again, true)) results.push_back(in[0]);
    return results;
  };
  const Tensor z = checkpoint(varies, {{x}})[0];
  EXPECT_THAT(error_of([&] { sum(z).backward(); }), HasSubstr("gave 1 results and then 2"));

  const Tensor once = checkpoint([&](auto in) { return std::vector{in[0] * w}; }, {{x}})[0];
  sum(once).backward();
  EXPECT_THAT(error_of([&] { sum(once).backward(); }), HasSubstr("second time"));
}

}  // namespace
}  // namespace tandem
