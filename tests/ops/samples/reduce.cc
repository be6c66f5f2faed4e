#include <limits>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable reduce_samples([] {
  const Tensor x = values({2, 3, 4}), v = values({7}), nothing = values({0, 3}), one = values({});
  const Tensor i = integers({3, -1, 2, 0, 5, 5}, {2, 3});
  const Tensor with_zeros = from_data<double>({1.5, 0, -2, 0.5, 0, 0, 3, 0.25, -1}, {3, 3});
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor odd = from_data<double>({1, std::nan(""), 3, -inf, 2, 0}, {2, 3});
  std::vector<Sample> all = {
      {"sum", {x}, {{"dim", Dims{0, -1}}, {"keepdim", true}}},
      {"sum", {x}, {{"dim", 1}}},
      {"sum", {nothing}},
      {"sum", {i}, {{"dim", 0}}},
      {"sum", {i}, {{"dtype", float32}}},
      {"sum", {truths({1, 0, 1}, {3})}},
      {"sum", {cast(x, float16)}},
      {.op = "sum",
       .operands = {x},
       .attributes = {{"dim", Dims{0, -3}}},
       .error = "appears twice"},
      {.op = "sum", .operands = {x}, .attributes = {{"dim", 3}}, .error = "out of range"},
      {"mean", {x}, {{"dim", Dims{1, 2}}}},
      {"mean", {nothing}, {}, false},
      {"mean", {i}, {{"dtype", float64}}},
      {.op = "mean", .operands = {i}, .error = "floating"},
      {"prod", {x}, {{"dim", 1}}},
      {"prod", {nothing}},
      {"prod", {i}},
      {"prod", {with_zeros}, {{"dim", 0}}},
      {"prod", {with_zeros}},
      {"prod", {reshape(with_zeros, {1, 3, 3})}, {{"dim", Dims{-1, 0}}, {"keepdim", true}}},
      {"prod", {one}},
      {"prod", {nothing}, {{"dim", 0}}},
      {"amax", {x}, {{"dim", Dims{0, 2}}, {"keepdim", true}}},
      {"amax", {i}},
      {"amax", {odd}, {{"dim", 1}}, false},
      {.op = "amax", .operands = {nothing}, .error = "to have elements"},
      {"amin", {x}},
      {"amin", {nothing}, {{"dim", 1}}},
      {"amin", {odd}, {{"dim", 0}}, false},
      {"any", {truths({0, 0, 1, 0}, {2, 2})}, {{"dim", 1}}},
      {"any", {nothing}},
      {"all", {i}, {{"dim", 1}, {"keepdim", true}}},
      {"all", {truths({}, {0})}},
      {"count_nonzero", {i}, {{"dim", 1}}},
      {"argmax", {x}, {{"dim", 1}}},
      {"argmax", {x}},
      {"argmax", {odd}, {{"dim", -1}, {"keepdim", true}}},
      {"argmax", {i}, {{"dim", 1}}},
      {.op = "argmax", .operands = {nothing}, .error = "to have elements"},
      {"argmin", {x}, {{"dim", 0}}},
      {"argmin", {one}, {{"dim", 0}}},
      {"max", {x}, {{"dim", 1}}},
      {"max", {x}, {{"dim", -1}, {"keepdim", true}}},
      {"min", {x}, {{"dim", 0}}},
      {"min", {one}, {{"dim", 0}}},
      {"var", {x}, {{"dim", 1}}},
      {"var", {x}, {{"correction", 0}, {"keepdim", true}}},
      {.op = "var", .operands = {i}, .error = "floating"},
      {"std", {x}, {{"dim", Dims{0, 2}}}},
      {.op = "std", .operands = {full({3}, 2, float64)}, .gradient = false},
      {"var_mean", {x}, {{"dim", 1}}},
      {"std_mean", {x}, {{"dim", Dims{0, 2}}, {"correction", 0}, {"keepdim", true}}},
      {"cummax", {x}, {{"dim", 1}}},
      {"cummax", {i}, {{"dim", 0}}},
      {"cummax", {odd}, {{"dim", 1}}, false},
      {"cummin", {x}, {{"dim", -1}}},
      {"cummin", {cast(x, float16)}, {{"dim", 2}}},
      {"cummin", {one}, {{"dim", 0}}},
      {"cummin", {nothing}, {{"dim", 0}}},
      {.op = "cummin", .operands = {x}, .attributes = {{"dim", 3}}, .error = "out of range"},
      {"logsumexp", {x}, {{"dim", 1}}},
      {"logsumexp", {full({3}, -inf, float64)}, {{"dim", 0}}, false},
      {"logsumexp", {nothing}, {{"dim", 0}}, false},
      {"norm", {x}},
      {"norm", {x}, {{"p", 1}, {"dim", 1}}},
      {"norm", {x}, {{"p", 3}, {"dim", Dims{0, 2}}, {"keepdim", true}}},
      {"norm", {x}, {{"p", inf}, {"dim", 2}}},
      {"norm", {x}, {{"p", -inf}}},
      {"norm", {i * 1.0f}, {{"p", 0}, {"dim", 1}}},
      {"cumsum", {x}, {{"dim", 1}}},
      {"cumsum", {i}, {{"dim", -1}}},
      {"cumsum", {cast(i, int32)}, {{"dim", 0}, {"dtype", float64}}},
      {"cumsum", {one}, {{"dim", 0}}},
      {"cumprod", {x}, {{"dim", 2}}},
      {"cumprod", {with_zeros}, {{"dim", 0}}},
      {"cumprod", {with_zeros}, {{"dim", -1}}},
      {"cumprod", {reshape(with_zeros, -1)}, {{"dim", 0}}},
      {"cumprod", {one}, {{"dim", 0}}},
      {"cumprod", {nothing}, {{"dim", 1}}},
      {.op = "cumprod", .operands = {x}, .attributes = {{"dim", 3}}, .error = "out of range"},
  };
  return all;
});

}  // namespace
}  // namespace tandem
