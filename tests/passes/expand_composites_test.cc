#include "tandem/passes/expand_composites.h"

#include "tandem/graph/check.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::expand_composites;

Program expanded(Program program) { return expand_composites(std::move(program)); }

TEST(ExpandComposites, ReplacesWhatHasNoKernel) {
  EXPECT_EQ(rewritten(expanded, R"(program f(%x: f32[2, 3], %t: f32[2, 3]) -> (%y: f32[]) {
  %1 = exp(%x) : f32[2, 3]
  %2 = mse_loss(%1, %t) {reduction = "mean"} : f32[]
  return %2
}
)"),
            R"(program f(%x: f32[2, 3], %t: f32[2, 3]) -> (%y: f32[]) {
  %1 = exp(%x) : f32[2, 3]
  %2 = sub(%1, %t) : f32[2, 3]
  %3 = square(%2) : f32[2, 3]
  %4 = mean(%3) : f32[]
  return %4
}
)");
}

TEST(ExpandComposites, LeavesKernelsAndViewsInTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    const Program after = expand_composites(model.bound());
    graph::check(after);
    for (const auto& i : after.instructions)
      EXPECT_TRUE(i.info().view || !i.bodies.empty() || i.info().kernel[0].run) << i.info().name();
    expect_same_results(model, after);
  }
}

TEST(ExpandComposites, OfBodiesToo) {
  EXPECT_EQ(rewritten(expanded, R"(program f(%x: f32[2, 3]) -> (%y: f32[3]) {
  %1, %2 = scan(0.0_f32, %x) {carries = 1, sequences = 1} : f32[], f32[2, 3] {
    body(%s: f32[], %e: f32[3]) -> (f32[], f32[3]) {
      %1 = l1_loss(%e, %e) : f32[]
      return %1, %e
    }
  }
  %3 = amax(%2) {dim = [0]} : f32[3]
  return %3
}
)"),
            R"(program f(%x: f32[2, 3]) -> (%y: f32[3]) {
  %1, %2 = scan(0.0, %x) {carries = 1, sequences = 1} : f32[], f32[2, 3] {
    body(%s: f32[], %e: f32[3]) -> (f32[], f32[3]) {
      %1 = sub(%e, %e) : f32[3]
      %2 = abs(%1) : f32[3]
      %3 = mean(%2) : f32[]
      return %3, %e
    }
  }
  %3 = amax(%2) {dim = [0]} : f32[3]
  return %3
}
)");
}

TEST(ExpandComposites, NeedsSizes) {
  EXPECT_THROW(expand_composites(digits_predict().program), Error);
}

}  // namespace
}  // namespace tandem
