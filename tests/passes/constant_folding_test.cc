#include "tandem/passes/constant_folding.h"

#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program folded(Program program) {
  return passes::remove_dead_code(passes::fold_constants(std::move(program)));
}

TEST(ConstantFolding, MakesNumbersAndConstants) {
  EXPECT_EQ(rewritten(folded, R"(program f(%x: f32[b, 2]) -> (%y: f32[b, 2]) {
  constant #scale: f32[2] = [1.0, 3.0]
  %1 = sqrt(4.0) : f32[]
  %2 = mul(#scale, %1) : f32[2]
  %3 = mul(%x, %2) : f32[b, 2]
  %4 = add(%3, %1) : f32[b, 2]
  return %4
}
)"),
            R"(program f(%x: f32[b, 2]) -> (%y: f32[b, 2]) {
  constant #folded0: f32[2] = [2.0, 6.0]
  %1 = mul(%x, #folded0) : f32[b, 2]
  %2 = add(%1, 2.0) : f32[b, 2]
  return %2
}
)");
}

TEST(ConstantFolding, ReadsThroughFillsAndExpands) {
  EXPECT_EQ(rewritten(folded, R"(program f(%x: f32[2, 2]) -> (%y: f32[2, 2]) {
  constant #causal: bool[2, 2] = [true, false, true, true]
  %1 = full() {size = [2, 2], fill_value = 2.0} : f32[2, 2]
  %2 = expand(1.0) {size = [2, 2]} : f32[2, 2]
  %3 = where(#causal, %1, %2) : f32[2, 2]
  %4 = mul(%x, %3) : f32[2, 2]
  %5 = add(%4, %1) : f32[2, 2]
  return %5
}
)"),
            R"(program f(%x: f32[2, 2]) -> (%y: f32[2, 2]) {
  constant #folded0: f32[2, 2] = [2.0, 1.0, 2.0, 2.0]
  %1 = full() {size = [2, 2], fill_value = 2.0} : f32[2, 2]
  %2 = mul(%x, #folded0) : f32[2, 2]
  %3 = add(%2, %1) : f32[2, 2]
  return %3
}
)");
}

TEST(ConstantFolding, LeavesWhatIsLargeDependsOnDimsOrFails) {
  constexpr std::string_view text =
      R"(program f(%x: f32[b]) -> (%y: f32[b], %z: f32[200, 200], %w: i64[]) {
  constant #one: f32[1] = [1.0]
  %1 = expand(#one) {size = [b]} : f32[b]
  %2 = arange() {start = 0.0, end = 40000.0} : f32[40000]
  %3 = reshape(%2) {shape = [200, 200]} : f32[200, 200]
  %4 = floor_divide(1_i64, 0_i64) : i64[]
  return %1, %3, %4
}
)";
  const Program before = graph::parse_program(text);
  EXPECT_EQ(op_names(folded(before)), op_names(before));
}

TEST(ConstantFolding, OfBodiesGivesNumbersAlone) {
  constexpr std::string_view text = R"(program f(%c: bool[], %x: f32[2]) -> (%y: f32[2]) {
  %1 = if(%c, %x) : f32[2] {
    then(%x: f32[2]) -> (f32[2]) {
      %1 = exp(0.0) : f32[]
      %2 = arange() {start = 0.0, end = 2.0} : f32[2]
      %3 = mul(%2, %1) : f32[2]
      return %3
    }
    else(%x: f32[2]) -> (f32[2]) {
      return %x
    }
  }
  return %1
}
)";
  const Program after = folded(graph::parse_program(text));
  graph::check(after);
  EXPECT_EQ(op_names(after.instructions[0].bodies[0]), (std::vector<std::string>{"arange", "mul"}));
}

TEST(ConstantFolding, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    for (const Program& program : {model.program, model.bound()}) {
      const Program after = folded(program);
      graph::check(after);
      expect_same_results(model, after);
    }
  }
}

}  // namespace
}  // namespace tandem
