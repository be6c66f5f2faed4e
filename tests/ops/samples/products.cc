#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable products_samples([] {
  const Tensor a = values({3, 4}), b = values({4, 2}, -1, 1, 1), v = values({4}, -1, 1, 2);
  const Tensor batch = values({2, 3, 4}), other = values({2, 4, 3}, -1, 1, 1);
  constexpr double close = 1e-12;  // kernels choose their order by layout
  std::vector<Sample> all = {
      {"matmul", {values({2, 1, 3, 4}), values({5, 4, 2}, -1, 1, 1)}},
      {"matmul", {v, v}},
      {"matmul", {batch, v}},
      {"matmul", {values({0, 4}), b}},
      {.op = "matmul", .operands = {values({2, 3}), values({2, 3})}, .error = "3 against 2"},
      {"mm", {a, b}},
      {.op = "mm", .operands = {batch, b}, .error = "2 and 2 dims"},
      {"bmm", {batch, other}},
      {.op = "bmm", .operands = {batch, values({1, 4, 3})}, .error = "equal batch sizes"},
      {"mv", {a, v}},
      {"dot", {v, v}},
      {.op = "dot", .operands = {a, v}, .error = "1 and 1 dims"},
      {"inner", {a, values({2, 4}, -1, 1, 1)}},
      {"outer", {v, values({3})}},
      {"addmm", {values({2}, -1, 1, 3), a, b}, {{"beta", 0.5}, {"alpha", 2}}},
      {"addmm", {full({3, 2}, std::nan(""), float64), a, b}, {{"beta", 0}}, false},
      {.op = "addmm", .operands = {values({3}), a, b}, .error = "do not broadcast"},
      {"addmv", {values({3}, -1, 1, 3), a, v}},
      {"baddbmm", {values({3, 3}, -1, 1, 3), batch, other}, {{"alpha", -1}}},
      {"tensordot",
       {batch, values({4, 3, 2}, -1, 1, 1)},
       {{"dims_self", Dims{1, 2}}, {"dims_other", Dims{1, 0}}}},
      {.op = "tensordot",
       .operands = {a, b},
       .attributes = {{"dims_self", 0}, {"dims_other", 0}},
       .error = "differ in size"},
      {"kron", {values({2, 2}), values({2, 3}, -1, 1, 1)}},
      {"kron", {values({2}), values({2, 3}, -1, 1, 1)}},
      {"trace", {values({3, 3})}},
      {.op = "trace", .operands = {v}, .error = "expected a matrix"},
      {"einsum", {batch, other}, {{"equation", "bij,bjk->bik"}}},
      {"einsum", {a, b}, {{"equation", "ij,jk"}}},
      {"einsum", {values({3, 3})}, {{"equation", "ii"}}},
      {"einsum", {values({3, 3})}, {{"equation", "ii->i"}}},
      {"einsum", {a}, {{"equation", "ij->ji"}}},
      {"einsum", {a, a, v}, {{"equation", "ij,ij,j->i"}}},
      {"einsum", {v, values({3})}, {{"equation", "i , j -> ij"}}},
      {"einsum", {batch, other}, {{"equation", "...ij,...jk->...ik"}}},
      {"einsum", {values({2, 3, 4}), values({4, 2}, -1, 1, 1)}, {{"equation", "...a,ab"}}},
      {"einsum", {a, values({3, 1}, -1, 1, 1)}, {{"equation", "ij,ij->"}}},
      {.op = "einsum",
       .operands = {a, b},
       .attributes = {{"equation", "ij,kk->i"}},
       .error = "repeated"},
      {.op = "einsum",
       .operands = {a},
       .attributes = {{"equation", "ij,jk"}},
       .error = "more operands"},
      {.op = "einsum",
       .operands = {a},
       .attributes = {{"equation", "ijk->i"}},
       .error = "name 3 dims"},
      {.op = "einsum",
       .operands = {a},
       .attributes = {{"equation", "ij->z"}},
       .error = "in no operand"},
      {.op = "einsum",
       .operands = {a, v},
       .attributes = {{"equation", "ij,i->"}},
       .error = "do not broadcast"},
  };
  for (Sample& s : all) s.tolerance = close;
  return all;
});

}  // namespace
}  // namespace tandem
