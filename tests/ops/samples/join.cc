#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable join_samples([] {
  const Tensor a = values({2, 3}), b = values({2, 3}, -1, 1, 1), wide = values({2, 5}, -1, 1, 2);
  return std::vector<Sample>{
      {"cat", {a, b}},
      {"cat", {a, wide, values({0}), b}, {{"dim", -1}}},
      {.op = "cat", .operands = {a, wide}, .error = "equal sizes except in dim 0"},
      {.op = "cat", .operands = {values({})}, .error = "0-d"},
      {.op = "cat", .error = "at least one tensor"},
      {"stack", {a, b}, {{"dim", -1}}},
      {.op = "stack", .operands = {a, wide}, .error = "[2, 3] at entry 0 and [2, 5] at entry 1"},
      {"hstack", {a, wide}},
      {"vstack", {a, b}},
      {"dstack", {a, b}},
      {"constant_pad_nd", {a}, {{"pad", Dims{1, 2, 0, 1}}, {"value", 0.5}}},
      {"constant_pad_nd", {a}, {{"pad", Dims{-1, 2}}}},
      {"constant_pad_nd", {integers({1, 2})}, {{"pad", Dims{1, 1}}, {"value", 9}}},
      {.op = "constant_pad_nd",
       .operands = {a},
       .attributes = {{"pad", Dims{-2, -2}}},
       .error = "negative size"},
      {"pad", {a}, {{"pad", Dims{1, 1}}}},
      {"pad", {a}, {{"pad", Dims{2, 1, 1, 0}}, {"mode", "reflect"}}},
      {"pad", {a}, {{"pad", Dims{2, 1, 1, 3}}, {"mode", "replicate"}}},
      {"pad", {a}, {{"pad", Dims{2, 3}}, {"mode", "circular"}}},
      {.op = "pad",
       .operands = {a},
       .attributes = {{"pad", Dims{3, 0}}, {"mode", "reflect"}},
       .error = "reflecting 3"},
      {.op = "pad",
       .operands = {a},
       .attributes = {{"pad", Dims{1, 0}}, {"mode", "mirror"}},
       .error = "unknown"},
      {"repeat", {a}, {{"repeats", Dims{2, 1, 3}}}},
      {"repeat", {a}, {{"repeats", Dims{0, 2}}}},
      {.op = "repeat",
       .operands = {a},
       .attributes = {{"repeats", Dims{2}}},
       .error = "a count for each"},
      {"tile", {a}, {{"dims", Dims{2}}}},
      {"repeat_interleave", {a, full({}, 2, int64)}, {{"dim", 1}}},
      {"repeat_interleave", {a, integers({2, 0, 1})}, {{"dim", -1}}},
      {"repeat_interleave", {a, full({}, 3, int64)}},
  };
});

}  // namespace
}  // namespace tandem
