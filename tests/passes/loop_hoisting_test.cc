#include "tandem/passes/loop_hoisting.h"

#include "tandem/graph/check.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::hoist_from_loops;

TEST(LoopHoisting, MovesWhatIsTheSameInEachStep) {
  EXPECT_EQ(
      rewritten(
          hoist_from_loops,
          R"(program f(%h: f32[b, 4], %x: f32[5, b, 4], %w: f32[4, 4], %n: i64[4]) -> (%y: f32[b, 4], %z: f32[5, b, 4]) {
  %1, %2 = scan(%h, %x, %w, %n) {carries = 1, sequences = 1} : f32[b, 4], f32[5, b, 4] {
    body(%h: f32[b, 4], %e: f32[b, 4], %w: f32[4, 4], %n: i64[4]) -> (f32[b, 4], f32[b, 4]) {
      %1 = permute(%w) {dims = [1, 0]} : f32[4, 4]
      %2 = mul(%1, 0.5) : f32[4, 4]
      %3 = exp(%2) : f32[4, 4]
      %4 = floor_divide(%n, 2) : i64[4]
      %5 = cast(%4) {dtype = f32} : f32[4]
      %6 = matmul(%h, %3) : f32[b, 4]
      %7 = add(%6, %5) : f32[b, 4]
      %8 = add(%7, %e) : f32[b, 4]
      return %8, %6
    }
  }
  return %1, %2
}
)"),
      R"(program f(%h: f32[b, 4], %x: f32[5, b, 4], %w: f32[4, 4], %n: i64[4]) -> (%y: f32[b, 4],
    %z: f32[5, b, 4]) {
  %1 = permute(%w) {dims = [1, 0]} : f32[4, 4]
  %2 = mul(%1, 0.5) : f32[4, 4]
  %3 = exp(%2) : f32[4, 4]
  %4 = floor_divide(%n, 2) : i64[4]
  %5 = cast(%4) {dtype = f32} : f32[4]
  %6, %7 = scan(%h, %x, %w, %n, %3, %5) {carries = 1, sequences = 1} : f32[b, 4], f32[5, b, 4] {
    body(%h: f32[b, 4], %e: f32[b, 4], %w: f32[4, 4], %n: i64[4], %hoisted0: f32[4, 4],
        %hoisted1: f32[4]) -> (f32[b, 4], f32[b, 4]) {
      %1 = matmul(%h, %hoisted0) : f32[b, 4]
      %2 = add(%1, %hoisted1) : f32[b, 4]
      %3 = add(%2, %e) : f32[b, 4]
      return %3, %1
    }
  }
  return %6, %7
}
)");
}

constexpr std::string_view may_not_run =
    R"(program f(%i: i64[], %n: i64[], %x: f32[3]) -> (%y: i64[], %z: f32[3]) {
  %1, %2 = while(%i, %x, %n, %x) {carries = 2} : i64[], f32[3] {
    condition(%i: i64[], %v: f32[3], %n: i64[], %x: f32[3]) -> (bool[]) {
      %1 = lt(%i, 10) : bool[]
      return %1
    }
    body(%i: i64[], %v: f32[3], %n: i64[], %x: f32[3]) -> (i64[], f32[3]) {
      %1 = floor_divide(100, %n) : i64[]
      %2 = add(%i, %1) : i64[]
      %3 = exp(%x) : f32[3]
      %4 = add(%v, %3) : f32[3]
      return %2, %4
    }
  }
  return %1, %2
}
)";

TEST(LoopHoisting, LeavesInALoopThatMayNotRunWhatMayFail) {
  EXPECT_EQ(rewritten(hoist_from_loops, may_not_run),
            R"(program f(%i: i64[], %n: i64[], %x: f32[3]) -> (%y: i64[], %z: f32[3]) {
  %1 = exp(%x) : f32[3]
  %2, %3 = while(%i, %x, %n, %x, %1) {carries = 2} : i64[], f32[3] {
    condition(%i: i64[], %v: f32[3], %n: i64[], %x: f32[3], %hoisted0: f32[3]) -> (bool[]) {
      %1 = lt(%i, 10) : bool[]
      return %1
    }
    body(%i: i64[], %v: f32[3], %n: i64[], %x: f32[3], %hoisted0: f32[3]) -> (i64[], f32[3]) {
      %1 = floor_divide(100, %n) : i64[]
      %2 = add(%i, %1) : i64[]
      %3 = add(%v, %hoisted0) : f32[3]
      return %2, %3
    }
  }
  return %2, %3
}
)");
  // Without a step nothing is divided by zero.
  const Program after = hoist_from_loops(graph::parse_program(may_not_run));
  const auto results =
      graph::interpret(after, {{"i", full({}, 20)}, {"n", full({}, 0)}, {"x", full({3}, 1.0)}}, {});
  EXPECT_EQ(results.outputs["y"].item<int64_t>(), 20);
}

TEST(LoopHoisting, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    const Program after = hoist_from_loops(model.program);
    graph::check(after);
    expect_same_results(model, after);
  }
}

TEST(LoopHoisting, MovesTheWeightsOfARecurrentNet) {
  const TracedModel model = scan_train_step();
  const Program after = hoist_from_loops(model.program);
  const auto ops_in_loops = [](const Program& p) {
    std::size_t count = 0;
    for (const auto& i : p.instructions)
      for (const Program& body : i.bodies) count += op_names(body).size();
    return count;
  };
  EXPECT_LT(ops_in_loops(after), ops_in_loops(model.program));
}

}  // namespace
}  // namespace tandem
