#include "tandem/passes/fuse_bias.h"

#include "tandem/graph/check.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/passes/algebra.h"
#include "tandem/passes/dead_code.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program fused(Program program) {
  return passes::remove_dead_code(passes::simplify(passes::fuse_bias(std::move(program))));
}

TEST(FuseBias, IntoTheProduct) {
  EXPECT_EQ(
      rewritten(
          fused,
          R"(program f(%x: f32[b, 5, 3], %w: f32[4, 3], %v: f32[4, 2], %b: f32[4], %c: f32[2]) -> (%y: f32[b, 5, 2]) {
  %1 = permute(%w) {dims = [1, 0]} : f32[3, 4]
  %2 = matmul(%x, %1) : f32[b, 5, 4]
  %3 = add(%2, %b) : f32[b, 5, 4]
  %4 = matmul(%3, %v) : f32[b, 5, 2]
  %5 = add(%c, %4) : f32[b, 5, 2]
  return %5
}
)"),
      R"(program f(%x: f32[b, 5, 3], %w: f32[4, 3], %v: f32[4, 2], %b: f32[4], %c: f32[2]) -> (
    %y: f32[b, 5, 2]) {
  %1 = linear(%x, %w, %b) : f32[b, 5, 4]
  %2 = permute(%v) {dims = [1, 0]} : f32[2, 4]
  %3 = linear(%1, %2, %c) : f32[b, 5, 2]
  return %3
}
)");
}

TEST(FuseBias, LeavesHalvesBatchesAndProductsThatAreReadTwice) {
  constexpr std::string_view text =
      R"(program f(%x: f32[2, 3], %w: f32[3, 4], %b: f32[4], %h: f16[4], %m: f16[2, 3], %n: f16[3, 4], %d: f32[2, 3, 4]) -> (%y: f32[2, 4], %p: f32[2, 4], %q: f16[2, 4], %r: f32[2, 2, 4]) {
  %1 = matmul(%x, %w) : f32[2, 4]
  %2 = add(%1, %b) : f32[2, 4]
  %3 = matmul(%m, %n) : f16[2, 4]
  %4 = add(%3, %h) : f16[2, 4]
  %5 = matmul(%x, %d) : f32[2, 2, 4]
  %6 = add(%5, %b) : f32[2, 2, 4]
  return %1, %2, %4, %6
}
)";
  const Program before = graph::parse_program(text);
  EXPECT_EQ(op_names(fused(before)), op_names(before));
}

TEST(FuseBias, KeepsTheBitsAtAllSizes) {
  const Program before = graph::parse_program(
      R"(program f(%x: f32[m, k], %w: f32[k, n], %b: f32[n]) -> (%y: f32[m, n]) {
  %1 = matmul(%x, %w) : f32[m, n]
  %2 = add(%1, %b) : f32[m, n]
  return %2
}
)");
  const Program after = fused(before);
  ASSERT_EQ(op_names(after), (std::vector<std::string>{"permute", "linear"}));
  for (const int64_t m : {1, 2, 7, 40})
    for (const int64_t k : {1, 3, 64, 1100})
      for (const int64_t n : {1, 5, 16, 70}) {
        const NamedTensors inputs{{"x", randn({m, k})}, {"w", randn({k, n})}, {"b", randn({n})}};
        SCOPED_TRACE(text(m, " ", k, " ", n));
        expect_same_results({"f", before, inputs, {}, 0}, after);
      }
}

}  // namespace
}  // namespace tandem
