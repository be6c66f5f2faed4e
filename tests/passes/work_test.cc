#include "tandem/passes/work.h"

#include "tandem/graph/text.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::estimate_work;
using passes::flops_a_byte;

TEST(Work, CountsProductsBytesAndExponentials) {
  const Program program = graph::parse_program(
      R"(program f(%x: f32[2, 3, 8], %w: f32[5, 8], %v: f32[8, 5], %i: f32[1, 16, 6, 6], %k: f32[4, 16, 3, 3]) -> (%y: f32[10, 3]) {
  %1 = linear(%x, %w) : f32[2, 3, 5]
  %2 = matmul(%x, %v) : f32[2, 3, 5]
  %3 = add(%1, %2) : f32[2, 3, 5]
  %4 = tanh(%3) : f32[2, 3, 5]
  %5 = reshape(%4) {shape = [10, 3]} : f32[10, 3]
  %6 = conv2d(%i, %k) : f32[1, 4, 4, 4]
  %7 = conv2d(%i, %k) {stride = [2, 2]} : f32[1, 4, 2, 2]
  return %5
}
)");
  const auto work = [&](std::size_t n) { return estimate_work(program, program.instructions[n]); };
  const double product = 2 * 30 * 8 + flops_a_byte * 4 * (48 + 40 + 30);
  EXPECT_EQ(work(0), product);
  EXPECT_EQ(work(1), product);
  EXPECT_EQ(work(2), flops_a_byte * 4 * 90);
  EXPECT_GT(work(3), work(2));
  EXPECT_EQ(work(4), 0);  // a view
  const double image = 16 * 36, weights = 4 * 16 * 9;
  EXPECT_EQ(work(5), 64 * 16 * 9 + flops_a_byte * 4 * (image + weights + 64));  // by Winograd
  EXPECT_EQ(work(6), 2 * 16 * 16 * 9 + flops_a_byte * 4 * (image + weights + 16));
  double sum = 0;
  for (std::size_t n = 0; n < program.instructions.size(); ++n) sum += work(n);
  EXPECT_EQ(estimate_work(program), sum);
}

}  // namespace
}  // namespace tandem
