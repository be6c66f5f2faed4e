#include "tandem/trace/control_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/graph/interpret.h"
#include "tandem/tandem.h"
#include "tandem/trace/trace.h"
#include "tests/expect_error.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using graph::interpret;
using testing::HasSubstr;

/// The function eagerly and as a program, on the same input.
void expect_equal(const std::function<NamedTensors(const Tensor&)>& f, const Tensor& x,
                  const NamedTensors& state = {}) {
  const Traced traced = trace(f, {{"x", {dim("b"), 3}}}, {.state = state});
  const auto results = interpret(traced.program, {{"x", x}}, traced.state);
  for (const auto& [name, t] : f(x))
    EXPECT_TRUE(same_bits(results.outputs[name], t.detach())) << name;
}
/// The value and its gradient for x and for w.
NamedTensors with_gradients(const std::function<Tensor(const Tensor&)>& f, const Tensor& x_,
                            const Tensor& w) {
  const Tensor x = x_.detach().requires_grad_();
  const Tensor y = f(x);
  const Tensor inputs[] = {x, w};
  const auto g = grad(sum(y * y), inputs);
  return {{"y", y}, {"dx", g[0]}, {"dw", g[1]}};
}

TEST(If, TakesTheBranchOfTheValue) {
  const auto f = [](const Tensor& x) {
    return NamedTensors{{"y", if_(mean(x) > 0, [&] { return x * 2; }, [&] { return exp(x); })}};
  };
  expect_equal(f, full({2, 3}, 1.5));
  expect_equal(f, full({4, 3}, -1.5));
}

TEST(If, IsDifferentiableInAProgram) {
  const Tensor w = from_data({0.5f, -2.f, 3.f}, {3}).requires_grad_();
  const auto f = [&](const Tensor& x0) {
    return with_gradients(
        [&](const Tensor& x) {
          return if_(sum(x) > 0, [&] { return tanh(x * w); }, [&] { return x + exp(w) * 2; });
        },
        x0, w);
  };
  expect_equal(f, randn({2, 3}) + 2, {{"w", w}});
  expect_equal(f, randn({5, 3}) - 2, {{"w", w}});
}

TEST(If, BranchesMustAgree) {
  const auto f = [](const Tensor& x) {
    return if_(sum(x) > 0, [&] { return x; }, [&] { return sum(x); });
  };
  try {
    trace(f, {{"x", {2}}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("then gives (float32[2]), but otherwise gives (float32[])"));
  }
}

TEST(While, RunsWhileTheConditionHolds) {
  const auto f = [](const Tensor& x) {
    const auto out =
        while_([](auto c) { return sum(c[0]) < 100; },
               [&](auto c) { return std::vector{c[0] * 2, c[1] + 1}; }, {abs(x) + 1, full({}, 0)});
    return NamedTensors{{"x", out[0]}, {"steps", out[1]}};
  };
  expect_equal(f, randn({2, 3}));
  expect_equal(f, full({1, 3}, 1000.0));
}

TEST(While, DrawsRandomNumbersAsTheLoopDoes) {
  const auto f = [](const Tensor& x) {
    return while_([](auto c) { return sum(c[0]) < 10; },
                  [](auto c) { return std::vector{c[0] + rand({3}) * c[0], c[1] + randn({})}; },
                  {x, zeros({})});
  };
  const Traced traced = trace(f, {{"x", {3}}});
  const Tensor x = rand({3}) + 0.1;
  manual_seed(9);
  const NamedTensors state{{"generator", default_generator().get_state()}};
  const auto results = interpret(traced.program, {{"x", x}}, state);
  const auto expected = f(x);
  EXPECT_TRUE(same_bits(results.outputs["result0"], expected[0]));
  EXPECT_TRUE(same_bits(results.outputs["result1"], expected[1]));
  EXPECT_TRUE(same_bits(results.updates["generator"], default_generator().get_state()));

  EXPECT_THAT(error_of([] {
                trace(
                    [](const Tensor& x) {
                      return while_([](auto c) { return sum(c[0] * rand({3})) < 10; },
                                    [](auto c) { return std::vector{c[0] * 2}; }, {x});
                    },
                    {{"x", {3}}});
              }),
              HasSubstr("draw in the body"));
}

TEST(Scan, CarriesAndCollects) {
  for (const bool reverse : {false, true}) {
    const auto f = [&](const Tensor& x) {
      const auto result = scan(
          [](auto in) {
            const Tensor h = tanh(in[0] * 0.5 + in[1]);
            return std::vector{h, h * 2, in[1] + 1};
          },
          {zeros({3})}, {x}, reverse);
      return NamedTensors{{"last", result.carries[0]},
                          {"doubled", result.collected[0]},
                          {"x", result.collected[1]}};
    };
    expect_equal(f, randn({4, 3}));
  }
}

TEST(Scan, IsDifferentiableInAProgram) {
  const Tensor w = from_data({0.5f, -2.f, 3.f}, {3}).requires_grad_();
  for (const bool reverse : {false, true}) {
    const auto f = [&](const Tensor& x0) {
      return with_gradients(
          [&](const Tensor& x) {
            const auto result = scan(
                [&](auto in) {
                  const Tensor h = tanh(in[0] * w + in[1]);
                  return std::vector{h, h * in[1]};
                },
                {w * 0.1}, {x}, reverse);
            return sum(result.collected[0]) + result.carries[0];
          },
          x0, w);
    };
    const Traced traced = trace(f, {{"x", {5, 3}}}, {.state = {{"w", w}}});
    const Tensor x = randn({5, 3});
    const auto results = interpret(traced.program, {{"x", x}}, traced.state);
    for (const auto& [name, t] : f(x)) {
      const double apart = amax(abs(results.outputs[name] - t.detach())).item();
      EXPECT_LT(apart, 1e-5) << name << " reverse " << reverse;
    }
  }
}

TEST(Scan, DrawsRandomNumbersAsTheLoopDoes) {
  const auto f = [](const Tensor& x) {
    return scan([](auto in) { return std::vector{in[0] + rand({3}), in[1] * rand({3})}; },
                {zeros({3})}, {x})
        .collected[0];
  };
  const Traced traced = trace(f, {{"x", {4, 3}}});
  manual_seed(9);
  const NamedTensors state{{"generator", default_generator().get_state()}};
  const Tensor x = randn({4, 3});
  manual_seed(9);
  const auto results = interpret(traced.program, {{"x", x}}, state);
  EXPECT_TRUE(same_bits(results.outputs["result"], f(x)));
  EXPECT_TRUE(same_bits(results.updates["generator"], default_generator().get_state()));
}

TEST(ControlFlow, Nests) {
  const auto f = [](const Tensor& x) {
    const auto result = scan(
        [&](auto in) {
          const Tensor y =
              if_(sum(in[1]) > 0, [&] { return in[0] + in[1]; }, [&] { return in[0] * 0.5; });
          return std::vector{y, y};
        },
        {x[0]}, {x});
    return NamedTensors{{"y", result.collected[0]}};
  };
  const Traced traced = trace(f, {{"x", {6, 3}}});
  const Tensor x = randn({6, 3});
  EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["y"], f(x)["y"]));
}

}  // namespace
}  // namespace tandem
