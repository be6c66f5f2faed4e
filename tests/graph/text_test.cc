#include "tandem/graph/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tandem/graph/attributes.h"
#include "tandem/graph/check.h"
#include "tandem/graph/control_flow.h"
#include "tandem/graph/literal.h"
#include "tandem/ops/create.h"

namespace tandem::graph {
namespace {

/// Reads and prints again.
std::string again(std::string_view text) { return print(parse(text)); }

// Texts as print() lays them out.

constexpr std::string_view digits =
    R"(program predict(%image: u8[b, 28, 28]) -> (%probs: f32[b, 10]) {
  state @conv1.weight: f32[16, 1, 3, 3], @conv1.bias: f32[16], @fc.weight: f32[10, 12544],
        @fc.bias: f32[10]
  constant #mean: f32[1, 1] = [0.1307]
  %1 = cast(%image) {dtype = f32} : f32[b, 28, 28]                      loc("digits.cc":31)
  %2 = div(%1, 255.0) : f32[b, 28, 28]
  %3 = sub(%2, #mean) : f32[b, 28, 28]
  %4 = unsqueeze(%3) {dim = 1} : f32[b, 1, 28, 28]                      loc("digits.cc":32)
  %5 = conv2d(%4, @conv1.weight, @conv1.bias) {padding = [1, 1]} : f32[b, 16, 28, 28]
  %6 = relu(%5) : f32[b, 16, 28, 28]                                    loc("digits.cc":33)
  %7 = reshape(%6) {shape = [b, 12544]} : f32[b, 12544]
  %8 = linear(%7, @fc.weight, @fc.bias) : f32[b, 10]                    loc("digits.cc":34)
  %9 = softmax(%8) : f32[b, 10]                                         loc()
  return %9
}
)";

TEST(Text, PrintsWhatItReads) { EXPECT_EQ(again(digits), digits); }

TEST(Text, LeavesOutLocationsOnRequest) {
  const std::string text = print(parse(digits), {.locations = false});
  EXPECT_EQ(text.find("loc("), text.npos);
  EXPECT_EQ(print(parse(text)), text);
}

}  // namespace
}  // namespace tandem::graph
