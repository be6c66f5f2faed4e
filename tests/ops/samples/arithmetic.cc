#include <cmath>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable arithmetic_samples([] {
  const Tensor x = values({2, 3}), y = values({3}, -1, 1, 1), row = values({2, 1}, -2, 2, 2);
  const Tensor odd = from_data<double>({1, std::nan(""), -INFINITY}, {3});
  const Tensor i = integers({12, -18, 0, 7, 30, 4}, {2, 3}), j = integers({8, 27, -5});
  return std::vector<Sample>{
      {"sgn", {x}},
      {"deg2rad", {x}},
      {"rad2deg", {i}},
      {"copysign", {x, y}},
      {"copysign", {x, row}},
      {"heaviside", {x, y}},
      {"heaviside", {i, j}},
      {.op = "heaviside", .operands = {x, j}, .error = "the same dtype"},
      {"sinc", {x}},
      {"sinc", {i}},
      {"fmax", {x, y}},
      {"fmax", {odd, full({3}, 0.5, float64)}, {}, false},
      {"fmin", {x, y}},
      {"fmin", {odd, full({3}, 0.5, float64)}, {}, false},
      {"ldexp", {x, y}},
      {"logaddexp2", {x, y}},
      {"float_power", {values({3}, 0.5, 2), y}},
      {"gcd", {i, j}},
      {"gcd", {cast(i, int8), cast(j, int8)}},
      {.op = "gcd", .operands = {x, y}, .error = "expected integers"},
      {"lcm", {i, j}},
      {"lcm", {cast(abs(i), uint8), cast(abs(j), uint8)}},
  };
});

}  // namespace
}  // namespace tandem
