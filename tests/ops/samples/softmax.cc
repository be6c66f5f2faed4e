#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable softmax_samples([] {
  const Tensor x = values({2, 3, 4}), g = values({2, 3, 4}, -1, 1, 1);
  return std::vector<Sample>{
      {"softmax", {x}},
      {"softmax", {x}, {{"dim", 1}}},
      {"softmax", {cast(values({3, 37}), float32)}},
      {"softmax", {cast(x, float16)}, {{"dim", 0}}},
      {"softmax", {values({})}, {{"dim", 0}}},
      {.op = "softmax", .operands = {x}, .attributes = {{"dim", 3}}, .error = "out of range"},
      {"log_softmax", {x}},
      {"log_softmax", {x}, {{"dim", 0}}},
      {"log_softmax", {cast(values({3, 37}), float32)}},
      {"softmin", {x}, {{"dim", 1}}},
      {"softmax_backward", {g, x}, {{"dim", 1}}},
      {"log_softmax_backward", {g, x}},
  };
});

}  // namespace
}  // namespace tandem
