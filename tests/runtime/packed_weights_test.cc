// Products whose weights are laid out once: the same bits in every run, and notice of new weights.
#include <gtest/gtest.h>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv2d.h"
#include "tandem/graph/text.h"
#include "tandem/ops/linear.h"
#include "tandem/runtime/session.h"
#include "tests/expect_error.h"
#include "tests/runtime/programs.h"

namespace tandem::runtime {
namespace {

using graph::Value;

/// y = relu(product(x, @w)).
struct Product {
  Program program;
  Tensor x, w;
};

template <Op O>
Product product(const O& op, const Tensor& x, const Tensor& w) {
  Builder b;
  std::vector<Value> operands{b.input("x", x.type()), b.state("w", w.type())};
  if (!std::is_same_v<O, Matmul>) operands.push_back(graph::no_value);  // a bias
  b.output("y", b(Relu{}, {b(op, operands)}));
  return {b.program, x, w};
}
Product linear_of(const Dims& x, int64_t n, DType dtype = DType::f32) {
  return product(Linear{}, cast(randn(x), dtype), cast(randn({n, x.back()}), dtype));
}
Product matmul_of(const Dims& x, int64_t n) {
  return product(Matmul{}, randn(x), randn({x.back(), n}));
}
Product conv_of(const Dims& x, const Dims& w, int64_t stride, int64_t groups) {
  return product(Conv2d{.stride = Dims{stride}, .padding = Dims{1}, .groups = groups}, randn(x),
                 randn(w));
}

std::vector<Product> products() {
  std::vector<Product> all;
  for (const Dims& x : {Dims{1, 70}, Dims{5, 70}, Dims{100, 70}, Dims{3, 2100}, Dims{2, 3, 40}})
    for (const int64_t n : {2, 33, 300}) all.push_back(linear_of(x, n));
  for (const int64_t m : {1, 60, 200}) all.push_back(matmul_of({m, 70}, 100));
  all.push_back(matmul_of({70}, 100));
  all.push_back(conv_of({1, 3, 9, 8}, {16, 3, 3, 3}, 1, 1));  // direct
  all.push_back(conv_of({2, 16, 20, 20}, {32, 16, 3, 3}, 2, 1));
  all.push_back(conv_of({3, 32, 14, 14}, {48, 32, 3, 3}, 1, 1));  // Winograd
  all.push_back(conv_of({1, 256, 8, 9}, {256, 256, 3, 3}, 1, 1));
  all.push_back(conv_of({2, 16, 10, 10}, {32, 4, 3, 3}, 1, 4));  // groups
  return all;
}

PlanOptions packing() { return {.pack_weights = true, .fixed_state = {false, true}}; }

Tensor run(Executable& executable, const Tensor& x, const Tensor& w) {
  std::vector<Tensor> out = executable.new_outputs();
  executable.run(std::vector{x}, std::vector{w}, out);
  return out[0];
}
Tensor run_ops(const Product& p, const Tensor& w) {
  return run_eagerly(p.program, std::vector{p.x}, std::vector{w}).outputs[0];
}

TEST(PackedWeights, GiveTheBitsOfTheOps) {
  const int before = num_threads();
  for (const Product& p : products())
    for (const int threads : {1, 3}) {
      SCOPED_TRACE(text(graph::print(p.program), threads, " threads"));
      set_num_threads(threads);
      Executable executable{plan(p.program, packing())};
      const Tensor expected = run_ops(p, p.w);
      for (int time = 0; time < 2; ++time)
        EXPECT_EQ(bit_difference(run(executable, p.x, p.w), expected), "");
    }
  set_num_threads(before);
}

TEST(PackedWeights, AreCountedAndShown) {
  const Product p = linear_of({4, 70}, 40);
  constexpr int64_t bytes = 48 * 70 * 4;  // whole panels of 16
  const Plan packed = plan(p.program, packing()), plain = plan(p.program);
  EXPECT_EQ(packed.packed_bytes, bytes);
  EXPECT_EQ(plain.packed_bytes, 0);
  EXPECT_EQ(forecast(packed).total(), forecast(plain).total() + bytes);
  EXPECT_THAT(to_text(packed), ::testing::HasSubstr(", weights packed in 13.4 KB"));
  EXPECT_THAT(to_text(forecast(packed)), ::testing::HasSubstr("13.4 KB  packed weights\n"));
  PlanOptions tight = packing();
  tight.budget = forecast(plain).total();
  EXPECT_ERROR(plan(p.program, tight), ErrorCode::value, "packed weights 13.4 KB");
}

TEST(PackedWeights, AreThoseThatStayTheSame) {
  const auto packed = [](const Program& program, const PlanOptions& options) {
    return plan(program, options).packed_bytes > 0;
  };
  const Product p = linear_of({4, 70}, 40);
  EXPECT_TRUE(packed(p.program, packing()));
  EXPECT_FALSE(packed(p.program, {.pack_weights = true}));  // somebody may write to the state
  EXPECT_FALSE(packed(p.program, {.fixed_state = {false, true}}));
  Builder inputs;  // which are others in each run
  inputs.output("y", inputs(Matmul{}, {inputs.input("x", {DType::f32, {60, 70}}),
                                       inputs.input("w", {DType::f32, {70, 100}})}));
  EXPECT_FALSE(packed(inputs.program, {.pack_weights = true, .fixed_state = {true, true}}));
  Builder step;
  const Value w = step.state("w", {DType::f32, {70, 70}});
  const Value y = step(Linear{}, {step.input("x", {DType::f32, {70, 70}}), w, graph::no_value});
  step.update("w", y);
  EXPECT_FALSE(packed(step.program, {.pack_weights = true, .fixed_state = {true, true}}));
  // A few rows read a row-major matrix where it lies; doubles are not packed.
  EXPECT_FALSE(packed(matmul_of({4, 70}, 100).program, packing()));
  EXPECT_FALSE(packed(linear_of({4, 70}, 40, DType::f64).program, packing()));
}

TEST(PackedWeights, AreLaidOutAnewWhenAsked) {
  const Product p = conv_of({3, 32, 14, 14}, {48, 32, 3, 3}, 1, 1);
  Executable executable{plan(p.program, packing())};
  const Tensor first = run(executable, p.x, p.w), other = randn(p.w.shape());
  EXPECT_EQ(bit_difference(run(executable, p.x, other), first), "");
  executable.repack();
  EXPECT_EQ(bit_difference(run(executable, p.x, other), run_ops(p, other)), "");
}

/// They are for the algorithm that was chosen when they were laid out.
TEST(PackedWeights, StandBackForAnotherAlgorithm) {
  struct Restore {
    ~Restore() { cpu::set_exact_conv(false); }
  } restore;
  for (const bool exact : {false, true})
    for (const bool before_first_run : {false, true}) {
      const Product p = conv_of({3, 32, 14, 14}, {48, 32, 3, 3}, 1, 1);
      cpu::set_exact_conv(exact);
      Executable executable{plan(p.program, packing())};
      if (!before_first_run) run(executable, p.x, p.w);
      cpu::set_exact_conv(!exact);
      EXPECT_EQ(bit_difference(run(executable, p.x, p.w), run_ops(p, p.w)), "");
    }
}

TEST(PackedWeights, ASessionNoticesWrites) {
  const Product p = linear_of({4, 70}, 40);
  Tensor w = p.w;
  Session session({{p.program}}, {{"w", w}}, {.pack_weights = true});
  const auto expect_eager = [&] {
    EXPECT_EQ(bit_difference(session.run("main", std::vector{p.x})[0], run_ops(p, w)), "");
  };
  expect_eager();
  w.mul_(2.0);
  expect_eager();
  w = randn({40, 70});
  session.set_state({{"w", w}});
  expect_eager();
}

/// Constants are packed too, and state that another program updates is not.
TEST(PackedWeights, OfASessionsPrograms) {
  const ProgramSet set = graph::parse(R"(program predict(%x: f32[4, 70]) -> (%y: f32[4, 40]) {
  state @w: f32[40, 70]
  %1 = linear(%x, @w) : f32[4, 40]
  return %1
}

program train(%step: f32[]) -> (%w: f32[40, 70]) {
  state @w: f32[40, 70]
  %1 = add(@w, %step) : f32[40, 70]
  update @w = %1
  return %1
}
)");
  const Tensor w = randn({40, 70}), x = randn({4, 70});
  Session both(set, {{"w", w}}, {.pack_weights = true});
  EXPECT_EQ(both.prepare("predict", std::vector{x.type()}).packed_bytes, 0);
  const Tensor updated = both.run("train", {{"step", full({}, 1.0)}})["w"];
  EXPECT_EQ(bit_difference(both.run("predict", {{"x", x}})["y"], linear(x, updated)), "");
  Session one({{set.programs[0]}}, {{"w", w}}, {.pack_weights = true});
  EXPECT_GT(one.prepare("predict", std::vector{x.type()}).packed_bytes, 0);
  EXPECT_EQ(bit_difference(one.run("predict", {{"x", x}})["y"], linear(x, w)), "");

  Builder b;
  b.output("y", b(Linear{}, {b.input("x", x.type()), b.constant("w", w), graph::no_value}));
  Session constant({{b.program}}, {}, {.pack_weights = true});
  EXPECT_GT(constant.prepare("main", std::vector{x.type()}).packed_bytes, 0);
  EXPECT_EQ(bit_difference(constant.run("main", {{"x", x}})["y"], linear(x, w)), "");
}

}  // namespace
}  // namespace tandem::runtime
