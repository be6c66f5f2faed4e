#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable table([] {
  const Tensor x = values({3, 4}), src = values({2, 4}, -1, 1, 1), one = values({});
  const Tensor at = integers({2, 0, 1, 2, 0, 0, 1, 1}, {2, 4}),
               columns = integers({3, 0, 1, 1, 2, 2}, {3, 2});
  const Tensor ties = integers({2, 1, 2, 3, 1, 2});
  const Tensor odd = from_data<double>({1, std::nan(""), -3, 2, 0.5, std::nan("")}, {2, 3});
  return std::vector<Sample>{
      {"gather", {x, at}, {{"dim", 0}}},
      {"gather", {x, columns}, {{"dim", -1}}},
      {"gather", {one, full({}, 0, int64)}, {{"dim", 0}}},
      {.op = "gather",
       .operands = {x, integers({3}, {1, 1})},
       .attributes = {{"dim", 0}},
       .error = "index 3 is out of bounds for dim 0 of size 3"},
      {.op = "gather",
       .operands = {x, integers({0})},
       .attributes = {{"dim", 0}},
       .error = "index of 2 dims"},
      {"scatter", {x, columns, values({3, 3}, -1, 1, 1)}, {{"dim", 1}}, false},
      {"scatter", {x, integers({3, 0, 1, 2}, {2, 2}), src}, {{"dim", 1}}},
      {.op = "scatter",
       .operands = {x, at, values({1, 4})},
       .attributes = {{"dim", 0}},
       .error = "larger than src"},
      {"scatter_add", {x, at, src}, {{"dim", 0}}},
      {"scatter_add", {x, columns, values({3, 3}, -1, 1, 1)}, {{"dim", 1}}},
      {.op = "scatter_add",
       .operands = {x, integers({-1}, {1, 1}), src},
       .attributes = {{"dim", 0}},
       .error = "index -1"},
      {"take_along_dim", {x, integers({2, 0}, {2, 1})}, {{"dim", 0}}},
      {"take_along_dim", {x, integers({5, 0, 11})}},
      {"take", {x, integers({5, 0, -1, 5}, {2, 2})}},
      {"sort", {x}},
      {"sort", {x}, {{"dim", 0}, {"descending", true}}},
      {"sort", {ties}, {{"descending", true}}},
      {.op = "sort", .operands = {odd}, .gradient = false},
      {.op = "sort", .operands = {odd}, .attributes = {{"descending", true}}, .gradient = false},
      {"sort", {one}},
      {"argsort", {ties}},
      {"argsort", {x}, {{"dim", 0}}},
      {"topk", {x}, {{"k", 2}}},
      {"topk", {x}, {{"k", 2}, {"dim", 0}, {"largest", false}}},
      {"topk", {ties}, {{"k", 0}}},
      {.op = "topk", .operands = {x}, .attributes = {{"k", 5}}, .error = "k = 5 is out of range"},
      {"kthvalue", {x}, {{"k", 2}}},
      {.op = "kthvalue", .operands = {x}, .attributes = {{"k", 0}}, .error = "k = 0"},
      {"median", {x}, {{"dim", 0}}},
      {"median", {x}, {{"keepdim", true}}},
      {.op = "median", .operands = {odd}, .gradient = false},
      {"searchsorted", {integers({1, 3, 5}), integers({3, 6, 0, 4}, {2, 2})}},
      {"searchsorted",
       {integers({1, 3, 5, 2, 4, 6}, {2, 3}), integers({3, 6, 0, 4}, {2, 2})},
       {{"right", true}}},
      {.op = "searchsorted", .operands = {x, values({2, 1})}, .error = "1-d sorted_sequence"},
      {"bucketize", {x, from_data<double>({-1, 0, 1}, {3})}},
  };
});

}  // namespace
}  // namespace tandem
