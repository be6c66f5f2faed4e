#include "tandem/passes/fuse_epilogues.h"

#include "tandem/compile/optimized.h"
#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tandem/passes/fuse_elementwise.h"
#include "tandem/runtime/epilogue_body.h"
#include "tandem/runtime/tile_body.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program fused_epilogue(Program program) {
  program = passes::fuse_elementwise(std::move(program), runtime::can_fuse);
  return passes::remove_dead_code(
      passes::fuse_epilogues(std::move(program), runtime::takes_epilogue));
}

TEST(FuseEpilogues, AnActivationAndAChain) {
  EXPECT_EQ(
      rewritten(
          fused_epilogue,
          R"(program f(%x: f32[b, 3], %w: f32[4, 3], %c: f32[4], %v: f32[4, 4]) -> (%y: f32[b, 4]) {
  %1 = linear(%x, %w, %c) : f32[b, 4]
  %2 = relu(%1) : f32[b, 4]
  %3 = matmul(%2, %v) : f32[b, 4]
  %4 = mul(%3, 0.5) : f32[b, 4]
  %5 = add(%2, %4) : f32[b, 4]
  return %5
}
)"),
      R"(program f(%x: f32[b, 3], %w: f32[4, 3], %c: f32[4], %v: f32[4, 4]) -> (%y: f32[b, 4]) {
  %1 = fused(%x, %w, %c) : f32[b, 4] {
    body(%x0: f32[b, 3], %x1: f32[4, 3], %x2: f32[4]) -> (f32[b, 4]) {
      %1 = linear(%x0, %x1, %x2) : f32[b, 4]
      %2 = relu(%1) : f32[b, 4]
      return %2
    }
  }
  %2 = fused(%1, %v) : f32[b, 4] {
    body(%x0: f32[b, 4], %x1: f32[4, 4]) -> (f32[b, 4]) {
      %1 = matmul(%x0, %x1) : f32[b, 4]
      %2 = mul(%1, 0.5) : f32[b, 4]
      %3 = add(%x0, %2) : f32[b, 4]
      return %3
    }
  }
  return %2
}
)");
}

TEST(FuseEpilogues, OneOpWithANumberAfterAConvolution) {
  EXPECT_EQ(
      rewritten(fused_epilogue,
                R"(program f(%x: f32[b, 3, 9, 9], %w: f32[8, 3, 3, 3]) -> (%y: f32[b, 8, 7, 7]) {
  %1 = conv2d(%x, %w) : f32[b, 8, 7, 7]
  %2 = maximum(%1, 0.25) : f32[b, 8, 7, 7]
  return %2
}
)"),
      R"(program f(%x: f32[b, 3, 9, 9], %w: f32[8, 3, 3, 3]) -> (%y: f32[b, 8, 7, 7]) {
  %1 = fused(%x, %w) : f32[b, 8, 7, 7] {
    body(%x0: f32[b, 3, 9, 9], %x1: f32[8, 3, 3, 3]) -> (f32[b, 8, 7, 7]) {
      %1 = conv2d(%x0, %x1) : f32[b, 8, 7, 7]
      %2 = maximum(%1, 0.25) : f32[b, 8, 7, 7]
      return %2
    }
  }
  return %1
}
)");
}

TEST(FuseEpilogues, WhatOthersReadOrWhatLiesFarStays) {
  for (const std::string_view text : {
           // The product is a result, too.
           R"(program f(%x: f32[2, 3], %w: f32[3, 4]) -> (%y: f32[2, 4], %z: f32[2, 4]) {
  %1 = matmul(%x, %w) : f32[2, 4]
  %2 = relu(%1) : f32[2, 4]
  return %2, %1
}
)",
           // Another product stands between them, and would find the operands of both alive.
           R"(program f(%x: f32[2, 3], %w: f32[3, 4]) -> (%y: f32[2, 4], %z: f32[2, 4]) {
  %1 = matmul(%x, %w) : f32[2, 4]
  %2 = matmul(%x, %w) : f32[2, 4]
  %3 = relu(%1) : f32[2, 4]
  return %3, %2
}
)",
           // The result is larger than the product, of another dtype, or of halves.
           R"(program f(%x: f32[1, 3], %w: f32[3, 4], %t: f32[2, 4]) -> (%y: f32[2, 4]) {
  %1 = matmul(%x, %w) : f32[1, 4]
  %2 = add(%1, %t) : f32[2, 4]
  return %2
}
)",
           R"(program f(%x: f32[2, 3], %w: f32[3, 4]) -> (%y: bool[2, 4]) {
  %1 = matmul(%x, %w) : f32[2, 4]
  %2 = gt(%1, 0.0) : bool[2, 4]
  return %2
}
)",
           R"(program f(%x: f16[2, 3], %w: f16[3, 4]) -> (%y: f16[2, 4]) {
  %1 = matmul(%x, %w) : f16[2, 4]
  %2 = relu(%1) : f16[2, 4]
  return %2
}
)",
       })
    EXPECT_EQ(rewritten(fused_epilogue, text), text);
}

TEST(FuseEpilogues, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    for (const Program& program : {model.program, model.bound()}) {
      passes::OptimizeOptions options = cpu_options();
      options.check = true;
      expect_same_results(model, passes::optimize(program, options));
    }
  }
}

}  // namespace
}  // namespace tandem
