#include "tandem/runtime/executable.h"

#include <gtest/gtest.h>

#include "tandem/runtime/forecast.h"
#include "tandem/tensor/allocator.h"
#include "tests/expect_error.h"
#include "tests/runtime/allocations.h"
#include "tests/runtime/programs.h"

namespace tandem::runtime {
namespace {

using graph::Value;
using ::testing::HasSubstr;

const Type matrix{DType::f32, {4, 6}};

Tensor numbers(const Dims& shape, int seed = 1) {
  std::mt19937 random{unsigned(seed)};
  std::vector<float> v(std::size_t(shape.product()));
  for (float& x : v) x = float(int(random() % 2001) - 1000) / 512;
  return from_data(v, shape);
}

/// Buffers in the arena.
int arena_buffers(const Plan& p) {
  int n = 0;
  for (const Buffer& b : p.buffers) n += b.home == Home::arena;
  return n;
}

TEST(Executable, RunsKernelsInOrder) {
  Builder b;
  const Value x = b.input("x", matrix), y = b.input("y", matrix);
  b.output("z", b(Mul{}, {b(Add{}, {x, y}), b(Exp{}, {x})}));
  expect_same_as_eager(b.program, std::vector{numbers({4, 6}), numbers({4, 6}, 2)});
}

TEST(Executable, AChainNeedsNoArenaAtAll) {
  Builder b;
  const Value x = b.input("x", matrix);
  b.output("y", b(Exp{}, {b(Neg{}, {b(Relu{}, {x})})}));
  const Plan p = plan(b.program);
  EXPECT_EQ(p.arena_bytes, 0);  // all three in the output's memory
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})});
}

TEST(Executable, AnOperandThatIsReadLaterIsKept) {
  Builder b;
  const Value x = b.input("x", matrix);
  const Value e = b(Exp{}, {x}), n = b(Neg{}, {e});
  b.output("y", b(Mul{}, {n, e}));
  EXPECT_EQ(arena_buffers(plan(b.program)), 1);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})});
}

TEST(Executable, ABroadcastOperandIsNotWrittenOver) {
  Builder b;
  const Value x = b.input("x", matrix);
  const Value row = b(Exp{}, {b(Slice{0, 0, 1}, {x})});
  b.output("y", b(Add{}, {row, x}));
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})});
}

TEST(Executable, ViewsAreNoSteps) {
  Builder b;
  const Value x = b.input("x", matrix);
  const Value t = b(Permute{Dims{1, 0}}, {x});
  const Value e = b(Exp{}, {t});
  b.output("y", b(Mul{}, {b(Slice{0, 1, 5, 2}, {e}), b(Slice{0, 0, 4, 2}, {e})}));
  const Plan p = plan(b.program);
  EXPECT_EQ(p.steps.size(), 2u);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})});
}

TEST(Executable, AReshapeThatStridesForbidCopies) {
  Builder b;
  const Value x = b.input("x", matrix);
  b.output("y", b(Exp{}, {b(Reshape{Dims{24}}, {b(Permute{Dims{1, 0}}, {x})})}));
  EXPECT_EQ(plan(b.program).steps.size(), 2u);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})});
}

TEST(Executable, OutputsMayBeInputsViewsAndTheSameValue) {
  Builder b;
  const Value x = b.input("x", matrix);
  const Value e = b(Exp{}, {x});
  b.output("x", x);
  b.output("e", e);
  b.output("again", e);
  b.output("column", b(Select{int64_t{1}, int64_t{2}}, {e}));
  b.output("turned", b(Permute{Dims{1, 0}}, {x}));
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})}, {}, 2);
}

TEST(Executable, StateIsWrittenInPlaceWhenNobodyReadsItLater) {
  Builder b;
  const Value x = b.input("x", matrix), w = b.state("w", matrix);
  const Value next = b(Sub{}, {w, b(Mul{}, {x, x})});
  b.update("w", next);
  b.output("y", b(Exp{}, {next}));
  const Plan p = plan(b.program);
  EXPECT_EQ(p.steps.size(), 3u);  // no copy
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})}, std::vector{numbers({4, 6}, 2)}, 3);
}

TEST(Executable, StateThatIsReadLaterIsCopiedAtTheEnd) {
  Builder b;
  const Value x = b.input("x", matrix), w = b.state("w", matrix);
  const Value next = b(Sub{}, {w, x});
  b.update("w", next);
  b.output("y", b(Mul{}, {next, w}));
  b.output("old", w);
  EXPECT_EQ(plan(b.program).steps.size(), 4u);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6})}, std::vector{numbers({4, 6}, 2)}, 3);
}

TEST(Executable, StatesMayBeExchanged) {
  Builder b;
  const Value v = b.state("v", matrix), w = b.state("w", matrix), u = b.state("u", matrix);
  const Value square = b.state("square", {DType::f32, {3, 3}});
  b.update("v", w);
  b.update("w", v);
  b.update("u", b(Exp{}, {v}));
  b.update("square", b(Permute{Dims{1, 0}}, {square}));
  b.output("u", u);
  expect_same_as_eager(
      b.program, {},
      std::vector{numbers({4, 6}), numbers({4, 6}, 2), numbers({4, 6}, 3), numbers({3, 3}, 4)}, 3);
}

TEST(Executable, OptimizerStepsWriteOverTheirBuffers) {
  Builder b;
  const Value g = b.input("g", matrix), lr = b.input("lr", {DType::f64, {}});
  const Value w = b.state("w", matrix), m = b.state("m", matrix);
  const SgdStep step{.momentum = 0.9};
  const std::vector<Value> out = b.apply(AnyOp(info_of<SgdStep>, &step), {w, g, m, lr});
  b.update("w", out[0]);
  b.update("m", out[1]);
  const Plan p = plan(b.program);
  EXPECT_EQ(p.steps.size(), 1u);
  EXPECT_EQ(p.arena_bytes, 0);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6}), full({}, 0.1, float64)},
                       std::vector{numbers({4, 6}, 2), numbers({4, 6}, 3)}, 3);
}

TEST(Executable, OneTensorTwiceIsNotWrittenOverByAStepThatReadsBoth) {
  Builder b;
  const Value g = b.input("g", matrix), lr = b.input("lr", {DType::f64, {}});
  const Value w = b.state("w", matrix);
  const SgdStep step{.momentum = 0.9};
  const std::vector<Value> out = b.apply(AnyOp(info_of<SgdStep>, &step), {w, g, w, lr});
  b.update("w", out[1]);
  expect_same_as_eager(b.program, std::vector{numbers({4, 6}), full({}, 0.1, float64)},
                       std::vector{numbers({4, 6}, 2)}, 2);
}

TEST(Executable, GeneratorStateAdvancesInPlace) {
  const Tensor state = Generator(5).get_state();
  Builder b;
  const Value s = b.state("generator", state.type());
  const Uniform draw{.size = Dims{3, 5}};
  const std::vector<Value> one = b.apply(AnyOp(info_of<Uniform>, &draw), {s});
  const std::vector<Value> two = b.apply(AnyOp(info_of<Uniform>, &draw), {one[1]});
  b.output("sum", b(Add{}, {one[0], two[0]}));
  b.update("generator", two[1]);
  expect_same_as_eager(b.program, {}, std::vector{state}, 3);
}

TEST(Executable, OutputsKeepTheLayoutOfEagerCalls) {
  Builder b;
  const Tensor x = numbers({2, 3, 8, 8}), w = numbers({5, 3, 3, 3}, 2);
  const Value y =
      b(Conv2d{.padding = Dims{1, 1}}, {b.input("x", x.type()), b.constant("w", w), -1});
  b.output("y", b(Relu{}, {y}));
  const Executable executable(plan(b.program));
  const Tensor eager = run_eagerly(b.program, std::vector{x}).outputs[0];
  EXPECT_FALSE(eager.is_contiguous());
  EXPECT_EQ(text(executable.new_outputs()[0].strides()), text(eager.strides()));
  expect_same_as_eager(b.program, std::vector{x});

  const Executable row_major(plan(b.program, {.row_major_outputs = true}));
  EXPECT_TRUE(row_major.new_outputs()[0].is_contiguous());
}

TEST(Executable, StateMayBeStrided) {
  Builder b;
  const Value x = b.input("x", matrix), w = b.state("w", matrix);
  b.update("w", b(Add{}, {w, x}));
  Executable executable(plan(b.program, {.strides = {Dims(), Dims{1, 4}}}));
  EXPECT_EQ(executable.plan().arena_bytes, 0);
  const Tensor start = permute(numbers({6, 4}, 2), {1, 0}), given = numbers({4, 6});
  const Tensor expected = given + start;
  executable.run(std::vector{given}, std::vector{start}, std::vector<Tensor>());
  EXPECT_EQ(bit_difference(start, expected), "");
}

TEST(Executable, NothingIsAllocatedByARun) {
  Builder b;
  const Value x = b.input("x", matrix), w = b.state("w", {DType::f32, {6, 6}});
  const Value h = b(Relu{}, {b(Matmul{}, {x, w})});
  const Value s = b(Softmax{-1}, {h});
  b.output("y", b(Sum{}, {b(Mul{}, {s, b(Exp{}, {h})})}));
  b.update("w", b(Add{}, {w, b(Matmul{}, {b(Permute{Dims{1, 0}}, {h}), s})}));
  Executable executable(plan(b.program));
  const Tensor in = numbers({4, 6}), state = numbers({6, 6}, 3), out = executable.new_outputs()[0];
  const std::byte* inputs[] = {in.impl()->data};
  std::byte* states[] = {state.impl()->data};
  std::byte* outputs[] = {out.impl()->data};
  executable.run(inputs, states, outputs);  // scratch stacks grow
  const int64_t before = allocations, blocks = memory_stats().allocations,
                held = memory_stats().allocated;
  for (int i = 0; i < 10; ++i) executable.run(inputs, states, outputs);
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(memory_stats().allocations - blocks, 0);
  EXPECT_EQ(memory_stats().allocated - held, 0);
}

TEST(Executable, ErrorsOfKernelsNameTheLine) {
  Builder b;
  const Value x = b.input("x", matrix), at = b.input("at", {DType::i64, {4, 1}});
  b.output("y", b(Gather{int64_t{1}}, {x, at}, make_location("model.py", 12)));
  Executable executable(plan(b.program));
  const std::vector<Tensor> in{numbers({4, 6}), full({4, 1}, 9, int64)};
  EXPECT_ERROR(executable.run(in, std::vector<Tensor>(), executable.new_outputs()),
               ErrorCode::index, "(in gather at model.py:12 of main)");
  const std::vector<Tensor> good{numbers({4, 6}), full({4, 1}, 5, int64)};
  executable.run(good, std::vector<Tensor>(), executable.new_outputs());
}

TEST(Executable, TensorsThatDoNotFitAreRefused) {
  Builder b;
  const Value x = b.input("x", matrix);
  b.output("y", b(Exp{}, {x}));
  Executable executable(plan(b.program));
  const std::vector<Tensor> none, out = executable.new_outputs();
  EXPECT_ERROR(executable.run(none, none, out), ErrorCode::value, "main: takes 1 inputs, got 0");
  EXPECT_ERROR(executable.run(std::vector{numbers({4, 5})}, none, out), ErrorCode::shape,
               "x: expected float32[4, 6], got float32[4, 5]");
  EXPECT_ERROR(executable.run(std::vector{permute(numbers({6, 4}), {1, 0})}, none, out),
               ErrorCode::value, "x: expected strides [6, 1], got [1, 4]");
  EXPECT_ERROR(executable.run(std::vector{Tensor()}, none, out), ErrorCode::value, "undefined");
}

TEST(Plan, AnOpWithoutAKernelIsNamedWithItsLine) {
  Builder b;
  const Value x = b.input("x", {DType::f64, {2, 8, 4, 16}});
  b.output("y", b(NativeAttention{}, {x, x, x, -1}, make_location("model.py", 7)));
  EXPECT_ERROR(plan(b.program), ErrorCode::unsupported, "run passes::expand_composites first");
  EXPECT_ERROR(plan(b.program), ErrorCode::unsupported, "(model.py:7)");
}

TEST(Plan, UpdatesComeAsSoonAsTheirOperandsAre) {
  Builder b;
  const Type large{DType::f32, {1000}};
  const Value x = b.input("x", large);
  std::vector<Value> states, gradients;
  for (int i = 0; i < 4; ++i) states.push_back(b.state(text("w", i), large));
  for (int i = 0; i < 4; ++i)
    gradients.push_back(b(Mul{}, {b(Exp{}, {states[std::size_t(i)]}), x}));
  for (int i = 0; i < 4; ++i)
    b.update(text("w", i), b(Sub{}, {states[std::size_t(i)], gradients[std::size_t(i)]}));
  EXPECT_EQ(plan(b.program).arena_bytes, 4032);  // one gradient at a time
  expect_same_as_eager(
      b.program, std::vector{numbers({1000})},
      std::vector{numbers({1000}, 2), numbers({1000}, 3), numbers({1000}, 4), numbers({1000}, 5)},
      2);
}

TEST(Plan, TextShowsWhatIsDecided) {
  Builder b("step");
  const Value x = b.input("x", matrix), w = b.state("w", matrix);
  const Location line = make_location("model.py", 3);
  const Value e = b(Exp{}, {b(Permute{Dims{1, 0}}, {x}, line)}, line);
  const Value s = b(Sum{}, {e}, line);
  b.update("w", b(Sub{}, {w, s}, line));
  b.output("s", s);
  EXPECT_EQ(to_text(plan(b.program)), R"(plan of step: 3 steps, arena 128 B (at least 128 B)
       %2: float32[6, 4] = view of %x, offset 0, strides [1, 6]
  0    %3: float32[6, 4] in arena 0..96 = exp(%2)  model.py:3
  1    %4: float32[] in output 0 = sum(%3)  model.py:3
  2    %5: float32[4, 6] in state 0 = sub(@w, %4), over @w  model.py:3
  output %s = %4: float32[]
)");
}

TEST(Forecast, CountsEveryByte) {
  Builder b("step");
  const Value x = b.input("x", {DType::f32, {1000}}), w = b.state("w", {DType::f32, {1000}});
  const Location line = make_location("model.py", 3);
  const Value e = b(Exp{}, {x}, line), n = b(Neg{}, {x}, make_location("model.py", 4));
  b.output("y", b(Sum{}, {b(Mul{}, {b(Mul{}, {e, n}), b(Mul{}, {w, e})})}));
  const Executable executable(plan(b.program));
  const Forecast f = forecast(executable.plan());
  EXPECT_EQ(f.arena, executable.arena_bytes());
  EXPECT_EQ(f.state, 4000);
  EXPECT_EQ(f.inputs, 4000);
  EXPECT_EQ(f.outputs, 4);
  EXPECT_EQ(f.constants, 0);
  EXPECT_EQ(f.total(), f.arena + 8004);
  EXPECT_EQ(f.lines.size(), 2u);
  EXPECT_EQ(f.lines[0].bytes, 4032);
  EXPECT_THAT(to_text(f), HasSubstr("exp: float32[1000]  model.py:3"));
  EXPECT_EQ(readable_bytes(12'345'678), "12.3 MB");
  EXPECT_EQ(readable_bytes(999'949'999), "999.9 MB");
  EXPECT_EQ(readable_bytes(999'990'300), "1.0 GB");
  EXPECT_EQ(readable_bytes(INT64_MAX), "9223.4 PB");
}

TEST(Forecast, TheArenaIsUsedToItsLastByte) {
  Builder b;
  const Value x = b.input("x", {DType::f32, {1000}});
  const Value e = b(Exp{}, {x}), n = b(Neg{}, {x});
  b.output("y", b(Sum{}, {b(Mul{}, {b(Mul{}, {e, n}), b(Mul{}, {x, e})})}));
  const Plan p = plan(b.program);
  int64_t end = 0;
  for (const Buffer& buffer : p.buffers)
    if (buffer.home == Home::arena) end = std::max(end, buffer.offset + aligned(buffer.bytes));
  EXPECT_EQ(end, forecast(p).arena);
}

TEST(Forecast, ABudgetNamesWhatDoesNotFit) {
  Builder b("step");
  const Value x = b.input("x", {DType::f32, {100000}});
  b.output("y", b(Exp{}, {x}));
  EXPECT_EQ(plan(b.program, {.budget = 800000}).steps.size(), 1u);
  EXPECT_ERROR(plan(b.program, {.budget = 700000}), ErrorCode::value,
               "step: needs 800.0 KB, the budget is 700.0 KB");
}

}  // namespace
}  // namespace tandem::runtime
