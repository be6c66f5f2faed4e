#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tandem/autograd/gradcheck.h"
#include "tandem/compile/compile.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/tandem.h"
#include "tandem/trace/control_flow.h"
#include "tandem/trace/trace.h"
#include "tests/expect_error.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using graph::interpret;
using Carried = std::span<const Tensor>;

Tensor weight() { return from_data({0.5f, -1.25f, 0.75f}, {3}).requires_grad_(); }

/// A loop of `steps` steps with the carries x and a number.
Tensor times(const Tensor& steps, const Tensor& x, const std::function<Tensor(const Tensor&)>& f) {
  return while_([&](Carried c) { return c[1] < steps; },
                [&](Carried c) { return std::vector{f(c[0]), c[1] + 1}; },
                {x, full({}, 0, int64)})[0];
}

using Loop = std::function<Tensor(const Tensor& x, const Tensor& w, const Tensor& steps)>;

/// A loop's value and its gradients for x and w.
NamedTensors with_gradients(const Loop& loop, const Tensor& x_, const Tensor& w,
                            const Tensor& steps) {
  const Tensor x = x_.detach().requires_grad_();
  const Tensor y = loop(x, w, steps);
  const Tensor inputs[] = {x, w};
  const auto g = grad(sum(y * y * 0.5), inputs);
  NamedTensors out{{"y", y}};
  if (g[0]) out.add("dx", g[0]);
  if (g[1]) out.add("dw", g[1]);
  return out;
}

Traced traced_gradients(const Loop& loop, const Tensor& w) {
  return trace([&](const Tensor& x, const Tensor& n) { return with_gradients(loop, x, w, n); },
               {{"x", {dim("b"), 3}}, {"steps", {}, int64}}, {.state = {{"w", w}}});
}

/// Gradients of program and unrolled loop at each of these numbers of steps, `apart` at most.
void expect_as_eager(const Loop& loop, const std::vector<int64_t>& lengths, double scale,
                     double apart) {
  manual_seed(3);
  const Tensor w = weight();
  const Traced traced = traced_gradients(loop, w);
  for (int64_t n : lengths) {
    const Tensor x = randn({n % 3 + 1, 3}) * scale, steps = full({}, n, int64);
    const auto results = interpret(traced.program, {{"x", x}, {"steps", steps}}, traced.state);
    for (const auto& [name, t] : with_gradients(loop, x, w, steps)) {
      const Tensor &found = results.outputs[name], expected = t.detach();
      if (apart == 0) {
        EXPECT_TRUE(same_bits(found, expected)) << name << " after " << n;
      } else {
        const double size = amax(abs(expected)).item();
        EXPECT_LE(amax(abs(found - expected)).item(), apart * size) << name << " after " << n;
        EXPECT_GT(size, 0);
      }
    }
  }
}
void expect_bits_of_eager(const Loop& loop, const std::vector<int64_t>& lengths, double scale = 1) {
  expect_as_eager(loop, lengths, scale, 0);
}
/// Where eager adds up the parts of a gradient in another order.
void expect_close_to_eager(const Loop& loop, const std::vector<int64_t>& lengths) {
  expect_as_eager(loop, lengths, 1, 1e-5);
}

TEST(WhileGradient, HasTheBitsOfTheUnrolledLoop) {
  expect_bits_of_eager(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return tanh(h * w) + h * 0.5; });
      },
      {1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000});
}

TEST(WhileGradient, ReachesWhatIsUsedSeveralTimesInAStep) {
  expect_bits_of_eager(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return (tanh(h * w) + h) * w; });
      },
      {1, 5, 33, 70});
  expect_close_to_eager(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x * w,
                     [&](const Tensor& h) { return tanh(h * w + sin(w) * h) + relu(w) * 0.1; });
      },
      {0, 1, 5, 33, 70});
}

TEST(WhileGradient, PassesALoopOfNoSteps) {
  const Tensor w = weight();
  const Traced traced = traced_gradients(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return h * w; });
      },
      w);
  const Tensor x = randn({2, 3});
  const auto results =
      interpret(traced.program, {{"x", x}, {"steps", full({}, 0, int64)}}, traced.state);
  EXPECT_TRUE(same_bits(results.outputs["dx"], x));
  EXPECT_EQ(amax(abs(results.outputs["dw"])).item(), 0);
}

// 64 slots are thinned until each stands for 128 steps, and a second level keeps every other one.
TEST(WhileGradient, GoesOnBeyondTwoLevelsOfSlots) {
  expect_bits_of_eager(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return cos(h + w); });
      },
      {4063, 4064, 4065, 6001});
}

TEST(WhileGradient, OfALoopWhoseLengthDependsOnItsValues) {
  expect_bits_of_eager(
      [](const Tensor& x, const Tensor& w, const Tensor&) {
        const auto out = while_(
            [](Carried c) { return sum(abs(c[0])) < 100; },
            [&](Carried c) { return std::vector{c[0] * (1.25 + w * w), c[1] + c[0], c[2] + 1}; },
            {x, x * 2, full({}, 0, int32)});
        return out[0] + out[1] * 0.5;
      },
      {0, 1, 2}, 0.01);
}

// What is carried need not be one tensor, nor have a gradient at all.
TEST(WhileGradient, CarriesOfEveryDType) {
  const Loop loop = [](const Tensor& x, const Tensor& w, const Tensor& steps) {
    const auto out = while_([&](Carried c) { return c[2] < steps; },
                            [&](Carried c) {
                              return std::vector{where(c[3], c[0] * w, c[0] + cast(c[1], float32)),
                                                 cast(remainder(c[2], 3), uint8) + c[1] * 0,
                                                 c[2] + 1, logical_not(c[3])};
                            },
                            {x, full({3}, 1, uint8), full({}, 0, int64), full({}, true, boolean)});
    return out[0];
  };
  expect_bits_of_eager(loop, {1, 2, 40, 65});
}

// A step that is taken again draws what it drew: the generator is carried, too.
TEST(WhileGradient, ThroughRandomSteps) {
  const Tensor w = weight();
  const Loop loop = [](const Tensor& x, const Tensor& w, const Tensor& steps) {
    return times(steps, x, [&](const Tensor& h) { return tanh(h * w) + h * rand({3}); });
  };
  const Traced traced = traced_gradients(loop, w);
  for (const int64_t n : {1, 40, 100}) {
    const Tensor x = randn({2, 3}), steps = full({}, n, int64);
    const NamedTensors state{{"w", w}, {"generator", default_generator().get_state()}};
    const auto results = interpret(traced.program, {{"x", x}, {"steps", steps}}, state);
    for (const auto& [name, t] : with_gradients(loop, x, w, steps))
      EXPECT_TRUE(same_bits(results.outputs[name], t.detach())) << name << " after " << n;
    EXPECT_TRUE(same_bits(results.updates["generator"], default_generator().get_state()));
  }
}

TEST(WhileGradient, OfLoopsInLoops) {
  expect_close_to_eager(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) {
          const Tensor inner =
              times(remainder(steps, 4) + 1, h, [&](const Tensor& g) { return sin(g * w); });
          const Tensor chosen =
              if_(sum(inner) > 0, [&] { return inner * w; }, [&] { return inner + h; });
          return scan([&](Carried s) { return std::vector{tanh(s[0] + s[1]), s[0]}; }, {chosen},
                      {stack({w, w * 0.5})})
              .carries[0];
        });
      },
      {1, 2, 35});
}

TEST(WhileGradient, InABodyOfScan) {
  const Loop loop = [](const Tensor& x, const Tensor& w, const Tensor& steps) {
    return scan(
               [&](Carried s) {
                 const Tensor h =
                     times(steps, s[0], [&](const Tensor& g) { return sin(g * w) + s[1]; });
                 return std::vector{h, h};
               },
               {w * 1}, {x})
        .carries[0];
  };
  expect_close_to_eager(loop, {1, 2, 40});
}

/// Gradients of the norm of the gradients.
NamedTensors second_derivatives(const Loop& loop, const Tensor& x_, const Tensor& w,
                                const Tensor& steps) {
  const Tensor x = x_.detach().requires_grad_();
  const Tensor inputs[] = {x, w};
  const auto g = grad(sum(square(loop(x, w, steps))), inputs, true);
  const auto gg = grad(sum(square(g[0])) + sum(sin(g[1])), inputs);
  return {{"dx", gg[0]}, {"dw", gg[1]}};
}

void expect_second_derivatives(const Loop& loop, const std::vector<int64_t>& lengths) {
  manual_seed(4);
  const Tensor w = cast(weight().detach(), float64).requires_grad_();
  const Traced traced =
      trace([&](const Tensor& x, const Tensor& n) { return second_derivatives(loop, x, w, n); },
            {{"x", {2, 3}, float64}, {"steps", {}, int64}}, {.state = {{"w", w}}});
  for (int64_t n : lengths) {
    const Tensor x = randn({2, 3}, float64), steps = full({}, n, int64);
    const auto results = interpret(traced.program, {{"x", x}, {"steps", steps}}, traced.state);
    for (const auto& [name, t] : second_derivatives(loop, x, w, steps)) {
      const double size = amax(abs(t)).item();
      EXPECT_LT(amax(abs(results.outputs[name] - t.detach())).item(), 1e-10 * (1 + size))
          << name << " after " << n;
      EXPECT_GT(size, 1e-6);
    }
  }
}

TEST(WhileGradient, IsDifferentiableItself) {
  expect_second_derivatives(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return sin(h * w) + h * 0.5; });
      },
      {1, 2, 31, 40, 70, 130});
}

TEST(ScanGradient, IsDifferentiableItself) {
  expect_second_derivatives(
      [](const Tensor& x, const Tensor& w, const Tensor&) {
        return scan([&](Carried s) { return std::vector{sin(s[0] * w) + s[1], s[0]}; }, {w * 0.5},
                    {x})
            .carries[0];
      },
      {0, 1});
}

TEST(WhileGradient, EagerLoopsPassGradcheck) {
  const Tensor steps = full({}, 7, int64);
  const auto f = [&](Carried in) {
    return std::vector{
        times(steps, in[0], [&](const Tensor& h) { return tanh(h * in[1]) + h * 0.5; })};
  };
  manual_seed(5);
  const Tensor inputs[] = {randn({2, 3}, float64).requires_grad_(),
                           randn({3}, float64).requires_grad_()};
  EXPECT_TRUE(gradcheck(f, inputs));
  EXPECT_TRUE(gradgradcheck(f, inputs));
}

/// gradcheck of a program's own gradient: against differences of the program's values.
TEST(WhileGradient, OfAProgramPassesGradcheck) {
  const Tensor w = cast(weight().detach(), float64).requires_grad_();
  const Loop loop = [](const Tensor& x, const Tensor& w, const Tensor& steps) {
    return times(steps, x, [&](const Tensor& h) { return sin(h * w) + h * 0.5; });
  };
  const Traced traced =
      trace([&](const Tensor& x, const Tensor& n) { return with_gradients(loop, x, w, n); },
            {{"x", {2, 3}, float64}, {"steps", {}, int64}}, {.state = {{"w", w}}});
  manual_seed(6);
  const Tensor x = randn({2, 3}, float64), steps = full({}, 67, int64);
  const auto value = [&](const Tensor& at) {
    const auto out = interpret(traced.program, {{"x", at}, {"steps", steps}}, traced.state);
    return sum(square(out.outputs["y"]) * 0.5).item();
  };
  const Tensor dx =
      interpret(traced.program, {{"x", x}, {"steps", steps}}, traced.state).outputs["dx"];
  for (int64_t i = 0; i < x.numel(); ++i) {
    const Tensor step = reshape(cast(eq(arange(0, x.numel()), i), float64), {2, 3}) * 1e-6;
    const double difference = (value(x + step) - value(x - step)) / 2e-6;
    const double found = reshape(dx, {-1})[i].item();
    EXPECT_NEAR(found, difference, 1e-5 + 1e-3 * std::abs(difference));
  }
}

/// The files that instructions come from, those in bodies too.
void collect_files(const Program& program, std::set<std::string>& files) {
  for (const graph::Instruction& i : program.instructions) {
    files.insert(i.where.file_name());
    for (const Program& body : i.bodies) collect_files(body, files);
  }
}

TEST(WhileGradient, IsMadeOfTheUsersLines) {
  const Traced traced = traced_gradients(
      [](const Tensor& x, const Tensor& w, const Tensor& steps) {
        return times(steps, x, [&](const Tensor& h) { return h * w; });
      },
      weight());
  std::set<std::string> files;
  collect_files(traced.program, files);
  EXPECT_EQ(files, (std::set<std::string>{"while_gradient_test.cc"}));
}

TEST(WhileGradient, IsNotPreparedWhereNobodyAsksForIt) {
  const Tensor w = weight();
  const auto forward = [&](const Tensor& x) {
    return times(full({}, 9, int64), x, [&](const Tensor& h) {
      return scan([&](Carried s) { return std::vector{s[0] * w}; }, {h}, {w}).carries[0];
    });
  };
  const auto kept = [&](bool grad) {
    const GradMode mode(grad);
    return graph::print(trace(forward, {{"x", {dim("b"), 3}}}, {.state = {{"w", w}}}).program);
  };
  EXPECT_EQ(kept(true), kept(false));
}

TEST(WhileGradient, MayBeTakenInTheBodyOfAnotherLoop) {
  const Tensor w = weight();
  const auto f = [&](const Tensor& x) {
    const Tensor y =
        times(full({}, 5, int64), x, [&](const Tensor& h) { return tanh(h * w) + h * 0.5; });
    const Tensor total = scan(
                             [&](Carried s) {
                               const Tensor g = grad({&y, 1}, {&w, 1}, {&s[1], 1}, true)[0];
                               return std::vector{s[0] + g};
                             },
                             {zeros({3})}, {stack({x, x * 2})})
                             .carries[0];
    return NamedTensors{{"total", total}, {"dw", grad(sum(y), {&w, 1})[0]}};
  };
  const Traced traced = trace(f, {{"x", {2, 3}}}, {.state = {{"w", w}}});
  const Tensor x = randn({2, 3});
  const auto results = interpret(traced.program, {{"x", x}}, traced.state);
  for (const auto& [name, t] : f(x))
    EXPECT_LT(amax(abs(results.outputs[name] - t)).item(), 1e-5) << name;
}

TEST(WhileGradient, OfAnEndedTraceIsAnError) {
  const Tensor w = weight();
  Tensor kept;
  const auto f = [&](const Tensor& x) {
    kept = times(full({}, 5, int64), x, [&](const Tensor& h) { return h * w; });
    return kept;
  };
  trace(f, {{"x", {2, 3}}}, {.state = {{"w", w}}});
  EXPECT_THAT(error_of([&] { grad(sum(kept), {&w, 1}); }), testing::HasSubstr("trace"));
  EXPECT_THAT(error_of([&] {
                trace([&](const Tensor& x) { return grad(sum(kept * x), {&w, 1})[0]; },
                      {{"x", {2, 3}}}, {.state = {{"w", w}}});
              }),
              testing::HasSubstr("trace"));
}

TEST(WhileGradient, ATrainingStepThroughALoopRunsCompiled) {
  const Loop loop = [](const Tensor& x, const Tensor& w, const Tensor& steps) {
    return times(steps, x, [&](const Tensor& h) { return tanh(h * w) + h * 0.5; });
  };
  const Tensor eager = weight(), compiled = weight();
  const auto step = [&](const Tensor& w, const Tensor& x, const Tensor& n) {
    const Tensor g = grad(mean(square(loop(x, w, n) - 0.5)), {&w, 1})[0];
    const NoGrad off;
    sub_(w, g * 0.1);
  };
  Compiled program = compile([&](const Tensor& x, const Tensor& n) { step(compiled, x, n); },
                             {.state = {{"w", compiled}}});
  manual_seed(7);
  for (const int64_t n : {1, 3, 32, 40, 65, 300}) {
    const Tensor x = randn({n % 2 + 3, 3}), steps = full({}, n, int64);
    step(eager, x, steps);
    program({x, steps});
    EXPECT_TRUE(same_bits(compiled.detach(), eager.detach())) << n;
  }
}

}  // namespace
}  // namespace tandem
