#include "tandem/passes/pool_gradient.h"

#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program masked(Program program) {
  return passes::remove_dead_code(passes::mask_pool_gradients(std::move(program)));
}

TEST(MaskPoolGradients, WherePooledNumbersAre) {
  EXPECT_EQ(
      rewritten(
          masked,
          R"(program f(%x: f32[b, 3, 8, 8], %g: f32[b, 3, 4, 4]) -> (%y: f32[b, 3, 4, 4], %dx: f32[b, 3, 8, 8]) {
  %1 = relu(%x) : f32[b, 3, 8, 8]
  %2 = max_pool2d(%1) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 4, 4]
  %3 = max_pool2d_backward(%g, %1) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 8, 8]
  %4 = relu_backward(%3, %1) : f32[b, 3, 8, 8]
  return %2, %4
}
)"),
      R"(program f(%x: f32[b, 3, 8, 8], %g: f32[b, 3, 4, 4]) -> (%y: f32[b, 3, 4, 4], %dx: f32[b, 3, 8, 8]) {
  %1 = relu(%x) : f32[b, 3, 8, 8]
  %2 = max_pool2d(%1) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 4, 4]
  %3 = relu_backward(%g, %2) : f32[b, 3, 4, 4]
  %4 = max_pool2d_backward(%3, %1) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 8, 8]
  return %2, %4
}
)");
}

TEST(MaskPoolGradients, BehindAReshape) {
  EXPECT_EQ(
      rewritten(
          masked,
          R"(program f(%x: f32[b, 3, 8, 8], %g: f32[b, 48]) -> (%y: f32[b, 48], %dx: f32[b, 3, 8, 8]) {
  %1 = max_pool2d(%x) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 4, 4]
  %2 = reshape(%1) {shape = [b, 48]} : f32[b, 48]
  %3 = reshape(%g) {shape = [b, 3, 4, 4]} : f32[b, 3, 4, 4]
  %4 = max_pool2d_backward(%3, %x) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 8, 8]
  %5 = relu_backward(%4, %x) : f32[b, 3, 8, 8]
  return %2, %5
}
)"),
      R"(program f(%x: f32[b, 3, 8, 8], %g: f32[b, 48]) -> (%y: f32[b, 48], %dx: f32[b, 3, 8, 8]) {
  %1 = max_pool2d(%x) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 4, 4]
  %2 = reshape(%1) {shape = [b, 48]} : f32[b, 48]
  %3 = relu_backward(%g, %2) : f32[b, 48]
  %4 = reshape(%3) {shape = [b, 3, 4, 4]} : f32[b, 3, 4, 4]
  %5 = max_pool2d_backward(%4, %x) {kernel_size = [2, 2], stride = [2, 2]} : f32[b, 3, 8, 8]
  return %2, %5
}
)");
}

/// Another window, another mask, and an unmasked gradient that is read.
TEST(MaskPoolGradients, OnlyWhereTheMaximaAreTheSame) {
  const Program before = graph::parse_program(
      R"(program f(%x: f32[2, 3, 8, 8], %z: f32[2, 3, 8, 8], %g: f32[2, 3, 4, 4]) -> (%y: f32[2, 3, 4, 4], %a: f32[2, 3, 8, 8], %b: f32[2, 3, 8, 8], %c: f32[2, 3, 8, 8], %d: f32[2, 3, 8, 8]) {
  %1 = max_pool2d(%x) {kernel_size = [2, 2], stride = [2, 2]} : f32[2, 3, 4, 4]
  %2 = max_pool2d_backward(%g, %x) {kernel_size = [3, 3], stride = [2, 2], padding = [1, 1]} : f32[2, 3, 8, 8]
  %3 = relu_backward(%2, %x) : f32[2, 3, 8, 8]
  %4 = max_pool2d_backward(%g, %x) {kernel_size = [2, 2], stride = [2, 2]} : f32[2, 3, 8, 8]
  %5 = relu_backward(%4, %z) : f32[2, 3, 8, 8]
  %6 = relu_backward(%4, %x) : f32[2, 3, 8, 8]
  return %1, %3, %4, %5, %6
}
)");
  EXPECT_EQ(op_names(masked(before)), op_names(before));
}

TEST(MaskPoolGradients, KeepsTheBits) {
  for (const int64_t kernel : {2, 3})
    for (const int64_t padding : {0, 1}) {
      const int64_t h = (9 + 2 * padding - kernel) / 2 + 1, w = (11 + 2 * padding - kernel) / 2 + 1;
      const std::string pooled = text("f32[2, 5, ", h, ", ", w, "]");
      const std::string window =
          text("{kernel_size = [", kernel, ", ", kernel, "], stride = [2, 2], padding = [", padding,
               ", ", padding, "]}");
      const Program before = graph::parse_program(
          text("program f(%x: f32[2, 5, 9, 11], %g: ", pooled, ") -> (%y: ", pooled,
               ", %dx: f32[2, 5, 9, 11]) {\n  %1 = max_pool2d(%x) ", window, " : ", pooled,
               "\n  %2 = max_pool2d_backward(%g, %x) ", window,
               " : f32[2, 5, 9, 11]\n  %3 = relu_backward(%2, %x) : f32[2, 5, 9, 11]\n",
               "  return %1, %3\n}\n"));
      const Program after = masked(before);
      ASSERT_EQ(op_names(after),
                (std::vector<std::string>{"max_pool2d", "relu_backward", "max_pool2d_backward"}));
      Tensor x = round(randn({2, 5, 9, 11}));  // many equal maxima, zeros of both signs
      narrow(narrow(x, 1, 0, 1), 2, 2, 1).fill_(NAN);
      const NamedTensors inputs{{"x", x}, {"g", randn({2, 5, h, w})}};
      expect_same_results({"f", before, inputs, {}, 0}, after);
    }
}

}  // namespace
}  // namespace tandem
