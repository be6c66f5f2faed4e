#include <gtest/gtest.h>

#include "tandem/ops/index.h"
#include "tandem/runtime/executable.h"
#include "tests/expect_error.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::Value;

const Type vector{DType::f32, {5}};
const Type truth{DType::boolean, {}};

template <Op O>
AnyOp any(const O& op) {
  return AnyOp(info_of<O>, &op);
}

Tensor numbers(const Dims& shape, double scale = 1) {
  std::vector<float> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = float(scale * std::sin(double(3 * i + 1)));
  return from_data(v, shape);
}

TEST(ControlFlow, IfRunsOneOfItsBodies) {
  Builder then("then"), otherwise("else"), b;
  for (Builder* body : {&then, &otherwise}) {
    const Value x = body->input("x", vector), y = body->input("y", vector);
    if (body == &then) {
      body->output("r", (*body)(Mul{}, {(*body)(Exp{}, {x}), (*body)(Exp{}, {y})}));
      body->output("s", x);
    } else {
      body->output("r", y);
      body->output("s", (*body)(Neg{}, {x}));
    }
  }
  const Value condition = b.input("condition", truth), m = b.input("m", {DType::f32, {5, 3}});
  const Value x = b(Select{int64_t{1}, int64_t{1}}, {m});  // strided
  const Value y = b(Select{int64_t{1}, int64_t{2}}, {m});
  const std::vector<Value> r = b.control(any(graph::If{}), {condition, x, y},
                                         {then.program, otherwise.program}, {vector, vector});
  b.output("r", b(Add{}, {r[0], r[1]}));
  for (bool c : {true, false})
    expect_same_as_eager(b.program, std::vector{full({}, c, boolean), numbers({5, 3})}, {}, 2);
}

/// x := exp(-x) * k until its sum is below the bound; counts the turns.
Program halving() {
  Builder condition("condition"), body("body"), b;
  {
    const Value x = condition.input("x", vector);
    condition.input("turns", {DType::i64, {}});
    condition.input("k", vector);
    const Value bound = condition.input("bound", {DType::f32, {}});
    condition.output("go", condition(Gt{}, {condition(Sum{}, {x}), bound}));
  }
  {
    const Value x = body.input("x", vector), turns = body.input("turns", {DType::i64, {}});
    const Value k = body.input("k", vector);
    body.input("bound", {DType::f32, {}});
    body.output("x", body(Mul{}, {x, k}));
    body.output("turns", body(Add{}, {turns, body(Full{Dims(), Scalar(1), DType::i64}, {})}));
  }
  const Value x = b.input("x", vector), turns = b.input("turns", {DType::i64, {}});
  const Value k = b(Tanh{}, {b.input("k", vector)}), bound = b.input("bound", {DType::f32, {}});
  const std::vector<Value> r =
      b.control(any(graph::While{int64_t{2}}), {x, turns, k, bound},
                {condition.program, body.program}, {vector, {DType::i64, {}}});
  b.output("x", r[0]);
  b.output("turns", r[1]);
  return b.program;
}

TEST(ControlFlow, WhileCarriesValues) {
  const Program p = halving();
  for (double bound : {100.0, 4.9, 1.0, 0.5, 0.001}) {
    const std::vector<Tensor> in{full({5}, 1.0, float32), full({}, 0, int64),
                                 full({5}, 0.5, float32), full({}, bound, float32)};
    expect_same_as_eager(p, in, {}, 2);
  }
  EXPECT_EQ(run_eagerly(p, std::vector{full({5}, 1.0, float32), full({}, 0, int64),
                                       full({5}, 0.5, float32), full({}, 1.0, float32)})
                .outputs[1]
                .item<int64_t>(),
            3);
}

TEST(ControlFlow, ScanGoesForwardAndBackward) {
  for (bool reverse : {false, true})
    for (int64_t length : {0, 1, 6, 7}) {
      Builder body("body"), b;
      {
        const Value h = body.input("h", vector), x = body.input("x", vector);
        const Value y = body.input("y", vector), w = body.input("w", {DType::f32, {5, 5}});
        const Value wide = body(Unsqueeze{int64_t{0}}, {h});
        const Value next =
            body(Tanh{}, {body(Add{}, {body(Squeeze{Dims{0}}, {body(Matmul{}, {wide, w})}), x})});
        body.output("h", next);
        body.output("sum", body(Add{}, {next, y}));
        body.output("old", h);
      }
      const Value h = b.input("h", vector), x = b.input("x", {DType::f32, {length, 5}});
      const Value turned = b.input("turned", {DType::f32, {5, length}});
      const Value y = b(Permute{Dims{1, 0}}, {turned});
      const Value w = b.input("w", {DType::f32, {5, 5}});
      const Type many{DType::f32, {length, 5}};
      const std::vector<Value> r = b.control(any(graph::Scan{int64_t{1}, int64_t{2}, reverse}),
                                             {h, x, y, w}, {body.program}, {vector, many, many});
      for (std::size_t i = 0; i < r.size(); ++i) b.output(text("r", i), r[i]);
      if (!length) {  // stack() of nothing has no eager meaning
        runtime::Executable e(runtime::plan(b.program));
        const std::vector<Tensor> out = e.new_outputs();
        const Tensor start = numbers({5});
        e.run(std::vector{start, empty({0, 5}), empty({5, 0}), numbers({5, 5})},
              std::vector<Tensor>(), out);
        EXPECT_EQ(bit_difference(out[0], start), "");
        continue;
      }
      expect_same_as_eager(b.program,
                           std::vector{numbers({5}), numbers({length, 5}, 2),
                                       numbers({5, length}, 3), numbers({5, 5}, 0.5)},
                           {}, 2);
    }
}

TEST(ControlFlow, FusedBodiesRunOpByOp) {
  Builder body("body"), b;
  {
    const Value x = body.input("x", vector), y = body.input("y", vector);
    const Value k = body(Full{Dims(), Scalar(2.0), {}}, {});
    body.output("r", body(Sum{}, {body(Mul{}, {body(Exp{}, {x}), body(Mul{}, {y, k})})}));
    body.output("x", x);
  }
  const Value x = b.input("x", vector);
  const Value n = b(Neg{}, {x});
  const std::vector<Value> r =
      b.control(any(graph::Fused{}), {n, x}, {body.program}, {{DType::f32, {}}, vector});
  b.output("r", b(Add{}, {r[0], r[1]}));
  expect_same_as_eager(b.program, std::vector{numbers({5})}, {}, 2);
}

TEST(ControlFlow, BodiesUseTheArenaOfTheirStep) {
  const runtime::Plan plan = runtime::plan(halving());
  const auto loop =
      std::ranges::find_if(plan.steps, [](const auto& s) { return !s.bodies.empty(); });
  ASSERT_NE(loop, plan.steps.end());
  ASSERT_GE(loop->workspace, 0);
  const runtime::Buffer& workspace = plan.buffers[std::size_t(loop->workspace)];
  // The condition and the larger body: both carries are written over what they were.
  EXPECT_EQ(workspace.bytes,
            64 + std::max(loop->bodies[0].arena_bytes, loop->bodies[1].arena_bytes));
  EXPECT_LE(workspace.offset + workspace.bytes, plan.arena_bytes);
}

/// A loop whose carries are written over, are kept, change places, depend on each other's old
/// value, and are collected too.
Program shuffling(int64_t steps) {
  Builder body("body"), b;
  const Type table{DType::f32, {4, 5}}, whole{DType::i64, {}};
  {
    const Value t = body.input("t", table), i = body.input("i", whole);
    const Value x = body.input("x", vector), y = body.input("y", vector);
    const Value z = body.input("z", vector), same = body.input("same", vector);
    const Value s = body.input("s", vector);
    const Value next_z = body(Mul{}, {body(Exp{}, {z}), s});
    body.output("t", body(IndexPut{}, {t, body(Add{}, {z, x}), i}));
    body.output("i", body(Sub{}, {body(Full{Dims(), Scalar(3), DType::i64}, {}), i}));
    body.output("x", y);
    body.output("y", x);
    body.output("z", next_z);
    body.output("same", same);
    body.output("collected", next_z);
    body.output("old", body(Mul{}, {z, same}));
  }
  const Value t = b.input("t", table), i = b.input("i", whole), x = b.input("x", vector);
  const Value y = b.input("y", vector), same = b.input("same", vector);
  const Type many{DType::f32, {steps, 5}};
  const Value s = b.input("s", many);
  const std::vector<Value> r =
      b.control(any(graph::Scan{int64_t{6}, int64_t{1}, false}), {t, i, x, y, x, same, s},
                {body.program}, {table, whole, vector, vector, vector, vector, many, many});
  for (std::size_t k = 0; k < r.size(); ++k) b.output(text("r", k), r[k]);
  return b.program;
}

TEST(ControlFlow, CarriesAreWrittenOverWhereNobodyReadsTheOldOnes) {
  for (const int64_t steps : {1, 2, 5})
    expect_same_as_eager(shuffling(steps),
                         std::vector{numbers({4, 5}), full({}, 1, int64), numbers({5}, 2),
                                     numbers({5}, 3), numbers({5}, 4), numbers({steps, 5}, 0.1)},
                         {}, 2);
  const runtime::Plan plan = runtime::plan(shuffling(2));
  const auto loop =
      std::ranges::find_if(plan.steps, [](const auto& s) { return !s.bodies.empty(); });
  const runtime::Plan& body = loop->bodies[0];
  const auto is_in_place = [&](std::size_t c) {
    return body.buffer_of(body.ref(body.outputs[c])).home == runtime::Home::input;
  };
  EXPECT_TRUE(is_in_place(0));   // the table
  EXPECT_FALSE(is_in_place(2));  // x and y change places
  EXPECT_FALSE(is_in_place(3));
  EXPECT_TRUE(is_in_place(5));  // what stays
}

TEST(ControlFlow, AnErrorInABodyNamesBothLines) {
  Builder body("body"), b;
  {
    const Value at = body.input("at", {DType::i64, {1}}), x = body.input("x", vector);
    body.output("y", body(Gather{int64_t{0}}, {x, at}, make_location("model.py", 4)));
  }
  const Value at = b.input("at", {DType::i64, {3, 1}}), x = b.input("x", vector);
  const std::vector<Value> r =
      b.control(any(graph::Scan{int64_t{0}, int64_t{1}, false}), {at, x}, {body.program},
                {{DType::f32, {3, 1}}}, make_location("model.py", 3));
  b.output("y", r[0]);
  runtime::Executable e(runtime::plan(b.program));
  EXPECT_ERROR(e.run(std::vector{full({3, 1}, 7, int64), numbers({5})}, std::vector<Tensor>(),
                     e.new_outputs()),
               ErrorCode::index,
               "(in gather at model.py:4 of body) (in scan at model.py:3 of main)");
}

}  // namespace
}  // namespace tandem
