// Every op of the registry stands in programs: its samples become instructions that are checked,
// printed, read and compared.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tandem/graph/attributes.h"
#include "tandem/graph/check.h"
#include "tandem/graph/lexer.h"
#include "tandem/graph/read.h"
#include "tandem/graph/spell.h"
#include "tandem/graph/text.h"
#include "tandem/ops/registry.h"
#include "tests/ops/samples.h"

namespace tandem::graph {
namespace {

/// The sample as a program of one instruction.
Program program_of(const Sample& sample) {
  Program p{.name = "sample"};
  Instruction i;
  i.op = op_of(sample);
  std::vector<const Type*> in;
  for (const Tensor& t : sample.operands) {
    in.push_back(t.defined() ? &t.type() : nullptr);
    i.operands.push_back(t.defined()
                             ? p.add_parameter(ParameterKind::input, text("x", i.operands.size()),
                                               SymbolicType(t.type()))
                             : no_value);
  }
  std::vector<Type> results(std::size_t(i.info().results));
  std::vector<Type*> out;
  for (Type& type : results) out.push_back(&type);
  i.info().infer(i.op.data(), in, out.data());
  for (const Type& type : results) {
    i.results.push_back(p.add_value(SymbolicType(type)));
    p.outputs.push_back({text("y", p.outputs.size()), i.results.back()});
  }
  p.instructions.push_back(std::move(i));
  return p;
}

TEST(OpText, EveryOpIsReadAsItWasPrinted) {
  std::set<std::string_view> seen;
  for (const Sample& sample : SampleTable::all()) {
    const OpInfo* info = find_op(sample.op);
    ASSERT_TRUE(info) << sample.op;
    if (!info->infer || !sample.error.empty()) continue;
    seen.insert(sample.op);
    const Program p = program_of(sample);
    ASSERT_NO_THROW(check(p)) << sample.op;
    const std::string text = print(p);
    Program q;
    ASSERT_NO_THROW(q = parse_program(text)) << text;
    EXPECT_EQ(print(q), text);
    ASSERT_EQ(q.instructions.size(), 1u) << text;
    const Instruction &a = p.instructions[0], &b = q.instructions[0];
    EXPECT_TRUE(same_attributes(a.op, b.op)) << text;
    EXPECT_EQ(a.operands, b.operands) << text;
    EXPECT_EQ(p.types, q.types) << text;
  }
  for (const OpInfo* info : all_ops())
    if (info->infer) EXPECT_TRUE(seen.contains(info->name())) << info->name() << " has no sample";
}

TEST(OpText, ShorthandStandsInNoProgram) {
  int shorthand = 0;
  for (const OpInfo* info : all_ops()) {
    if (info->infer) continue;
    ++shorthand;
    Program p{.name = "p"};
    p.instructions.push_back({AnyOp(*info)});
    try {
      check(p);
      ADD_FAILURE() << info->name();
    } catch (const Error& e) {
      EXPECT_NE(std::string_view(e.what()).find("is shorthand for other ops"), std::string::npos)
          << e.what();
    }
  }
  EXPECT_GT(shorthand, 0);
}

/// Every attribute with values that are awkward to write.
TEST(OpText, EveryKindOfAttributeKeepsItsBits) {
  const double numbers[] = {-0.0, 1e300, 5e-324, 0.1, 1.0 / 3, INFINITY, -INFINITY, NAN, -NAN, 2};
  const int64_t integers[] = {INT64_MIN, INT64_MAX, 0, -1};
  const std::string_view strings[] = {"", "mean", "a \"b\" \\ \n\t\x01\x7f", "größer"};
  std::set<Kind> kinds;
  for (const OpInfo* info : all_ops()) {
    if (!info->infer) continue;
    for (int a = 0; a < info->attributes; ++a) {
      const AttributeInfo& attribute = info->attribute[a];
      kinds.insert(attribute.kind);
      std::vector<AttributeValue> values;
      switch (attribute.kind) {
        case Kind::optional_number:
          values.emplace_back();
          [[fallthrough]];
        case Kind::number:
          values.insert(values.end(), std::begin(numbers), std::end(numbers));
          break;
        case Kind::optional_integer:
          values.emplace_back();
          [[fallthrough]];
        case Kind::integer:
          values.insert(values.end(), std::begin(integers), std::end(integers));
          break;
        case Kind::scalar:
          values.insert(values.end(), std::begin(numbers), std::end(numbers));
          values.insert(values.end(), std::begin(integers), std::end(integers));
          values.insert(values.end(), {true, false});
          break;
        case Kind::flag:
          values = {true, false};
          break;
        case Kind::dims:
          values = {Dims{}, Dims{INT64_MIN, INT64_MAX}, Dims::range(Dims::max_rank)};
          break;
        case Kind::optional_dtype:
          values.emplace_back();
          [[fallthrough]];
        case Kind::dtype:
          for (int t = 0; t < dtype_count; ++t) values.emplace_back(DType(t));
          break;
        case Kind::string:
          for (const std::string_view s : strings) values.emplace_back(s.data());
          break;
      }
      for (const AttributeValue& value : values) {
        Instruction i{AnyOp(*info)};
        set_attribute(attribute, i.op.data(), value);
        const std::string text = spelled_attributes(i, {});
        Lexer lexer(text, "attributes");
        Instruction j{AnyOp(*info)};
        ASSERT_NO_THROW(read_attributes(lexer, j, {})) << info->name() << text;
        EXPECT_TRUE(same_attributes(i.op, j.op)) << info->name() << text;
      }
    }
  }
  EXPECT_EQ(kinds.size(), 10u);  // each stands in some op
}

}  // namespace
}  // namespace tandem::graph
