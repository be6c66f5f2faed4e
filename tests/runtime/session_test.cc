#include "tandem/runtime/session.h"

#include <gtest/gtest.h>

#include "tandem/tensor/layout.h"
#include "tests/expect_error.h"
#include "tests/runtime/programs.h"

namespace tandem::runtime {
namespace {

using graph::ParameterKind;
using graph::SymbolicInt;
using graph::SymbolicType;
using graph::Value;

const SymbolicInt b = SymbolicInt::symbol(0);

/// y = relu(x @ w) for x: f32[b, 3].
Program predict() {
  Program p;
  p.name = "predict";
  p.symbols = {"b"};
  const Value x = p.add_parameter(ParameterKind::input, "x", {DType::f32, {b, 3}});
  const Value w = p.add_parameter(ParameterKind::state, "w", {DType::f32, {3, 2}});
  const Value h = p.add_value({DType::f32, {b, 2}}), y = p.add_value({DType::f32, {b, 2}});
  p.instructions.push_back({AnyOp(info_of<Matmul>), {x, w}, {h}, {}, {}, Location::current()});
  p.instructions.push_back({AnyOp(info_of<Relu>), {h}, {y}, {}, {}, Location::current()});
  p.outputs.push_back({"y", y});
  return p;
}

/// w += step, and the old w's sum.
Program train() {
  Builder t("train");
  const Value step = t.input("step", {DType::f32, {}}), w = t.state("w", {DType::f32, {3, 2}});
  t.output("sum", t(Sum{}, {w}));
  t.update("w", t(Add{}, {w, step}));
  return t.program;
}

ProgramSet programs() { return {{predict(), train()}}; }

Tensor session_numbers(const Dims& shape) {
  std::vector<float> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = float(std::sin(double(3 * i + 1)));
  return from_data(v, shape);
}

TEST(Session, RunsAtAnyBatchSize) {
  const Tensor w = session_numbers({3, 2});
  Session session(programs(), {{"w", w}});
  for (int64_t n : {1, 7, 64, 7, 1, 0}) {
    const Tensor x = session_numbers({n, 3});
    const NamedTensors out = session.run("predict", {{"x", x}});
    EXPECT_EQ(bit_difference(out["y"], relu(matmul(x, w))), "");
  }
  EXPECT_EQ(session.specializations(), 4);
}

TEST(Session, TakesStridedInputs) {
  const Tensor w = session_numbers({3, 2}), x = permute(session_numbers({3, 5}), {1, 0});
  Session session(programs(), {{"w", w}});
  EXPECT_EQ(bit_difference(session.run("predict", std::vector{x})[0], relu(matmul(x, w))), "");
}

TEST(Session, ReadsDenseInputsAsTheyLie) {
  Builder b("scaled");
  const Value x = b.input("x", {DType::f32, {2, 3, 4, 5}}),
              c = b.state("c", {DType::f32, {3, 1, 1}});
  b.output("y", b(Mul{}, {x, c}));
  const Tensor scale = session_numbers({3, 1, 1});
  Session session({{b.program}}, {{"c", scale}});
  const Tensor rows = session_numbers({2, 3, 4, 5});
  const Tensor last = permute(session_numbers({2, 4, 5, 3}), {0, 3, 1, 2});
  const Tensor gaps = slice(session_numbers({2, 3, 4, 10}), 3, 0, 10, 2);
  const Tensor repeated = expand(session_numbers({2, 1, 4, 5}), {2, 3, 4, 5});
  for (int run = 0; run < 2; ++run)
    for (const Tensor& input : {rows, last, gaps, repeated}) {
      const Tensor y = session.run("scaled", {{"x", input}})["y"], expected = input * scale;
      EXPECT_EQ(bit_difference(y, expected), "");
      if (is_dense(input.shape(), input.strides())) EXPECT_EQ(y.strides(), expected.strides());
    }
  EXPECT_EQ(session.specializations(), 2);  // for rows, and for channels last
}

TEST(Session, UpdatesItsOwnState) {
  const Tensor w = zeros({3, 2});
  Session session(programs(), {{"w", w}});
  EXPECT_EQ(session.run("train", {{"step", full({}, 2.0, float32)}})["sum"].item(), 0);
  EXPECT_EQ(session.run("train", {{"step", full({}, 1.0, float32)}})["sum"].item(), 12);
  EXPECT_EQ(session.state()["w"].to_vector<double>(), std::vector<double>(6, 3));
  EXPECT_EQ(w.to_vector<double>(), std::vector<double>(6, 0));
}

TEST(Session, MayWriteIntoTheTensorsThatItWasGiven) {
  const Tensor w = permute(zeros({2, 3}), {1, 0});
  const uint32_t version = w.version();
  Session session(programs(), {{"w", w}}, {.share_state = true});
  session.run("train", std::vector{full({}, 2.0, float32)});
  EXPECT_EQ(w.to_vector<double>(), std::vector<double>(6, 2));
  EXPECT_GT(w.version(), version);
}

TEST(Session, ForgetsThePlansUsedLeast) {
  Session session(programs(), {{"w", session_numbers({3, 2})}}, {.plans = 2});
  for (int64_t n : {1, 2, 1, 3, 1, 2}) session.run("predict", std::vector{session_numbers({n, 3})});
  EXPECT_EQ(session.specializations(), 4);  // 1, 2, 3, and 2 again
}

TEST(Session, ForecastsBeforeItRuns) {
  const Session session(programs(), {{"w", session_numbers({3, 2})}});
  const Forecast f = session.forecast("predict", std::vector<Type>{{DType::f32, {100, 3}}});
  EXPECT_EQ(f.inputs, 1200);
  EXPECT_EQ(f.state, 24);
  EXPECT_EQ(f.outputs, 800);
  EXPECT_EQ(f.arena, 0);
}

TEST(Session, StateMayTellADim) {
  Program p;
  p.name = "scale";
  p.symbols = {"n"};
  const SymbolicInt n = SymbolicInt::symbol(0);
  const Value x = p.add_parameter(ParameterKind::input, "x", {DType::f32, {}});
  const Value w = p.add_parameter(ParameterKind::state, "w", {DType::f32, {n}});
  const Value y = p.add_value({DType::f32, {n}});
  p.instructions.push_back({AnyOp(info_of<Mul>), {x, w}, {y}, {}, {}, Location::current()});
  p.outputs.push_back({"y", y});
  Session session({{p}}, {{"w", session_numbers({5})}});
  const Tensor two = full({}, 2.0, float32);
  EXPECT_EQ(bit_difference(session.run("scale", std::vector{two})[0], two * session_numbers({5})),
            "");
}

TEST(Session, Errors) {
  Session session(programs(), {{"w", session_numbers({3, 2})}});
  EXPECT_ERROR(session.run("predcit", {{"x", session_numbers({1, 3})}}), ErrorCode::index,
               "there is no program 'predcit'");
  EXPECT_ERROR(session.run("predict", NamedTensors()), ErrorCode::value,
               "predict: input 'x' is missing: f32[b, 3]");
  EXPECT_ERROR(
      session.run("predict", {{"x", session_numbers({1, 3})}, {"z", session_numbers({1})}}),
      ErrorCode::index, "there is no input 'z'; it takes x");
  EXPECT_ERROR(session.run("predict", {{"x", session_numbers({1, 4})}}), ErrorCode::shape,
               "x: dim 1 must be 3, got 4");
  EXPECT_ERROR(session.run("predict", std::vector{Tensor()}), ErrorCode::value, "undefined");
  EXPECT_ERROR(Session(programs(), {{"v", session_numbers({3, 2})}}), ErrorCode::value,
               "there is no state 'w', which program predict needs as f32[3, 2]");
  EXPECT_ERROR(Session(programs(), {{"w", session_numbers({3, 3})}}), ErrorCode::value,
               "state 'w' is float32[3, 3], but program predict says f32[3, 2]");
}

}  // namespace
}  // namespace tandem::runtime
