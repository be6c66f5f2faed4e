#include "tandem/trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/nn/conv.h"
#include "tandem/nn/linear.h"
#include "tandem/nn/normalization.h"
#include "tandem/optim/sgd.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using graph::interpret;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> op_names(const Program& program) {
  std::vector<std::string> names;
  for (const auto& i : program.instructions)
    if (!graph::is_number(i)) names.emplace_back(i.info().name());
  return names;
}
std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, t] : tensors) names.push_back(name);
  return names;
}
TEST(Trace, OpsOfAFunctionBecomeInstructions) {
  const auto f = [](const Tensor& x, const Tensor& y) { return exp(x) + y * 2.0; };
  const Traced traced = trace(f, {{"x", {2, 3}}, {"y", {3}}});
  EXPECT_THAT(op_names(traced.program), ElementsAre("exp", "mul", "add"));
  const Tensor x = randn({2, 3}), y = randn({3});
  EXPECT_TRUE(
      same_bits(interpret(traced.program, {{"x", x}, {"y", y}}, {}).outputs["result"], f(x, y)));
}

TEST(Trace, OneProgramServesAllSizes) {
  const auto f = [](const Tensor& x) {
    const Tensor pooled = max_pool2d(reshape(x, {x.size(0), 1, x.size(1), x.size(1)}), 2);
    return sum(pooled, {1, 2, 3}) * (1.0 / double(x.size(0)));
  };
  const Traced traced = trace(f, {{"x", {dim("b"), dim("h", {.min = 4}), dim("h")}}});
  for (const int64_t b : {1, 4})
    for (const int64_t h : {6, 9, 32}) {
      const Tensor x = randn({b, h, h});
      EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], f(x)))
          << b << " " << h;
    }
}

/// What is made at the first call alone, and read by nothing, is no difference between sizes.
TEST(Trace, WhatNobodyReadsMayBeMadeOnce) {
  bool first = true;
  const auto f = [&](const Tensor& x) {
    const Tensor y = exp(x);
    if (std::exchange(first, false)) zeros({3});
    return y + 1.0;
  };
  const Traced traced = trace(f, {{"x", {dim("b")}}});
  EXPECT_THAT(op_names(traced.program), ElementsAre("exp", "add"));
  const Tensor x = randn({4});
  EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], f(x)));
}

/// Odd and even sizes, products and sums of quotients, a stride beyond most of the traced sizes.
TEST(Trace, FindsSizesBehindWindows) {
  const Tensor patches = randn({8, 3, 4, 4}), token = randn({1, 1, 8});
  const auto f = [&](const Tensor& x) {
    const Tensor odd = max_pool2d(x, 3, 2);  // (h - 1)/2
    const Tensor rest = avg_pool2d(max_pool2d(x, 2), 16, 16, 8);
    const Tensor tokens = transpose(flatten(conv2d(x, patches, {}, 4), 2), 1, 2);
    const Tensor all = cat({expand(token, {x.size(0), 1, 8}), tokens}, 1);
    return cat({sum(flatten(odd, 1), {1}), sum(softmax(all, 1), {1, 2}), sum(rest, {1, 2, 3})}, 0);
  };
  const Dim h = dim("h", {.min = 16}), w = dim("w", {.min = 16});
  const Traced traced = trace(f, {{"x", {dim("b"), 3, h, w}}});
  EXPECT_THAT(graph::print(traced.program), HasSubstr("(h/4)*(w/4) + 1, 8]"));
  EXPECT_THAT(graph::print(traced.program), HasSubstr("3*((h - 1)/2)*((w - 1)/2)]"));
  for (const auto& [height, width] : {std::pair{16, 17}, {30, 21}, {64, 47}, {33, 128}}) {
    const Tensor x = randn({2, 3, height, width});
    EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], f(x)))
        << height << " " << width;
  }
}

TEST(Trace, ExpandsCompositesAtAllSizes) {
  const auto f = [](const Tensor& x) { return mse_loss(group_norm(x, 2), x, "sum"); };
  const std::vector<InputSpec> inputs{{"x", {dim("b"), 4, dim("t")}}};
  const Program kept = trace(f, inputs).program;
  const Program expanded = trace(f, inputs, {.expand_composites = true}).program;
  EXPECT_THAT(op_names(kept), ElementsAre("group_norm", "mse_loss"));
  EXPECT_THAT(op_names(expanded), testing::Not(testing::Contains("mse_loss")));
  for (const int64_t n : {1, 3, 8}) {
    const Tensor x = randn({n, 4, n + 2});
    EXPECT_TRUE(same_bits(interpret(expanded, {{"x", x}}, {}).outputs["result"], f(x))) << n;
  }
}

TEST(Trace, InPlaceWritesBecomeNewValues) {
  const auto f = [](const Tensor& x) {
    Tensor y = x * 1.0;
    const Tensor row = y[0];  // sees later writes
    y[1] = 7;
    y[indexing::Slice(0, 2)].mul_(3);
    Tensor column = y.T()[2];
    column.add_(100);
    y.add_(row);
    return y;
  };
  const Traced traced = trace(f, {{"x", {4, 3}}});
  const Tensor x = randn({4, 3});
  EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], f(x)));
}

/// Views of the shape that what was written has: only the op that made them tells them from it.
TEST(Trace, ViewsOfOneShapeAreReadAfterAWrite) {
  const auto f = [](const Tensor& x) {
    Tensor y = clone(x);
    y.mul_(2);
    const Tensor turned = permute(y, {0, 2, 1}), back = flip(y, {1});
    y.add_(turned + 1);
    return turned + y + back * 3;
  };
  const Traced traced = trace(f, {{"x", {5, 4, 4}}});
  const Tensor x = randn({5, 4, 4});
  EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], f(x)));
}

TEST(Trace, StateIsReadAndUpdatedByName) {
  Tensor count = full({}, 0.0), scale = full({2}, 3.0);
  const auto f = [&](const Tensor& x) {
    count.add_(1);
    return x * scale + count;
  };
  const Traced traced = trace(f, {{"x", {2}}}, {.state = {{"count", count}, {"scale", scale}}});
  EXPECT_EQ(count.item(), 0);
  EXPECT_THAT(names_of(traced.state), ElementsAre("count", "scale"));
  ASSERT_EQ(traced.program.updates.size(), 1u);
  EXPECT_EQ(traced.program.updates[0].name, "count");
  const auto results = interpret(traced.program, {{"x", from_data({1.f, 2.f}, {2})}}, traced.state);
  EXPECT_EQ(results.updates["count"].item(), 1);
  EXPECT_THAT(results.outputs["result"].to_vector<float>(), ElementsAre(4, 7));
}

struct Net : nn::Module {
  Tensor forward(const Tensor& x) override { return fc(flatten(relu(norm(conv(x))), 1)); }
  nn::Conv2d& conv = register_module("conv", nn::Conv2d(1, 4, 3, {.padding = 1}));
  nn::BatchNorm2d& norm = register_module("norm", nn::BatchNorm2d(4));
  nn::Linear& fc = register_module("fc", nn::Linear(4 * 36, 3));
};

NamedTensors module_state(const nn::Module& module) {
  NamedTensors state = module.named_parameters();
  for (const auto& [name, t] : module.named_buffers()) state.add(name, t);
  return state;
}

/// Steps of a net, once eagerly and once as a program, from equal beginnings.
void expect_equal_training(
    const std::function<Tensor(Net&, optim::SGD&, const Tensor&, const Tensor&)>& step) {
  manual_seed(3);
  Net eager;
  manual_seed(3);
  Net traced_net;
  optim::SGD optimizer(eager.parameters(), {.lr = 0.1});
  optim::SGD traced_optimizer(traced_net.parameters(), {.lr = 0.1});
  TraceOptions options{.name = "train_step", .state = module_state(traced_net)};
  options.state.add("optimizer.lr", traced_optimizer.param_groups[0].lr);
  traced_optimizer.param_groups[0].lr.fill_(0.1);
  for (auto& group : traced_optimizer.param_groups)
    for (auto& s : group.state) s.momentum_buffer = empty({0});
  const Traced traced =
      trace([&](const Tensor& x,
                const Tensor& labels) { return step(traced_net, traced_optimizer, x, labels); },
            {{"x", {dim("b", {.min = 2}), 1, 6, 6}}, {"labels", {dim("b")}, DType::i64}}, options);

  NamedTensors state = traced.state;
  for (int i = 0; i < 3; ++i) {
    const int64_t b = 4 + 3 * i;
    manual_seed(uint64_t(10 + i));
    const Tensor x = randn({b, 1, 6, 6}), labels = randint(0, 3, {b});
    const Tensor loss = step(eager, optimizer, x, labels);
    auto results = interpret(traced.program, {{"x", x}, {"labels", labels}}, state);
    EXPECT_TRUE(same_bits(results.outputs["result"], loss.detach())) << "step " << i;
    NamedTensors next;
    for (const auto& [name, t] : state) {
      const Tensor* update = results.updates.find(name);
      next.add(name, update ? *update : t);
    }
    state = next;
  }
  for (const auto& [name, t] : module_state(eager))
    if (const Tensor* now = state.find(name)) EXPECT_TRUE(same_bits(*now, t.detach())) << name;
}

TEST(Trace, ATrainingStepIsOneProgram) {
  expect_equal_training([](Net& net, optim::SGD& optimizer, const Tensor& x, const Tensor& labels) {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(net(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  });
}
TEST(Trace, GradientsMayBeDroppedAtTheEnd) {
  expect_equal_training([](Net& net, optim::SGD& optimizer, const Tensor& x, const Tensor& labels) {
    const Tensor loss = cross_entropy(net(x), labels);
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    return loss;
  });
}
TEST(Trace, GradientsThatAccumulateAreState) {
  expect_equal_training([](Net& net, optim::SGD& optimizer, const Tensor& x, const Tensor& labels) {
    const Tensor loss = cross_entropy(net(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  });
}

TEST(Trace, RandomOpsDrawFromTheGeneratorsState) {
  const auto f = [](const Tensor& x) { return dropout(x, 0.5, true) + rand({3}); };
  const Traced traced = trace(f, {{"x", {3}}});
  EXPECT_THAT(names_of(traced.state), ElementsAre("generator"));
  manual_seed(5);
  const NamedTensors state{{"generator", default_generator().get_state()}};
  const Tensor x = full({3}, 1.0);
  const auto results = interpret(traced.program, {{"x", x}}, state);
  EXPECT_TRUE(same_bits(results.outputs["result"], f(x)));
  EXPECT_TRUE(same_bits(results.updates["generator"], default_generator().get_state()));
}

TEST(Trace, WhatItReadsBesidesIsConstant) {
  const Tensor mask = from_data({1.f, 0.f}, {2});
  const Traced traced = trace([&](const Tensor& x) { return x * mask; }, {{"x", {2}}});
  ASSERT_EQ(traced.program.of_kind(graph::ParameterKind::constant).size(), 1u);
  const auto results = interpret(traced.program, {{"x", from_data({3.f, 4.f}, {2})}}, {});
  EXPECT_THAT(results.outputs["result"].to_vector<float>(), ElementsAre(3, 0));
}

TEST(Trace, ErrorsNameTheLineAndTheMend) {
  const auto traced_with = [](auto f) {
    return error_of([&] { trace(f, {{"x", {dim("b"), 3}}}); });
  };
  EXPECT_THAT(traced_with([](const Tensor& x) { return x.item() > 0 ? x : x * 2; }),
              HasSubstr("trace_test.cc:"));
  EXPECT_THAT(traced_with([](const Tensor& x) { return sum(x).item() > 0 ? x : x * 2; }),
              testing::AllOf(HasSubstr("where(condition, a, b)"), HasSubstr("trace_test.cc:")));
  EXPECT_THAT(traced_with([](const Tensor& x) {
                Tensor y = x;
                for (int64_t i = 0; i < x.size(0); ++i) y = y * 2;
                return y;
              }),
              HasSubstr("depends on a symbolic dim"));
  EXPECT_THAT(traced_with([](const Tensor& x) { return full({x.size(0) % 3}, 1.0); }),
              HasSubstr("no expression in the symbolic dims"));
  Tensor outside = full({3}, 1.0);
  EXPECT_THAT(traced_with([&](const Tensor& x) {
                outside.add_(1);
                return x + outside;
              }),
              HasSubstr("named in its state"));
  const Tensor weight = full({3}, 1.0).requires_grad_();
  EXPECT_THAT(traced_with([&](const Tensor& x) { return x * weight; }), HasSubstr("state"));
  EXPECT_THAT(error_of([&] {
                trace([](const Tensor& x) { return x; },
                      {{"x", {dim("a"), dim("b"), dim("c"), dim("d"), dim("e")}}});
              }),
              HasSubstr("at most 4"));
}

/// What the function does at sizes beyond all that are looked at first.
TEST(Trace, LooksAtLargeSizesTooWhereTheFunctionComputesWithThem) {
  const auto error_with = [](auto f) {
    return error_of([&] { trace(f, {{"x", {dim("b"), 3}}}); });
  };
  EXPECT_THAT(error_with([](const Tensor& x) {
                return slice(x, 0, 0, std::min<int64_t>(x.size(0), 100)) * double(x.size(0));
              }),
              testing::AllOf(HasSubstr("attribute end of slice at trace_test.cc:"),
                             HasSubstr("no expression in the symbolic dims: b=5: 5"),
                             HasSubstr("b=250: 100")));
  EXPECT_THAT(
      error_with([](const Tensor& x) { return x.size(0) > 500 ? x * 2.0 : x * double(x.size(0)); }),
      HasSubstr("no expression in the symbolic dims"));
  EXPECT_THAT(
      error_with([](const Tensor& x) { return x.size(0) > 500 ? exp(x) : x * double(x.size(0)); }),
      testing::AllOf(HasSubstr("depends on a symbolic dim"), HasSubstr("b=1024")));
  // What is no use there is no reason against the program.
  const auto small = [](const Tensor& x) {
    if (x.size(0) > 50) fail(ErrorCode::value, "small", "at most 50");
    return x * double(x.size(0));
  };
  const Traced traced = trace(small, {{"x", {dim("b"), 3}}});
  const Tensor x = randn({7, 3});
  EXPECT_TRUE(same_bits(interpret(traced.program, {{"x", x}}, {}).outputs["result"], small(x)));
  // Where the range ends below, it is the size.
  trace([](const Tensor& x) { return x * double(std::min<int64_t>(x.size(0), 100)); },
        {{"x", {dim("b", {.max = 99}), 3}}});
}

/// Numbers of the user's own that are quotients: right at each size from small to large.
TEST(Trace, NumbersComputedFromSizesHoldAtAllOfThem) {
  const auto f = [](const Tensor& x) {
    const int64_t b = x.size(0), h = x.size(1);
    return NamedTensors{{"halved", x * double((h - 1) / 2)},
                        {"padded", x + double((h + 6) / 7 * 7)},
                        {"batch", x * double(b)}};
  };
  const Traced traced = trace(f, {{"x", {dim("b"), dim("h")}}});
  for (const int64_t b : {1, 3, 400})
    for (int64_t h = 1; h <= 60; ++h) {
      const Tensor x = ones({b, h});
      const auto results = interpret(traced.program, {{"x", x}}, {});
      for (const auto& [name, t] : f(x))
        ASSERT_TRUE(same_bits(results.outputs[name], t)) << name << " at " << b << ", " << h;
    }
}

TEST(Trace, LeavesGradientsAndTheGeneratorAlone) {
  Tensor w = full({2}, 1.0);
  w.requires_grad_();
  w.set_grad(from_data({5.f, 6.f}, {2}));
  const Tensor before = default_generator().get_state();
  trace([&](const Tensor& x) { sum(rand({2}) * x * w).backward(); }, {{"x", {2}}},
        {.state = {{"w", w}}});
  EXPECT_THAT(w.grad().to_vector<float>(), ElementsAre(5, 6));
  EXPECT_TRUE(same_bits(default_generator().get_state(), before));
}

}  // namespace
}  // namespace tandem
