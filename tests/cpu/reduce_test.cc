// Reductions at every length about the 16 lanes and in every order of dims, on every target.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/cpu/every_target.h"

namespace tandem {
namespace {

Tensor numbers(const Dims& shape, DType dtype) {
  std::vector<double> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = double((i * 37 + 11) % 23) / 8 - 1.25;
  return cast(from_data(v, shape), dtype);
}

/// What each reduces to along dim 1 of x: [3, n], in f64.
struct Expected {
  double sum = 0, product = 1, largest = -INFINITY, smallest = INFINITY;
  explicit Expected(const Tensor& row) {
    for (double v : row.to_vector<double>()) {
      sum += v;
      product *= v;
      largest = std::max(largest, v);
      smallest = std::min(smallest, v);
    }
  }
};

TEST(Reduce, FollowsItsDefinitionAtEveryLengthOnEveryTarget) {
  for (DType dtype : {float32, float64, float16, bfloat16, int32, int64, uint8})
    for (int64_t n : {1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200}) {
      SCOPED_TRACE(text(dtype, " n=", n));
      const Tensor x = numbers({3, n}, dtype),
                   turned = transpose(contiguous(transpose(x, 0, 1)), 0, 1);
      const auto all_of = [&](const Tensor& x) {
        return std::vector{sum(x, 1), amax(x, 1), amin(x, 1), argmax(x, 1), cumsum(x, 1)};
      };
      const auto check = [&](const std::vector<Tensor>& y) {
        const double t = dtype == float64     ? 1e-13
                         : dtype == float32   ? 1e-5
                         : is_floating(dtype) ? 1e-2
                                              : 0;
        for (int64_t r = 0; r < 3; ++r) {
          const Tensor row = select(x, 0, r);
          const Expected e(row);
          const double total = select(y[0], 0, r).item();
          EXPECT_NEAR(total, e.sum, t * (1 + std::abs(e.sum)));
          EXPECT_EQ(select(y[1], 0, r).item(), e.largest);
          EXPECT_EQ(select(y[2], 0, r).item(), e.smallest);
          EXPECT_EQ(row.to_vector<double>()[std::size_t(select(y[3], 0, r).item())], e.largest);
        }
      };
      testing::expect_equal_on_every_target([&] { return all_of(x); }, check);
      testing::expect_equal_on_every_target([&] { return all_of(turned); }, check);
    }
}

TEST(Reduce, ProductsTruthsAndMeansOnEveryTarget) {
  for (int64_t n : {1, 5, 16, 21, 48}) {
    const Tensor x = numbers({3, n}, float64), yes = ne(numbers({3, n}, int32), 0);
    testing::expect_equal_on_every_target(
        [&] { return std::vector{prod(x, 1), mean(x, 1), any(yes, 1), all(yes, 1)}; },
        [&](const std::vector<Tensor>& y) {
          for (int64_t r = 0; r < 3; ++r) {
            const Expected e(select(x, 0, r)), truth(cast(select(yes, 0, r), float64));
            const double product = select(y[0], 0, r).item();
            EXPECT_NEAR(product, e.product, 1e-12 * (1 + std::abs(e.product)));
            EXPECT_NEAR(select(y[1], 0, r).item(), e.sum / double(n), 1e-13);
            EXPECT_EQ(select(y[2], 0, r).item(), truth.largest);
            EXPECT_EQ(select(y[3], 0, r).item(), truth.smallest);
          }
        });
  }
}

/// Long enough for several tasks, over inner, outer, middle and all dims.
TEST(Reduce, LargeOnesHaveOneOrderOnEveryTarget) {
  const Tensor x = reshape(sin(arange(60 * 61 * 37, float32) * 0.37), {60, 61, 37});
  testing::expect_equal_on_every_target([&] {
    return std::vector{sum(x), sum(x, 0), sum(x, 1), sum(x, 2), sum(x, {0, 2}), mean(x, {0, 1})};
  });
}

}  // namespace
}  // namespace tandem
