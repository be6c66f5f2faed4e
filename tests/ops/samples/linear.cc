#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable linear_samples([] {
  const Tensor x = values({2, 3, 4}), w = values({5, 4}, -1, 1, 1), b = values({5}, -1, 1, 2);
  constexpr double close = 1e-12;  // products choose their order by layout
  std::vector<Sample> all = {
      {"linear", {x, w, b}},
      {"linear", {x, w, Tensor()}},
      {"linear", {values({4}), w, b}},
      {"linear", {x, values({4}, -1, 1, 1), Tensor()}},
      {"linear", {cast(x, bfloat16), cast(w, bfloat16), cast(b, bfloat16)}},
      {"bilinear", {x, values({2, 3, 2}), values({5, 4, 2}, -1, 1, 1), b}},
      {"bilinear", {values({4}), values({2}), values({5, 4, 2}, -1, 1, 1), Tensor()}},
      {.op = "bilinear",
       .operands = {x, x, values({5, 4, 2}), b},
       .error = "expected input1: [..., I]"},
      {.op = "linear", .operands = {values({3, 5}), w, Tensor()}, .error = "in_features=4"},
      {.op = "linear", .operands = {x, cast(w, float32), Tensor()}, .error = "weight float32"},
  };
  for (Sample& s : all) s.tolerance = close;
  return all;
});

}  // namespace
}  // namespace tandem
