#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable table([] {
  const Tensor x = values({2, 3}), y = values({3}, -2, 2, 1), positive = values({2, 3}, 0.2, 3);
  return std::vector<Sample>{
      {"add", {x, y}},
      {"add", {integers({1, 2}), integers({INT64_MAX, -5})}},
      {.op = "add", .operands = {x, values({2})}, .error = "do not broadcast"},
      {"sub", {x, y}},
      {"mul", {x, y}},
      {"div", {x, positive}},
      {"neg", {x}},
      {"exp", {x}},
      {"log", {positive}},
      {"eq", {x, x}},
      {"ne", {x, y}},
      {"lt", {x, y}},
      {"le", {x, y}},
      {"gt", {x, y}},
      {"ge", {x, y}},
      {"where", {truths({1, 0, 1}, {3}), x, y}},
      {.op = "where", .operands = {x, x, y}, .error = "bool condition"},
      {"relu", {x}},
      {"relu_backward", {x, y}},
      {"leaky_relu", {x}, {{"negative_slope", 0.1}}},
      {"silu", {x}},
      {"sum", {values({2, 3, 4})}, {{"dim", Dims{0, -1}}, {"keepdim", true}}},
      {"sum", {values({0, 3})}},
      {"matmul", {values({2, 1, 3, 4}), values({5, 4, 2}, -1, 1, 1)}},
      {"matmul", {values({4}), values({4}, -1, 1, 1)}},
      {.op = "matmul", .operands = {values({2, 3}), values({2, 3})}, .error = "3 against 2"},
  };
});

}  // namespace
}  // namespace tandem
