#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable index_samples([] {
  const Tensor x = values({3, 4, 2}), m = values({3, 4}), row = values({4}, -1, 1, 1);
  const Tensor i = integers({2, 0, 2}), j = integers({-1, 0, 1, 3}, {2, 2});
  const Tensor mask = truths({1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1}, {3, 4});
  return std::vector<Sample>{
      {"index", {x, i}},
      {"index", {x, Tensor(), j}},
      {"index", {x, i, integers({1, 2, 3})}},
      {"index", {x, integers({1}), Tensor(), integers({0, 1})}},
      {"index", {x, full({0}, 0, int64)}},
      {.op = "index",
       .operands = {x, integers({3})},
       .error = "index 3 is out of bounds for dim 0 of size 3"},
      {.op = "index", .operands = {x, i, integers({0, 1})}, .error = "do not broadcast"},
      {"index_put", {m, values({3, 4}, -1, 1, 1), i}, {{"accumulate", true}}},
      {.op = "index_put", .operands = {m, row, integers({1, 0})}},
      {"index_put", {x, values({}, -1, 1, 1), Tensor(), j}, {{"accumulate", true}}},
      {.op = "index_put", .operands = {m, values({5}), i}, .error = "do not broadcast"},
      {"index_select", {x, i}, {{"dim", 0}}},
      {"index_select", {values({}), integers({0})}, {{"dim", 0}}},
      {.op = "index_select", .operands = {x, j}, .attributes = {{"dim", 0}}, .error = "1-d index"},
      {"index_add", {m, i, values({3, 4}, -1, 1, 1)}, {{"dim", 0}, {"alpha", 2}}},
      {.op = "index_add",
       .operands = {m, integers({5}), values({1, 4})},
       .attributes = {{"dim", 0}},
       .error = "index 5"},
      {"index_copy", {m, integers({2, 0}), values({3, 2}, -1, 1, 1)}, {{"dim", 1}}},
      {"index_fill", {m, i, values({}, -1, 1, 1)}, {{"dim", 1}}},
      {"masked_fill", {m, mask, values({}, -1, 1, 1)}},
      {.op = "masked_fill", .operands = {m, i, values({})}, .error = "bool mask"},
      {"masked_select", {m, mask}},
      {"masked_select", {row, mask}},
      {"masked_scatter", {m, mask, values({7}, -1, 1, 1)}},
      {.op = "masked_scatter",
       .operands = {m, mask, values({3})},
       .error = "source has 3 elements"},
      {"nonzero_static", {m}, {{"size", 5}}},
      {"nonzero_static", {mask}, {{"size", 20}}},
      {"nonzero", {mask}},
      {"nonzero", {values({})}},
  };
});

}  // namespace
}  // namespace tandem
