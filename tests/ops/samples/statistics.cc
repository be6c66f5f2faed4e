#include <cmath>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable statistics_samples([] {
  const Tensor x = values({3, 4}), line = values({5}), one = values({});
  const Tensor odd = from_data<double>({1, std::nan(""), 3, 2, 0.5, std::nan("")}, {2, 3});
  const Tensor ties = integers({2, 1, 2, 3, 1, 2, 1, 3}, {2, 4});
  const Tensor shares = from_data<double>({0.1, 0.75}, {2}), half = full({}, 0.45, float64);
  return std::vector<Sample>{
      {"nansum", {odd}, {{"dim", 1}}, false},
      {"nansum", {ties}},
      {"nanmean", {odd}, {{"dim", 1}}, false},
      {"nanmean", {x}},
      {"aminmax", {x}},
      {"aminmax", {x}, {{"dim", 0}, {"keepdim", true}}},
      {"quantile", {x, shares}},
      {"quantile", {x, half}, {{"dim", 0}, {"keepdim", true}}},
      {"quantile", {x, shares}, {{"dim", 1}, {"interpolation", "nearest"}}},
      {"quantile", {x, shares}, {{"dim", 1}, {"interpolation", "midpoint"}}},
      {"quantile", {odd, half}, {{"dim", 1}}, false},
      {.op = "quantile", .operands = {x, full({}, 1.5, float64)}, .error = "q in 0..1"},
      {.op = "quantile",
       .operands = {x, half},
       .attributes = {{"interpolation", "cubic"}},
       .error = "interpolation must be"},
      {"nanquantile", {odd, shares}, {{"dim", 1}}, false},
      {"nanmedian", {x}},
      {"nanmedian", {odd}, {{"dim", 1}, {"keepdim", true}}, false},
      {"most_frequent", {ties}},
      {"most_frequent", {ties}, {{"dim", 0}, {"keepdim", true}}},
      {"most_frequent", {one}},
      {"bincount", {integers({3, 1, 1, 5}), Tensor()}},
      {"bincount", {integers({3, 1, 1, 5}), values({4})}, {{"minlength", 8}}},
      {.op = "bincount", .operands = {integers({3, -1}), Tensor()}, .error = "0 or more, got -1"},
      {"histc", {x}, {{"bins", 4}}, false},
      {"histc", {x}, {{"bins", 3}, {"min", -1.0}, {"max", 1.0}}, false},
      {"histogram", {x, from_data<double>({-1, 0, 2}, {3}), Tensor()}, {}, false},
      {"histogram",
       {line, from_data<double>({-1, 0, 2}, {3}), values({5}, 0, 1, 1)},
       {{"density", true}},
       false},
      {.op = "histogram", .operands = {x, half, Tensor()}, .error = "2 or more edges"},
      {"cov", {x, Tensor(), Tensor()}},
      {"cov", {x, integers({1, 2, 1, 3}), values({4}, 0.1, 1)}},
      {"cov", {line, Tensor(), Tensor()}, {{"correction", 0}}},
      {"corrcoef", {x}, {}, false},
      {"dist", {x, values({4}, -1, 1, 1)}, {{"p", 3.0}}},
      {"cdist", {x, values({2, 4}, -1, 1, 1)}},
      {"cdist", {values({2, 3, 2}), values({2, 2, 2}, -1, 1, 1)}, {{"p", 1.0}}},
      {.op = "cdist", .operands = {x, values({2, 3})}, .error = "expected x1"},
      {"pdist", {x}},
      {"trapezoid", {x, Tensor()}, {{"dx", 0.5}}},
      {"trapezoid", {x, values({4}, -1, 1, 1)}},
      {"trapezoid", {x, Tensor()}, {{"dim", 0}}},
      {"cumulative_trapezoid", {x, values({4}, -1, 1, 1)}},
      {"logcumsumexp", {x}, {{"dim", 1}}},
      {"logcumsumexp", {values({3}, -800, 800)}, {{"dim", 0}}, false},
      {"logcumsumexp", {cast(x, float16)}, {{"dim", 0}}},
      {"logcumsumexp", {one}, {{"dim", 0}}},
  };
});

}  // namespace
}  // namespace tandem
