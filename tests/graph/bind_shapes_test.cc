#include "tandem/graph/bind_shapes.h"

#include "tests/expect_error.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::ParameterKind;
using graph::SymbolicInt;
using graph::SymbolicType;

/// A program of symbols b and t with an input of each shape.
Program with_inputs(std::initializer_list<std::pair<std::string, SymbolicType>> inputs) {
  Program p;
  p.name = "predict";
  p.symbols = {"b", "t"};
  for (const auto& [name, type] : inputs) p.add_parameter(ParameterKind::input, name, type);
  return p;
}

const SymbolicInt b = SymbolicInt::symbol(0), t = SymbolicInt::symbol(1);

graph::Sizes bind(const Program& p, std::vector<Type> types) { return bind_shapes(p, types); }

TEST(BindShapes, SizesComeFromTheInputs) {
  const Program p = with_inputs({{"image", {DType::u8, {b, 28, t}}}, {"label", {DType::i64, {b}}}});
  EXPECT_EQ(bind(p, {{DType::u8, {7, 28, 3}}, {DType::i64, {7}}}), (graph::Sizes{7, 3}));
  EXPECT_EQ(bind(p, {{DType::u8, {0, 28, 1}}, {DType::i64, {0}}}), (graph::Sizes{0, 1}));
}

TEST(BindShapes, ErrorsNameTheInput) {
  const Program p = with_inputs({{"image", {DType::u8, {b, 28, t}}}, {"label", {DType::i64, {b}}}});
  EXPECT_ERROR(bind(p, {{DType::u8, {7, 30, 3}}, {DType::i64, {7}}}), ErrorCode::shape,
               "image: dim 1 must be 28, got 30");
  EXPECT_ERROR(bind(p, {{DType::u8, {7, 28, 3}}, {DType::i64, {8}}}), ErrorCode::shape,
               "dim b is 7 in 'image' and 8 in 'label'");
  EXPECT_ERROR(bind(p, {{DType::f32, {7, 28, 3}}, {DType::i64, {7}}}), ErrorCode::dtype,
               "image: expected u8[b, 28, t], got float32[7, 28, 3]");
  EXPECT_ERROR(bind(p, {{DType::u8, {28, 3}}, {DType::i64, {7}}}), ErrorCode::shape,
               "image: expected 3 dims, u8[b, 28, t]; got shape [28, 3]");
  EXPECT_ERROR(bind(p, {{DType::u8, {7, 28, 3}}}), ErrorCode::value,
               "predict: takes 2 inputs (image: u8[b, 28, t], label: i64[b]), got 1");
}

TEST(BindShapes, ExpressionsAreSolvedOrChecked) {
  const SymbolicInt twice = b * 2, odd = b * 2 + 1;
  const Program solved = with_inputs({{"x", {DType::f32, {odd, t}}}});
  EXPECT_EQ(bind(solved, {{DType::f32, {9, 5}}}), (graph::Sizes{4, 5}));
  EXPECT_ERROR(bind(solved, {{DType::f32, {8, 5}}}), ErrorCode::shape,
               "x: dim 0 must be 2*b + 1 for a whole number b, got 8");

  const Program checked = with_inputs({{"x", {DType::f32, {twice, b, t}}}});
  EXPECT_EQ(bind(checked, {{DType::f32, {8, 4, 1}}}), (graph::Sizes{4, 1}));
  EXPECT_ERROR(bind(checked, {{DType::f32, {9, 4, 1}}}), ErrorCode::shape,
               "x: dim 0 must be 2*b = 8 where b = 4, t = 1; got 9");

  const Program product = with_inputs({{"x", {DType::f32, {b * t}}}, {"y", {DType::f32, {b, t}}}});
  EXPECT_ERROR(bind(product, {{DType::f32, {5}}, {DType::f32, {2, 3}}}), ErrorCode::shape,
               "x: dim 0 must be b*t = 6");
}

TEST(BindShapes, ADimThatNoInputTellsIsAnError) {
  const Program p = with_inputs({{"x", {DType::f32, {b}}}, {"y", {DType::f32, {t * t}}}});
  EXPECT_ERROR(bind(p, {{DType::f32, {5}}, {DType::f32, {4}}}), ErrorCode::unsupported,
               "do not tell dim t");
}

}  // namespace
}  // namespace tandem
