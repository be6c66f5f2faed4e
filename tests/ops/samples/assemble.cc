#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable assemble_samples([] {
  const Tensor x = values({3, 4}), line = values({4}), other = values({2}, -1, 1, 1),
               i = integers({3, 3, 1, 1, 1, 3}), rows = integers({1, 2, 1, 2, 0, 2}, {3, 2});
  return std::vector<Sample>{
      {"diff", {x, Tensor(), Tensor()}},
      {"diff", {x, values({3, 1}), values({3, 2})}, {{"n", 2}}},
      {"diff", {truths({1, 0, 0, 1}, {4}), Tensor(), Tensor()}},
      {"column_stack", {line, values({4, 2})}},
      {"block_diag", {x, line, values({})}},
      {"cartesian_prod", {line, other}},
      {"cartesian_prod", {line}},
      {.op = "cartesian_prod", .operands = {x, line}, .error = "tensors of one dim"},
      {"combinations", {line}},
      {"combinations", {line}, {{"r", 3}, {"with_replacement", true}}},
      {"msort", {x}},
      {"select_scatter", {x, line}, {{"dim", 0}, {"index", -1}}},
      {.op = "select_scatter",
       .operands = {x, line},
       .attributes = {{"dim", 0}, {"index", 3}},
       .error = "index 3 is out of range"},
      {"diagflat", {x}, {{"offset", -1}}},
      {"fill", {x, values({})}},
      {"narrow_copy", {x}, {{"dim", 1}, {"start", 1}, {"length", 2}}},
      {"unique_consecutive", {i}},
      {"unique_consecutive", {rows}, {{"dim", 0}}},
      {"unique_consecutive", {integers({})}},
      {"unique_dim", {rows}, {{"dim", 0}}},
      {"unique_dim", {rows}, {{"dim", 1}}},
      {"addr", {x, values({3}), line}, {{"beta", 0.5}, {"alpha", 2.0}}},
      {"addbmm",
       {values({2, 4}), values({3, 2, 5}), values({3, 5, 4}, -1, 1, 1)},
       {{"alpha", 2.0}}},
      {"chain_matmul", {x, values({4, 2}), values({2, 3})}},
      {"put", {x, integers({5, 0}), other}},
      {"put", {x, integers({5, 5}), other}, {{"accumulate", true}}},
      {.op = "put", .operands = {x, integers({1}), other}, .error = "as many elements"},
      {"unfold_copy", {x}, {{"dimension", 1}, {"size", 2}, {"step", 2}}},
      {.op = "unfold_copy",
       .operands = {x},
       .attributes = {{"dimension", 1}, {"size", 5}, {"step", 1}},
       .error = "do not fit"},
  };
});

}  // namespace
}  // namespace tandem
