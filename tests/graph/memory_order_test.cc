#include "tandem/graph/memory_order.h"

#include <gtest/gtest.h>

#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

std::string ordered(std::string_view text) {
  const Program after = graph::order_for_memory(graph::parse_program(text));
  graph::check(after);
  return graph::print(after);
}

/// The product with the large %1 is all that reads it: done first, it makes room.
TEST(OrderForMemory, WhatFreesMuchComesFirst) {
  EXPECT_EQ(
      ordered(R"(program f(%x: f32[100, 200], %w: f32[200, 200], %g: f32[100, 10]) -> (
    %a: f32[100, 200], %b: f32[10, 200]) {
  %1 = matmul(%x, %w) : f32[100, 200]
  %2 = permute(%g) {dims = [1, 0]} : f32[10, 100]
  %3 = exp(%x) : f32[100, 200]
  %4 = matmul(%3, %w) : f32[100, 200]
  %5 = matmul(%2, %1) : f32[10, 200]
  return %4, %5
}
)"),
      R"(program f(%x: f32[100, 200], %w: f32[200, 200], %g: f32[100, 10]) -> (%a: f32[100, 200],
    %b: f32[10, 200]) {
  %1 = matmul(%x, %w) : f32[100, 200]
  %2 = permute(%g) {dims = [1, 0]} : f32[10, 100]
  %3 = matmul(%2, %1) : f32[10, 200]
  %4 = exp(%x) : f32[100, 200]
  %5 = matmul(%4, %w) : f32[100, 200]
  return %5, %3
}
)");
}

/// @w is updated as soon as it has been read by the product of line 2; the counter goes with it.
TEST(OrderForMemory, AnOptimizerRunsAsSoonAsItCan) {
  EXPECT_EQ(ordered(R"(program f(%x: f32[64, 64], %lr: f64[]) -> (%y: f32[64, 64]) {
  state @w: f32[64, 64], @m: f32[64, 64], @v: f32[64, 64], @step: f32[]
  constant #none: f32[0] = []
  %1 = matmul(%x, %x) : f32[64, 64]
  %2 = matmul(%x, @w) : f32[64, 64]
  %3 = exp(%2) : f32[64, 64]
  %4 = matmul(%3, %x) : f32[64, 64]
  %5 = add(@step, 1) : f32[]
  %6, %7, %8, %9 = adam_step(@w, %1, @m, @v, #none, %5, %lr) : f32[64, 64], f32[64, 64], f32[64, 64], f32[0]
  update @w = %6
  update @m = %7
  update @v = %8
  update @step = %5
  return %4
}
)"),
            R"(program f(%x: f32[64, 64], %lr: f64[]) -> (%y: f32[64, 64]) {
  state @w: f32[64, 64], @m: f32[64, 64], @v: f32[64, 64], @step: f32[]
  constant #none: f32[0] = []
  %1 = add(@step, 1) : f32[]
  %2 = matmul(%x, %x) : f32[64, 64]
  %3 = matmul(%x, @w) : f32[64, 64]
  %4, %5, %6, %7 = adam_step(@w, %2, @m, @v, #none, %1, %lr) : f32[64, 64], f32[64, 64], f32[64, 64], f32[0]
  %8 = exp(%3) : f32[64, 64]
  %9 = matmul(%8, %x) : f32[64, 64]
  update @w = %4
  update @m = %5
  update @v = %6
  update @step = %1
  return %9
}
)");
}

TEST(OrderForMemory, WithoutSizesItStays) {
  constexpr std::string_view text =
      R"(program f(%x: f32[b, 200], %w: f32[200, 200]) -> (%y: f32[]) {
  %1 = matmul(%x, %w) : f32[b, 200]
  %2 = exp(%x) : f32[b, 200]
  %3 = matmul(%2, %w) : f32[b, 200]
  %4 = sum(%1) : f32[]
  %5 = sum(%3) : f32[]
  %6 = add(%4, %5) : f32[]
  return %6
}
)";
  EXPECT_EQ(ordered(text), text);
}

}  // namespace
}  // namespace tandem
