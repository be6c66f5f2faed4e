#include "tandem/passes/common_subexpressions.h"

#include "tandem/graph/check.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::share_common_subexpressions;

TEST(CommonSubexpressions, AreComputedOnce) {
  EXPECT_EQ(rewritten(share_common_subexpressions,
                      R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[b, 3]) {
  %1 = add(%x, 2.0) : f32[b, 3]
  %2 = exp(%1) : f32[b, 3]
  %3 = add(%x, 2.0) : f32[b, 3]
  %4 = exp(%3) : f32[b, 3]
  %5 = sum(%2) {dim = [1], keepdim = true} : f32[b, 1]
  %6 = sum(%4) {dim = [0], keepdim = true} : f32[1, 3]
  %7 = mul(%2, %5) : f32[b, 3]
  %8 = mul(%4, %6) : f32[b, 3]
  return %7, %8
}
)"),
            R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[b, 3]) {
  %1 = add(%x, 2.0) : f32[b, 3]
  %2 = exp(%1) : f32[b, 3]
  %3 = sum(%2) {dim = [1], keepdim = true} : f32[b, 1]
  %4 = sum(%2) {dim = [0], keepdim = true} : f32[1, 3]
  %5 = mul(%2, %3) : f32[b, 3]
  %6 = mul(%2, %4) : f32[b, 3]
  return %5, %6
}
)");
}

TEST(CommonSubexpressions, SolvedAttributesDiffer) {
  constexpr std::string_view text = R"(program f(%x: f32[b]) -> (%y: f32[b, 1], %z: f32[1, b]) {
  %1 = reshape(%x) {shape = [b, 1]} : f32[b, 1]
  %2 = reshape(%x) {shape = [1, b]} : f32[1, b]
  return %1, %2
}
)";
  EXPECT_EQ(rewritten(share_common_subexpressions, text), text);
}

TEST(CommonSubexpressions, OfBodiesToo) {
  EXPECT_EQ(
      rewritten(share_common_subexpressions, R"(program f(%c: bool[], %x: f32[3]) -> (%y: f32[3]) {
  %1 = if(%c, %x) : f32[3] {
    then(%x: f32[3]) -> (f32[3]) {
      %1 = exp(%x) : f32[3]
      %2 = exp(%x) : f32[3]
      %3 = mul(%1, %2) : f32[3]
      return %3
    }
    else(%x: f32[3]) -> (f32[3]) {
      return %x
    }
  }
  return %1
}
)"),
      R"(program f(%c: bool[], %x: f32[3]) -> (%y: f32[3]) {
  %1 = if(%c, %x) : f32[3] {
    then(%x: f32[3]) -> (f32[3]) {
      %1 = exp(%x) : f32[3]
      %2 = mul(%1, %1) : f32[3]
      return %2
    }
    else(%x: f32[3]) -> (f32[3]) {
      return %x
    }
  }
  return %1
}
)");
}

TEST(CommonSubexpressions, KeepTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    const Program after = share_common_subexpressions(model.program);
    graph::check(after);
    EXPECT_LE(after.instructions.size(), model.program.instructions.size());
    expect_same_results(model, after);
  }
}

}  // namespace
}  // namespace tandem
