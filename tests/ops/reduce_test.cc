#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tandem/base/thread_pool.h"
#include "tandem/tandem.h"
#include "tests/ops/samples.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;

class Threads {
 public:
  explicit Threads(int n) : saved_(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(saved_); }

 private:
  int saved_;
};

/// Shapes that reduce a run, across runs, columns, and in several pieces.
struct ReduceCase {
  Dims shape, dim;
};
const ReduceCase cases[] = {{{100003}, {}},          {{70000, 3}, {0}},           {{3, 70000}, {1}},
                            {{17, 5, 1031}, {0, 2}}, {{40, 33, 9, 9}, {0, 2, 3}}, {{7, 2100}, {0}},
                            {{2000, 65}, {-1}},      {{5, 6, 7, 8}, {1, 3}}};

/// The stride of a dim of size 1 is nobody's step.
TEST(Reduce, ArgmaxAlongADimOfOneElement) {
  const Tensor x = slice(randn({1, 6}), 1, 0, 6, 6);
  ASSERT_TRUE(x.is_contiguous());
  for (const Tensor& place : {argmax(x, 0), argmin(x, 1), argmax(x, 0, true)})
    EXPECT_EQ(place.to_vector<int64_t>(), std::vector<int64_t>{0});
}

TEST(Reduce, StridesAndThreadsChangeNoBit) {
  for (const ReduceCase& c : cases) {
    const Tensor x = cast(values(c.shape, -1, 1), float32);
    Dims back = Dims::range(x.dim());
    for (int64_t& d : back) d = x.dim() - 1 - d;
    const Tensor turned = permute(contiguous(permute(x, back)), back);
    for (const Tensor& operand : {x, turned}) {
      Tensor one, many;
      {
        Threads threads(1);
        one = sum(operand, c.dim);
      }
      {
        Threads threads(3);
        many = sum(operand, c.dim);
      }
      EXPECT_TRUE(same_bits(one, many)) << text(c.shape, " ", c.dim);
      EXPECT_TRUE(same_bits(one, sum(x, c.dim))) << text(c.shape, " ", c.dim);
    }
  }
}

TEST(Reduce, SumsAreAsExactAsDoublesAllow) {
  for (const ReduceCase& c : cases) {
    const Tensor x = cast(values(c.shape, -1, 1), float32);
    const Tensor expected = sum(cast(x, float64), c.dim);
    const Tensor found = cast(sum(x, c.dim), float64);
    EXPECT_LT(amax(abs(found - expected)).item(), 2e-3) << text(c.shape);
  }
}

TEST(Reduce, HalvesAccumulateInSinglePrecision) {
  const Tensor x = full({4096}, 1, float16);
  EXPECT_EQ(sum(x).item(), 4096);
  EXPECT_EQ(mean(full({70000}, 2, float16)).item(), 2);  // whose sum float16 cannot hold
}

TEST(Reduce, ExtremesKeepNaN) {
  const double nan = std::nan("");
  const Tensor x = from_data<double>({1, nan, 3, 4, 5, 6}, {2, 3});
  EXPECT_TRUE(std::isnan(amax(x).item()));
  EXPECT_EQ(amax(x, 1).to_vector<double>()[1], 6);
  EXPECT_EQ(argmin(x).item<int>(), 1);
  const auto [values, indices] = max(x, 1);
  EXPECT_TRUE(std::isnan(values.to_vector<double>()[0]));
  EXPECT_THAT(indices.to_vector<int>(), ElementsAre(1, 2));
}

TEST(Reduce, EqualExtremesShareTheGradient) {
  Tensor x = from_data<double>({2, 1, 2}, {3}).requires_grad_();
  amax(x).backward();
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(0.5, 0, 0.5));
  Tensor y = from_data<double>({2, 1, 2}, {3}).requires_grad_();
  max(y, 0)[0].backward();
  EXPECT_THAT(y.grad().to_vector<double>(), ElementsAre(1, 0, 0));
}

TEST(Reduce, NothingHasTheNeutralElement) {
  const Tensor x = zeros({0});
  EXPECT_EQ(sum(x).item(), 0);
  EXPECT_EQ(prod(x).item(), 1);
  EXPECT_TRUE(std::isnan(mean(x).item()));
  EXPECT_FALSE(any(x).item<bool>());
  EXPECT_TRUE(all(x).item<bool>());
  EXPECT_EQ(logsumexp(x, 0).item(), -INFINITY);
}

/// Long lines are searched in chunks and lanes, lines beside each other row by row.
TEST(Reduce, PlacesOfExtremes) {
  for (DType dtype : {float32, float64, float16, int64, int32, uint8}) {
    const int64_t n = 5000;
    const Tensor x = cast(remainder(arange(0, n) * 7919, 199), dtype);
    const std::vector<double> line = x.to_vector<double>();
    const auto first = [&](auto best) { return best - line.begin(); };
    EXPECT_EQ(argmax(x).item<int64_t>(), first(std::ranges::max_element(line)));
    EXPECT_EQ(argmin(x).item<int64_t>(), first(std::ranges::min_element(line)));
    const Tensor grid = reshape(x, {50, 100});
    for (int64_t column : {0, 63, 64, 99})
      EXPECT_EQ(select(argmax(grid, 0), 0, column).item<int64_t>(),
                argmax(select(grid, 1, column)).item<int64_t>());
  }
  Tensor odd = cast(arange(0, 6000), float32);
  select(odd, 0, 4500).copy_(full({}, NAN)), select(odd, 0, 4400).copy_(full({}, NAN));
  EXPECT_EQ(argmax(odd).item<int64_t>(), 4400);
  EXPECT_EQ(argmin(odd).item<int64_t>(), 4400);
  const Tensor columns = expand(unsqueeze(odd, 1), {6000, 3});
  EXPECT_THAT(argmax(contiguous(columns), 0).to_vector<int64_t>(), ElementsAre(4400, 4400, 4400));
  EXPECT_EQ(argmin(full({100}, INFINITY)).item<int64_t>(), 0);
}

TEST(Reduce, ProductsWithZerosHaveGradients) {
  Tensor x = from_data<double>({2, 0, 4}, {3}).requires_grad_();
  prod(x).backward();
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(0, 8, 0));
  Tensor y = from_data<double>({2, 0, 4, 0}, {4}).requires_grad_();
  sum(cumprod(y, 0)).backward();
  EXPECT_THAT(y.grad().to_vector<double>(), ElementsAre(1, 10, 0, 0));
}

}  // namespace
}  // namespace tandem
