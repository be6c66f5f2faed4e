#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable create_samples([] {
  const Tensor x = values({2, 3});
  return std::vector<Sample>{
      {"full", {}, {{"size", Dims{2, 3}}, {"fill_value", 7}}},
      {"full", {}, {{"size", Dims{0, 3}}, {"fill_value", 0.5}, {"dtype", float16}}},
      {.op = "full",
       .attributes = {{"size", Dims{2, -1}}, {"fill_value", 1}},
       .error = "sizes of 0 or more"},
      {"zeros", {}, {{"size", Dims{2}}}},
      {"ones", {}, {{"size", Dims{}}, {"dtype", int32}}},
      {"zeros_like", {x}},
      {"ones_like", {x}, {{"dtype", boolean}}},
      {"full_like", {x}, {{"fill_value", 2}}},
      {"arange", {}, {{"start", 2}, {"end", 11}, {"step", 3}}},
      {"arange", {}, {{"start", 1.0}, {"end", -1.0}, {"step", -0.25}}},
      {"arange", {}, {{"start", 3}, {"end", 3}}},
      {.op = "arange",
       .attributes = {{"start", 3}, {"end", 1}},
       .error = "inconsistent with step sign"},
      {.op = "arange", .attributes = {{"start", 3}, {"end", 1}, {"step", 0}}, .error = "nonzero"},
      {"linspace", {}, {{"start", 0}, {"end", 1}, {"steps", 5}, {"dtype", float64}}},
      {"linspace", {}, {{"start", 3}, {"end", -1}, {"steps", 1}}},
      {.op = "linspace",
       .attributes = {{"start", 0}, {"end", 1}, {"steps", -1}},
       .error = "non-negative"},
      {"logspace", {}, {{"start", 0}, {"end", 2}, {"steps", 3}}},
      {"eye", {}, {{"n", 3}}},
      {"eye", {}, {{"n", 2}, {"m", 4}, {"dtype", int64}}},
      {"tril_indices", {}, {{"row", 3}, {"col", 4}, {"offset", -1}}},
      {"triu_indices", {}, {{"row", 3}, {"col", 4}, {"offset", 1}}},
      {"one_hot", {integers({0, 2, 1})}},
      {"one_hot", {integers({0, 2, 1, 0}, {2, 2})}, {{"num_classes", 5}}},
      {.op = "one_hot",
       .operands = {integers({0, 5})},
       .attributes = {{"num_classes", 3}},
       .error = "class 5 is out of range"},
      {"cast", {x}, {{"dtype", float64}}},
      {.op = "cast", .operands = {x}, .attributes = {{"dtype", int16}}, .gradient = false},
      {"clone", {x}},
      {"contiguous", {x}},
      {"copy", {x, values({3}, -1, 1, 1)}},
      {.op = "copy", .operands = {x, values({2})}, .error = "not broadcast"},
  };
});

}  // namespace
}  // namespace tandem
