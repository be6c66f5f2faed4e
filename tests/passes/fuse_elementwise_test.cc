#include "tandem/passes/fuse_elementwise.h"

#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tandem/passes/pipeline.h"
#include "tandem/runtime/tile_body.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program fused_chain(Program program) {
  return passes::remove_dead_code(passes::fuse_elementwise(std::move(program), runtime::can_fuse));
}

TEST(FuseElementwise, AChainWithItsNumbersAndWhatBroadcasts) {
  EXPECT_EQ(
      rewritten(fused_chain,
                R"(program f(%x: f32[b, 4], %bias: f32[4], %c: bool[b, 1]) -> (%y: f32[b, 4]) {
  %1 = add(%x, %bias) : f32[b, 4]
  %2 = mul(%1, 0.5) : f32[b, 4]
  %3 = tanh(%2) : f32[b, 4]
  %4 = where(%c, %3, %x) : f32[b, 4]
  return %4
}
)"),
      R"(program f(%x: f32[b, 4], %bias: f32[4], %c: bool[b, 1]) -> (%y: f32[b, 4]) {
  %1 = fused(%x, %bias, %c) : f32[b, 4] {
    body(%x0: f32[b, 4], %x1: f32[4], %x2: bool[b, 1]) -> (f32[b, 4]) {
      %1 = add(%x0, %x1) : f32[b, 4]
      %2 = mul(%1, 0.5) : f32[b, 4]
      %3 = tanh(%2) : f32[b, 4]
      %4 = where(%x2, %3, %x0) : f32[b, 4]
      return %4
    }
  }
  return %1
}
)");
}

TEST(FuseElementwise, ValuesThatOthersReadAreResults) {
  EXPECT_EQ(
      rewritten(fused_chain, R"(program f(%x: f32[8], %w: f32[8, 8]) -> (%y: f32[8], %z: i64[8]) {
  %1 = exp(%x) : f32[8]
  %2 = cast(%x) {dtype = i64} : i64[8]
  %3 = add(%2, 1) : i64[8]
  %4 = cast(%3) {dtype = f32} : f32[8]
  %5 = sub(%1, %4) : f32[8]
  %6 = matmul(%5, %w) : f32[8]
  %7 = relu(%6) : f32[8]
  %8 = mul(%7, %1) : f32[8]
  return %8, %3
}
)"),
      R"(program f(%x: f32[8], %w: f32[8, 8]) -> (%y: f32[8], %z: i64[8]) {
  %1, %2, %3 = fused(%x) : f32[8], i64[8], f32[8] {
    body(%x0: f32[8]) -> (f32[8], i64[8], f32[8]) {
      %1 = exp(%x0) : f32[8]
      %2 = cast(%x0) {dtype = i64} : i64[8]
      %3 = add(%2, 1) : i64[8]
      %4 = cast(%3) {dtype = f32} : f32[8]
      %5 = sub(%1, %4) : f32[8]
      return %1, %3, %5
    }
  }
  %4 = matmul(%3, %w) : f32[8]
  %5 = fused(%4, %1) : f32[8] {
    body(%x0: f32[8], %x1: f32[8]) -> (f32[8]) {
      %1 = relu(%x0) : f32[8]
      %2 = mul(%1, %x1) : f32[8]
      return %2
    }
  }
  return %5, %2
}
)");
}

/// The first sum is read by the product in front of the second.
TEST(FuseElementwise, WhatIsReadBeforeStaysOutside) {
  constexpr std::string_view text =
      R"(program f(%x: f32[4, 4], %y: f32[4, 4]) -> (%z: f32[4, 4]) {
  %1 = add(%x, %y) : f32[4, 4]
  %2 = matmul(%1, %y) : f32[4, 4]
  %3 = add(%1, %2) : f32[4, 4]
  return %3
}
)";
  EXPECT_EQ(rewritten(fused_chain, text), text);
}

TEST(FuseElementwise, ReductionsAreTheEnd) {
  EXPECT_EQ(rewritten(fused_chain,
                      R"(program f(%x: f32[b, 4], %t: f32[b, 4]) -> (%m: f32[b], %v: f32[b, 4]) {
  %1 = sub(%x, %t) : f32[b, 4]
  %2 = square(%1) : f32[b, 4]
  %3 = mean(%2) {dim = [1]} : f32[b]
  %4 = sum(%1) {dim = [1], keepdim = true} : f32[b, 1]
  %5 = sum(%1) {dim = [0]} : f32[4]
  %6 = mul(%1, %4) : f32[b, 4]
  %7 = add(%6, %5) : f32[b, 4]
  return %3, %7
}
)"),
            R"(program f(%x: f32[b, 4], %t: f32[b, 4]) -> (%m: f32[b], %v: f32[b, 4]) {
  %1, %2, %3 = fused(%x, %t) : f32[b, 4], f32[b], f32[b, 1] {
    body(%x0: f32[b, 4], %x1: f32[b, 4]) -> (f32[b, 4], f32[b], f32[b, 1]) {
      %1 = sub(%x0, %x1) : f32[b, 4]
      %2 = square(%1) : f32[b, 4]
      %3 = mean(%2) {dim = [1]} : f32[b]
      %4 = sum(%1) {dim = [1], keepdim = true} : f32[b, 1]
      return %1, %3, %4
    }
  }
  %4 = sum(%1) {dim = [0]} : f32[4]
  %5 = fused(%1, %3, %4) : f32[b, 4] {
    body(%x0: f32[b, 4], %x1: f32[b, 1], %x2: f32[4]) -> (f32[b, 4]) {
      %1 = mul(%x0, %x1) : f32[b, 4]
      %2 = add(%1, %x2) : f32[b, 4]
      return %2
    }
  }
  return %2, %5
}
)");
}

/// They read one input and do not read each other.
TEST(FuseElementwise, AnActivationWithItsGradient) {
  EXPECT_EQ(
      rewritten(fused_chain,
                R"(program f(%x: f32[8], %dy: f32[8]) -> (%y: f32[8], %dx: f32[8], %z: f32[8]) {
  %1 = silu_backward(%dy, %x) : f32[8]
  %2 = silu(%x) : f32[8]
  %3 = silu(%dy) : f32[8]
  return %2, %1, %3
}
)"),
      R"(program f(%x: f32[8], %dy: f32[8]) -> (%y: f32[8], %dx: f32[8], %z: f32[8]) {
  %1, %2 = fused(%dy, %x) : f32[8], f32[8] {
    body(%x0: f32[8], %x1: f32[8]) -> (f32[8], f32[8]) {
      %1 = silu_backward(%x0, %x1) : f32[8]
      %2 = silu(%x1) : f32[8]
      return %1, %2
    }
  }
  %3 = silu(%dy) : f32[8]
  return %2, %1, %3
}
)");
}

/// Integers can be divided by zero, and the error names the line of the division.
TEST(FuseElementwise, WhatMayFailStaysAlone) {
  constexpr std::string_view text =
      R"(program f(%x: i64[4], %y: i64[4]) -> (%z: i64[4]) {
  %1 = floor_divide(%x, %y) : i64[4]
  %2 = add(%1, 1) : i64[4]
  return %2
}
)";
  EXPECT_EQ(rewritten(fused_chain, text), text);
}

TEST(FuseElementwise, AnotherShapeIsAnotherChain) {
  EXPECT_EQ(op_names(fused_chain(graph::parse_program(
                R"(program f(%x: f32[64, 4], %v: f32[4]) -> (%z: f32[64, 4]) {
  %1 = add(%v, 1e-05) : f32[4]
  %2 = rsqrt(%1) : f32[4]
  %3 = mul(%x, %2) : f32[64, 4]
  %4 = add(%3, %v) : f32[64, 4]
  return %4
}
)"))),
            (std::vector<std::string>{"fused", "fused"}));
}

/// Two large values would wait for the last product instead of their one sum.
TEST(FuseElementwise, DoesNotKeepMoreAlive) {
  constexpr std::string_view text =
      R"(program f(%x: f32[100, 100], %y: f32[100, 100]) -> (%z: f32[100, 100]) {
  %1 = matmul(%x, %y) : f32[100, 100]
  %2 = matmul(%y, %x) : f32[100, 100]
  %3 = add(%1, %2) : f32[100, 100]
  %4 = matmul(%x, %x) : f32[100, 100]
  %5 = matmul(%4, %x) : f32[100, 100]
  %6 = add(%3, %5) : f32[100, 100]
  return %6
}
)";
  EXPECT_EQ(rewritten(fused_chain, text), text);
}

TEST(FuseElementwise, WithinBodies) {
  EXPECT_EQ(op_names(fused_chain(graph::parse_program(
                                     R"(program f(%x: f32[t, 4]) -> (%y: f32[4]) {
  %1 = full() {size = [4], fill_value = 0.0} : f32[4]
  %2 = scan(%1, %x) {carries = 1, sequences = 1} : f32[4] {
    body(%h: f32[4], %x: f32[4]) -> (f32[4]) {
      %1 = add(%h, %x) : f32[4]
      %2 = tanh(%1) : f32[4]
      return %2
    }
  }
  return %2
}
)"))
                         .instructions[1]
                         .bodies[0]),
            (std::vector<std::string>{"fused"}));
}

TEST(FuseElementwise, OnlyWhatTheBackEndCanRun) {
  const Program before = graph::parse_program(
      R"(program f(%x: f32[4]) -> (%y: f32[4]) {
  %1 = exp(%x) : f32[4]
  %2 = relu(%1) : f32[4]
  return %2
}
)");
  const auto nothing = [](const Program&, const graph::Instruction&) { return false; };
  EXPECT_EQ(op_names(passes::fuse_elementwise(before, nothing)), op_names(before));
}

TEST(FuseElementwise, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    for (const Program& program : {model.program, model.bound()}) {
      const Program after =
          passes::optimize(program, {.can_fuse = runtime::can_fuse, .check = true});
      EXPECT_EQ(graph::print(fused_chain(after)), graph::print(after));
      expect_same_results(model, after);
    }
  }
}

// Each join looks at a whole chain, so a program that is one is taken in pieces.
TEST(FuseElementwise, ALongChainIsSeveral) {
  std::string lines = "program f(%x: f32[4]) -> (%y: f32[4]) {\n  %0 = exp(%x) : f32[4]\n";
  constexpr int length = 600;
  for (int i = 1; i < length; ++i) lines += text("  %", i, " = exp(%", i - 1, ") : f32[4]\n");
  lines += text("  return %", length - 1, "\n}\n");
  const Program fused =
      passes::fuse_elementwise(graph::parse_program(lines, "text"),
                               [](const Program&, const graph::Instruction&) { return true; });
  EXPECT_EQ(fused.instructions.size(), 3u);
  std::size_t ops = 0;
  for (const graph::Instruction& i : fused.instructions) ops += i.bodies.at(0).instructions.size();
  EXPECT_EQ(ops, std::size_t(length));
}

}  // namespace
}  // namespace tandem
