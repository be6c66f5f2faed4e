// The fused updates on every target, at every length about a vector.
#include <gtest/gtest.h>

#include <cmath>

#include "tandem/ops/optimizer.h"
#include "tests/cpu/every_target.h"

namespace tandem {
namespace {

Tensor positive(int seed, int64_t n, DType dtype) {
  std::vector<double> v;
  for (int64_t i = 0; i < n; ++i) v.push_back(0.1 + std::fabs(std::sin(seed + 0.7 * double(i))));
  return cast(from_data(v, {n}), dtype);
}

template <class Op>
void check(const Op& op, const std::vector<Tensor>& operands) {
  SCOPED_TRACE(Op::signature.name());
  std::vector<const Tensor*> in;
  for (const Tensor& t : operands) in.push_back(&t);
  std::vector<Tensor> parts(std::size(Op::results));
  decompose(info_of<Op>, &op, in, parts.data());
  testing::expect_equal_on_every_target(
      [&] {
        std::vector<Tensor> results(std::size(Op::results));
        apply(info_of<Op>, &op, in, results.data(), Location::current());
        return results;
      },
      [&](const std::vector<Tensor>& results) {
        const double tolerance = operands[0].dtype() == float64 ? 1e-13 : 2e-6;
        for (std::size_t r = 0; r < results.size(); ++r) {
          const auto a = results[r].to_vector<double>(), b = parts[r].to_vector<double>();
          for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
        }
      });
}

TEST(Optimizer, UpdatesAreTheSameOnEveryTarget) {
  for (DType dtype : {float32, float64})
    for (int64_t n : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 100}) {
      SCOPED_TRACE(text(dtype, " n=", n));
      const auto value = [&](int seed) { return positive(seed, n, dtype); };
      const Tensor unused = empty({0}, dtype), lr = full({}, 0.05, float64), step = full({}, 3.0);
      const Tensor moving = from_data<double>({0.05, 0.7}, {2});
      check(SgdStep{.weight_decay = 0.1}, {value(1), value(2), unused, lr});
      check(SgdStep{0.9, 0.2, 0.1, true, false, false}, {value(1), value(2), value(3), lr});
      check(AdamStep{0.9, 0.99, 1e-8, 0.1, true, true, false},
            {value(1), value(2), value(3), value(4), value(5), step, lr});
      check(RmspropStep{0.9, 1e-3, 0.1, 0.8, true, false},
            {value(1), value(2), value(3) + 2, value(4), value(5), lr});
      check(SgdStep{.nesterov = true}, {value(1), value(2), value(3), moving});
      check(AdamStep{}, {value(1), value(2), value(3), value(4), unused, step, moving});
      check(RmspropStep{0.9, 1e-3, 0.1},
            {value(1), value(2), value(3) + 2, value(4), unused, moving});
      check(AdagradStep{0.1, 0.1, 1e-3, false}, {value(1), value(2), value(3), step, lr});
      check(AdadeltaStep{0.9, 1e-3, 0.1, false}, {value(1), value(2), value(3), value(4), lr});
    }
}

}  // namespace
}  // namespace tandem
