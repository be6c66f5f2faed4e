#include "tandem/compile/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/compile/verify.h"
#include "tandem/nn/nn.h"
#include "tandem/ops/generator.h"
#include "tandem/optim/adam.h"
#include "tandem/tandem.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(Compile, GivesTheBitsOfTheEagerCall) {
  const auto f = [](const Tensor& x, const Tensor& y) { return tanh(x) * 2 + y; };
  Compiled g = compile(f);
  const Tensor x = randn({3, 4}), y = randn({4});
  EXPECT_TRUE(same_bits(g({x, y})["result"], f(x, y)));
  EXPECT_TRUE(same_bits(g({y, x})["result"], f(y, x)));
}

TEST(Compile, OpsWithoutAKernelAreExpanded) {
  const auto f = [](const Tensor& x, const Tensor& y) {
    return smooth_l1_loss(normalize(x), y) +
           mse_loss(group_norm(reshape(x, {1, 4, 6}), 2), full({}, 0.5));
  };
  Compiled g = compile(f);
  const Tensor x = randn({4, 6}), y = randn({4, 6});
  EXPECT_TRUE(same_bits(g({x, y})["result"], f(x, y)));
}

TEST(Compile, ADimThatChangesBecomesSymbolic) {
  const auto f = [](const Tensor& x) { return sum(exp(x), 0); };
  Compiled g = compile(f, {.name = "f"});
  for (const int64_t b : {3, 5, 9, 1, 64}) {
    const Tensor x = randn({b, 2});
    EXPECT_TRUE(same_bits(g({x})["result"], f(x))) << b;
  }
  // One for [3, 2], one for [s0, 2], one for the batch of 1, which broadcasts.
  EXPECT_EQ(g.traces(), 3u) << g.explain();
  EXPECT_THAT(g.explain(), HasSubstr("f(f32[s0, 2]): sizes changed from (f32[3, 2])"));
}

TEST(Compile, SizesAtWhichTheFunctionDoesSomethingElseHaveTheirOwn) {
  const auto f = [](const Tensor& x) { return x.size(0) == 20 ? x * 2 : x * 3; };
  Compiled g = compile(f);
  for (const int64_t b : {4, 6, 20, 9, 20, 7})
    EXPECT_TRUE(same_bits(g({full({b}, 1.0)})["result"], f(full({b}, 1.0)))) << b;
  EXPECT_EQ(g.traces(), 3u) << g.explain();
  EXPECT_THAT(g.explain(), HasSubstr("does something else at these sizes"));
}

// Traces are taken at sizes that nobody passed: what fails there is no error of the call.
TEST(Compile, AFunctionMayRefuseOtherSizes) {
  const Tensor table = randn({16, 2});
  const auto f = [&](const Tensor& x) { return x + slice(table, 0, 0, x.size(0)); };
  Compiled g = compile(f);
  for (const int64_t b : {8, 10, 16}) {
    const Tensor x = randn({b, 2});
    EXPECT_TRUE(same_bits(g({x})["result"], f(x))) << b;
  }
  EXPECT_THROW(g({randn({17, 2})}), Error);
  EXPECT_EQ(g.traces(), 3u) << g.explain();
}

TEST(Compile, WritesIntoInputsAreSeen) {
  const auto f = [](const Tensor& x, const Tensor& y) {
    Tensor a = x;
    a.add_(y);
    a[0].fill_(7);
    return a * y;
  };
  Compiled g = compile(f);
  for (const int64_t b : {3, 4, 6}) {
    const Tensor x = randn({b, 2}), y = randn({b, 2}), a = x.clone(), c = y.clone();
    EXPECT_TRUE(same_bits(g({x, y})["result"], f(a, c)));
    EXPECT_TRUE(same_bits(x, a));
    EXPECT_TRUE(same_bits(y, c));
    EXPECT_TRUE(same_bits(g({x, x})["result"], f(a, a)));  // one tensor for both
    EXPECT_TRUE(same_bits(x, a));
  }
}

TEST(Compile, AnInputMayBeStateThatIsWritten) {
  const Tensor w = full({100}, 1.0);
  Compiled g = compile(
      [&](const Tensor& x) {
        Tensor state = w;
        state.add_(1);
        return x * 2;
      },
      {.state = {{"w", w}}});
  EXPECT_EQ(g({full({100}, 1.0)})["result"][0].item(), 2);
  EXPECT_EQ(g({w})["result"][0].item(), 6);
  EXPECT_EQ(g.last(), -1);
}

TEST(Compile, StateMayWantItsGradientLater) {
  Tensor w = full({2}, 1.0);
  Compiled g = compile([&](const Tensor& x) { sum(x * w).backward(); }, {.state = {{"w", w}}});
  const Tensor x = full({2}, 3.0);
  EXPECT_THROW(g({x}), Error);
  w.requires_grad_();
  g({x});
  EXPECT_EQ(w.grad()[0].item(), 3);
  g({x});
  EXPECT_EQ(w.grad()[0].item(), 6);
  w.requires_grad_(false);
  EXPECT_THROW(g({x}), Error);
}

TEST(Compile, WhereNoProgramServesAllSizesEachGetsItsOwn) {
  const auto f = [](const Tensor& x) {
    Tensor y = x;
    for (int64_t i = 0; i < x.size(0); ++i) y = y * 2;
    return y;
  };
  Compiled g = compile(f);
  for (const int64_t b : {2, 3, 2, 4})
    EXPECT_TRUE(same_bits(g({full({b}, 1.0)})["result"], f(full({b}, 1.0)))) << b;
  EXPECT_EQ(g.traces(), 3u);
  EXPECT_THAT(g.explain(), HasSubstr("depends on a symbolic dim"));
}

TEST(Compile, WhatOtherSizesSayNothingAboutIsTracedAnew) {
  const auto few = [](const Tensor& x) {  // 4 at every size that was tried
    return sum(slice(x, 0, 0, 4), 0) / double(std::min<int64_t>(x.size(0), 4));
  };
  const auto many = [](const Tensor& x) { return sum(slice(x, 0, 0, 2000), 0); };
  const auto halves = [](const Tensor& x) { return reshape(x, {4, -1}) * 2; };  // of some sizes
  for (const auto& f : {std::function<Tensor(const Tensor&)>(few), {many}, {halves}}) {
    Compiled g = compile([&](const Tensor& x) { return f(x); });
    for (const int64_t n : {8, 12, 4, 16, 3000, 8, 12}) {
      const Tensor x = randn({n, 2});
      EXPECT_TRUE(same_bits(g({x})["result"], f(x))) << n << "\n" << g.explain();
    }
  }
  Compiled g = compile(few);
  for (const int64_t n : {8, 9, 3, 2, 1, 10}) {
    const Tensor x = randn({n, 2});
    EXPECT_TRUE(same_bits(g({x})["result"], few(x))) << n << "\n" << g.explain();
  }
}

/// A norm adds in the order of the memory, which a program's copies keep as eager ones do.
TEST(Compile, NormsSeeTheMemoryThatTheyWouldSeeEagerly) {
  const Tensor w = randn({6, 4, 3, 3}), ones = full({6}, 1.0), cut = randn({3, 6, 7, 9});
  const auto f = [&](const Tensor& x) {
    const Tensor y = contiguous(conv2d(x, w, {}, {1}, {1}));
    const auto [normal, mean, variance] = batch_norm_train(y, ones, ones);
    return group_norm(clone(normal), 2) * 1.0;
  };
  const auto g = [](const Tensor& x) { return group_norm(x, 3); };
  Compiled compiled_f = compile(f), compiled_g = compile(g);
  const Tensor x = randn({3, 4, 7, 9});
  EXPECT_TRUE(same_bits(compiled_f({x})["result"], f(x)));
  for (const Tensor& input :
       {cut, slice(cut, 3, 0, 9, 2), flip(cut, {2}), permute(cut, {0, 1, 3, 2}),
        expand(slice(cut, 0, 0, 1), {3, 6, 7, 9}), slice(cut, 2, 3, 4)})
    EXPECT_TRUE(same_bits(compiled_g({input})["result"], g(input))) << text(input.strides());
}

/// With a budget the value of tanh is computed again, which changes no bit.
TEST(Compile, ABudgetKeepsTheBits) {
  const Tensor w = randn({32, 32}) * 0.1;
  const auto f = [&](const Tensor& x) {
    const Tensor t = tanh(x);
    return matmul(matmul(matmul(t, w), w), w) * t;
  };
  const Tensor x = randn({64, 32});
  for (const int64_t budget : {0, 1 << 20}) {
    Compiled g = compile(f, {.budget = budget});
    EXPECT_TRUE(same_bits(g({x})["result"], f(x))) << budget;
  }
}

TEST(Compile, StateIsSharedWithEagerCode) {
  Tensor count = full({}, 0.0);
  Compiled g = compile(
      [&](const Tensor& x) {
        count.add_(1);
        return x * count;
      },
      {.state = {{"count", count}}});
  g({full({2}, 1.0)});
  EXPECT_EQ(count.item(), 1);
  count.add_(10);
  EXPECT_EQ(g({full({2}, 1.0)})["result"].to_vector<float>()[0], 12);
  EXPECT_EQ(count.item(), 12);
}

TEST(Compile, TheDefaultGeneratorGoesOn) {
  const auto f = [](const Tensor& x) { return x + rand({4}); };
  Compiled g = compile(f);
  const Tensor x = zeros({4});
  manual_seed(4);
  const Tensor a = f(x), b = f(x), after = rand({2});
  manual_seed(4);
  EXPECT_TRUE(same_bits(g({x})["result"], a));
  EXPECT_TRUE(same_bits(g({x})["result"], b));
  EXPECT_TRUE(same_bits(rand({2}), after));
}

struct Net : nn::Module {
  Tensor forward(const Tensor& x) override { return fc2(dropout(relu(fc1(x)))); }
  nn::Linear& fc1 = register_module("fc1", nn::Linear(6, 8));
  nn::Dropout& dropout = register_module("dropout", nn::Dropout(0.5));
  nn::Linear& fc2 = register_module("fc2", nn::Linear(8, 3));
};

TEST(Compile, ATrainingStepMayBeCompiledAndMixedWithEagerOnes) {
  struct Training {
    Training() : optimizer(net.parameters(), {.lr = 0.01}) {}
    Tensor step(const Tensor& x, const Tensor& y) {
      optimizer.zero_grad();
      const Tensor loss = cross_entropy(net(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    }
    Net net;
    optim::Adam optimizer;
  };
  manual_seed(1);
  Training eager;
  manual_seed(1);
  Training compiled;
  NamedTensors state = compiled.net.named_parameters();
  for (const auto& [name, t] : compiled.optimizer.named_state(compiled.net.named_parameters()))
    state.add(name, t);
  Compiled step = compile([&](const Tensor& x, const Tensor& y) { return compiled.step(x, y); },
                          {.state = state});
  for (int i = 0; i < 6; ++i) {
    manual_seed(uint64_t(100 + i));
    const Tensor x = randn({4 + i % 2, 6}), y = randint(0, 3, {4 + i % 2});
    manual_seed(uint64_t(i));
    const Tensor expected = eager.step(x, y);
    manual_seed(uint64_t(i));
    const Tensor actual = i == 3 ? compiled.step(x, y) : step({x, y})["result"];
    EXPECT_TRUE(same_bits(actual, expected)) << i;
  }
  for (const auto& [name, t] : eager.net.named_parameters())
    EXPECT_TRUE(same_bits(compiled.net.named_parameters()[name], t)) << name;
}

TEST(Verify, ComparesEagerAndCompiledForAnyNumberOfThreads) {
  const Tensor w = randn({4, 4});
  ProgramSet set;
  set.programs.push_back(trace([&](const Tensor& x) { return softmax(matmul(x, w), 1); },
                               {{"x", {dim("b"), 4}}}, {.name = "f", .state = {{"w", w}}})
                             .program);
  const auto verdicts = verify(set, {{"w", w}}, {.max_threads = 2});
  ASSERT_EQ(verdicts.size(), 4u);
  EXPECT_EQ(verdicts[3].how, "compiled with packed weights, 2 threads");
  for (const Verdict& v : verdicts) EXPECT_TRUE(v.passed) << v.how << ": " << v.first_difference;
}

TEST(Verify, EqualInfinitiesAreNoDifference) {
  const Traced traced = trace([](const Tensor& x) { return x; }, {{"x", {3}}}, {.name = "f"});
  const float inf = std::numeric_limits<float>::infinity();
  const auto values = [&](float middle) {
    return eager_values(traced.program, {{"x", from_data({-inf, middle, inf}, {3})}}, {});
  };
  const auto relative = [&](float middle) {
    return judge_bits(traced.program, "other", values(1), values(middle)).relative;
  };
  EXPECT_EQ(relative(1), 0);
  EXPECT_NEAR(relative(1.5f), 0.5, 1e-6);
  EXPECT_EQ(relative(inf), inf);
}

TEST(Verify, NamesTheFirstValueThatDiffers) {
  const Tensor w = full({2}, 3.0), other = full({2}, 3.0000002);
  const Traced traced = trace([&](const Tensor& x) { return exp(x) * w; }, {{"x", {2}}},
                              {.name = "f", .state = {{"w", w}}});
  const NamedTensors inputs = example_inputs(traced.program, {});
  const auto expected = eager_values(traced.program, inputs, {{"w", w}}),
             actual = eager_values(traced.program, inputs, {{"w", other}});
  const Verdict bits = judge_bits(traced.program, "other", expected, actual);
  EXPECT_FALSE(bits.passed);
  EXPECT_THAT(bits.first_difference,
              testing::AllOf(HasSubstr("%2 = mul of %1: f32[2], @w: f32[2] at compile_test.cc:"),
                             HasSubstr(": float32[2], element ["), HasSubstr(" (1 ulp)")));
  EXPECT_EQ(bits.worst, "result result");
  const auto judged = [&](double tolerance) {
    return judge_ops(traced.program, "other", inputs, {{"w", w}}, expected, actual, tolerance);
  };
  EXPECT_TRUE(judged(1e-3).passed);
}

/// Adam divides a gradient by its own size, so a sum that cancels becomes a step of full length.
TEST(Verify, RoundingThatGrowsIsNoFault) {
  const Traced traced = trace(
      [](const Tensor& x) {
        const Tensor rest = sum(x);
        return rest / abs(rest);
      },
      {{"x", {4}}}, {.name = "f"});
  const auto values = [&](float last) {
    return eager_values(traced.program, {{"x", from_data({1e8F, 1.0F, -1e8F, last}, {4})}}, {});
  };
  ProgramValues expected = values(0), actual = expected;
  const NamedTensors inputs = {{"x", from_data({1e8F, 1.0F, -1e8F, 0.0F}, {4})}};
  // A sum in another order may lose 1 in 1e8.
  ASSERT_EQ(actual.entries[0].name, "%1 = sum");
  const float other = -1 - expected.entries[0].value.item<float>();
  const auto put = [&](std::size_t i, float value) { actual.entries[i].value = full({}, value); };
  put(0, other), put(1, std::abs(other)), put(2, other / std::abs(other)),
      put(3, other / std::abs(other));
  const auto judged = [&] {
    return judge_ops(traced.program, "other", inputs, {}, expected, actual, 1e-3);
  };
  EXPECT_TRUE(judged().passed) << judged().first_difference;
  put(1, 2 * std::abs(other));
  EXPECT_THAT(judged().first_difference, HasSubstr("%2 = abs of %1: f32[] at compile_test.cc:"));
}

}  // namespace
}  // namespace tandem
