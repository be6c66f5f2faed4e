#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/graph/check.h"
#include "tandem/graph/control_flow.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/reduce.h"

namespace tandem::graph {
namespace {

using testing::HasSubstr;

const SymbolicInt b = SymbolicInt::symbol(0);

/// Appends an instruction.
template <class Op>
Value emit(Program& p, const Op& op, std::vector<Value> operands, SymbolicType type,
           std::vector<SolvedAttribute> solved = {}) {
  const Value result = p.add_value(std::move(type));
  p.instructions.push_back({AnyOp(info_of<Op>, &op),
                            std::move(operands),
                            {result},
                            std::move(solved),
                            {},
                            make_location("net.cc", 7)});
  return result;
}

/// y = x @ w, of x: f32[b, 8]
Program product() {
  Program p{.name = "product", .symbols = {"b"}};
  const Value x = p.add_parameter(ParameterKind::input, "x", {DType::f32, {b, 8}});
  const Value w = p.add_parameter(ParameterKind::state, "w", {DType::f32, {8, 3}});
  p.outputs = {{"y", emit(p, Matmul{}, {x, w}, {DType::f32, {b, 3}})}};
  return p;
}

std::string mistake(const Program& p) {
  try {
    check(p);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::format);
    return e.what();
  }
  return "";
}

TEST(Bind, InfersTypesAtConcreteSizes) {
  const Program p = product();
  check(p);
  const Program at = graph::bind(p, Sizes{5});
  EXPECT_EQ(at.type(at.outputs[0].value), SymbolicType(DType::f32, {5, 3}));
  EXPECT_TRUE(at.symbols.empty());
  check(at);
}

TEST(Bind, ComputesAttributes) {
  Program p{.name = "spread", .symbols = {"b"}};
  p.add_parameter(ParameterKind::input, "x", {DType::f32, {b}});
  const Full full{Dims{1, 2}, Scalar(1.0)};
  const Value y =
      emit(p, full, {}, {DType::f32, {b * 2 + 1, 2}}, {{0, b * 2 + 1}, {2, b * b, true}});
  p.outputs = {{"y", y}};
  check(p);
  const Program at = graph::bind(p, Sizes{4});
  const auto& bound = *static_cast<const Full*>(at.instructions[0].op.data());
  EXPECT_EQ(bound.size.value, (Dims{9, 2}));
  EXPECT_EQ(bound.fill_value.value, Scalar(1.0 / 16));
}

TEST(Bind, NamesTheLineOfWhatItRefuses) {
  Program p = product();
  p.types[0].shape[1] = b;  // fits w at b = 8 alone
  try {
    graph::bind(p, Sizes{5});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::shape);
    EXPECT_THAT(e.what(), HasSubstr("product: %1 = matmul at net.cc:7: "));
    EXPECT_THAT(e.what(), HasSubstr("(at b = 5)"));
  }
  EXPECT_THAT(mistake(p), HasSubstr("product: %1 = matmul at net.cc:7: "));
  EXPECT_THROW(graph::bind(p, Sizes{}), Error);
}

TEST(Check, ComparesWrittenTypesWithInferredOnes) {
  Program p = product();
  p.types[2].shape[0] = b + 1;
  EXPECT_EQ(mistake(p),
            "product: %1 = matmul at net.cc:7: expected a result of type f32[6, 3], got "
            "f32[b + 1, 3], which is f32[7, 3] (at b = 6)");
}

}  // namespace
}  // namespace tandem::graph
