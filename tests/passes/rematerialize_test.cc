#include "tandem/passes/rematerialize.h"

#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/passes/expand_composites.h"
#include "tandem/passes/liveness.h"
#include "tandem/runtime/plan.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::estimate_liveness;
using passes::rematerialize;

constexpr std::string_view keeps_two =
    R"(program f(%x: f32[1000], %w: f32[1000, 1000]) -> (%y: f32[1000]) {
  %1 = exp(%x) : f32[1000]
  %2 = add(%w, %1) : f32[1000, 1000]
  %3 = tanh(%2) : f32[1000, 1000]
  %4 = matmul(%3, %w) : f32[1000, 1000]
  %5 = matmul(%4, %w) : f32[1000, 1000]
  %6 = matmul(%5, %w) : f32[1000, 1000]
  %7 = mul(%6, %3) : f32[1000, 1000]
  %8 = sum(%7) {dim = [0]} : f32[1000]
  return %8
}
)";

TEST(Liveness, CountsWhatIsAliveAtOnce) {
  const auto live = estimate_liveness(graph::parse_program(keeps_two));
  // %3 is written over %2; beside it there are at most two products at a time.
  EXPECT_EQ(live.peak, 3 * 4'000'000);
  EXPECT_EQ(live.bytes_at[0], 4'000);
}

TEST(Rematerialize, ComputesAgainInsteadOfKeeping) {
  const auto pass = [](Program p) { return rematerialize(std::move(p), 8'100'000); };
  EXPECT_EQ(rewritten(pass, keeps_two),
            R"(program f(%x: f32[1000], %w: f32[1000, 1000]) -> (%y: f32[1000]) {
  %1 = exp(%x) : f32[1000]
  %2 = add(%w, %1) : f32[1000, 1000]
  %3 = tanh(%2) : f32[1000, 1000]
  %4 = matmul(%3, %w) : f32[1000, 1000]
  %5 = matmul(%4, %w) : f32[1000, 1000]
  %6 = matmul(%5, %w) : f32[1000, 1000]
  %7 = exp(%x) : f32[1000]
  %8 = add(%w, %7) : f32[1000, 1000]
  %9 = tanh(%8) : f32[1000, 1000]
  %10 = mul(%6, %9) : f32[1000, 1000]
  %11 = sum(%10) {dim = [0]} : f32[1000]
  return %11
}
)");
}

TEST(Rematerialize, LeavesWhatFits) {
  const auto pass = [](Program p) { return rematerialize(std::move(p), 12'000'000); };
  EXPECT_EQ(rewritten(pass, keeps_two), keeps_two);
}

TEST(Rematerialize, LowersThePeakOfTracedModelsAndKeepsTheirBits) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    const Program before = passes::expand_composites(model.bound());
    const Program after = rematerialize(before, 0);
    graph::check(after);
    EXPECT_LE(estimate_liveness(after).peak, estimate_liveness(before).peak);
    expect_same_results(model, after);
  }
}

/// The gradient of a layer's first product comes up in front of the second product's, which reads
/// what is made with it.
constexpr std::string_view keeps_an_activation =
    R"(program f(%x: f32[1000, 1000], %w: f32[1000, 1000]) -> (%dv: f32[1000, 1000],
    %dw: f32[1000, 1000]) {
  %1 = matmul(%x, %w) : f32[1000, 1000]
  %2 = gelu_none(%1) : f32[1000, 1000]
  %3 = matmul(%2, %w) : f32[1000, 1000]
  %4 = matmul(%3, %w) : f32[1000, 1000]
  %5 = matmul(%4, %3) : f32[1000, 1000]
  %6 = matmul(%5, %2) : f32[1000, 1000]
  %7 = matmul(%5, %w) : f32[1000, 1000]
  %8 = gelu_none_backward(%7, %1) : f32[1000, 1000]
  %9 = matmul(%8, %x) : f32[1000, 1000]
  return %6, %9
}
)";

TEST(Rematerialize, AnActivationComesBackWithItsGradient) {
  // A product takes some hundred times as long as what an activation and its gradient share spares.
  const auto pass = [](Program p) { return rematerialize(std::move(p), 0, 10); };
  EXPECT_EQ(rewritten(pass, keeps_an_activation),
            R"(program f(%x: f32[1000, 1000], %w: f32[1000, 1000]) -> (%dv: f32[1000, 1000],
    %dw: f32[1000, 1000]) {
  %1 = matmul(%x, %w) : f32[1000, 1000]
  %2 = gelu_none(%1) : f32[1000, 1000]
  %3 = matmul(%2, %w) : f32[1000, 1000]
  %4 = matmul(%3, %w) : f32[1000, 1000]
  %5 = matmul(%4, %3) : f32[1000, 1000]
  %6 = matmul(%5, %w) : f32[1000, 1000]
  %7 = gelu_none_backward(%6, %1) : f32[1000, 1000]
  %8 = gelu_none(%1) : f32[1000, 1000]
  %9 = matmul(%5, %8) : f32[1000, 1000]
  %10 = matmul(%7, %x) : f32[1000, 1000]
  return %9, %10
}
)");
}

TEST(Rematerialize, OnlyWhatSparesEnoughForItsTime) {
  const auto pass = [](double least_gain) {
    return [=](Program p) { return rematerialize(std::move(p), 0, least_gain); };
  };
  EXPECT_EQ(rewritten(pass(1e6), keeps_an_activation), keeps_an_activation);
  EXPECT_EQ(rewritten(pass(1e6), keeps_two), keeps_two);
  EXPECT_NE(rewritten(pass(1), keeps_two), keeps_two);
}

/// Of two values a layer that a backward pass reads, one is made again from the other.
TEST(Rematerialize, LowersThePlannedArena) {
  std::string text = "program f(%x: f32[64, 64], %w: f32[64, 64]) -> (%y: f32[64, 64]) {\n";
  constexpr int layers = 12;
  int last = 0;
  const auto add = [&](auto... parts) {
    text += tandem::text("  %", ++last, " = ", parts..., " : f32[64, 64]\n");
    return tandem::text("%", last);
  };
  std::vector<std::pair<std::string, std::string>> kept;
  std::string h = "%x";
  for (int layer = 0; layer < layers; ++layer) {
    const std::string product = add("matmul(", h, ", %w)");
    h = add("tanh(", product, ")");
    kept.push_back({h, add("sigmoid(", h, ")")});
  }
  for (int layer = layers; layer-- > 0;) {
    const auto& [value, gate] = kept[std::size_t(layer)];
    h = add("mul(", add("matmul(", h, ", %w)"), ", ", gate, ")");
    h = add("mul(", h, ", ", value, ")");
  }
  text += tandem::text("  return ", h, "\n}\n");

  const Program before = graph::parse_program(text);
  const int64_t arena = runtime::plan(before).arena_bytes;
  const Program after = rematerialize(before, arena / 2);
  graph::check(after);
  EXPECT_LT(runtime::plan(after).arena_bytes, arena * 2 / 3);
  const NamedTensors inputs{{"x", randn({64, 64})}, {"w", randn({64, 64}) * 0.1}};
  expect_same_results({"layers", before, inputs, {}, 0}, after);
}

}  // namespace
}  // namespace tandem
