#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

TEST(Cummax, OfEqualOnesTheLastCountsAndNanStays) {
  const Tensor x = from_data<double>({1, 3, 3, 2, 5, 4}, {6}).requires_grad_();
  const auto [largest, at] = cummax(x, 0);
  EXPECT_THAT(values(largest), Near({1, 3, 3, 3, 5, 5}));
  EXPECT_EQ(at.to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 2, 2, 4, 4}));
  sum(largest).backward();
  EXPECT_THAT(values(x.grad()), Near({1, 1, 2, 0, 2, 0}));

  const Tensor odd = from_data<double>({2, NAN, 1, NAN}, {4});
  const std::vector<double> smallest = values(cummin(odd, 0)[0]);
  EXPECT_EQ(smallest[0], 2);
  for (int i = 1; i < 4; ++i) EXPECT_TRUE(std::isnan(smallest[std::size_t(i)])) << i;
  EXPECT_EQ(cummin(odd, 0)[1].to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 1, 3}));
}

TEST(Cummax, RunsAlongAnyDim) {
  const Tensor x = from_data<int64_t>({3, 1, 2, 2, 5, 0}, {2, 3});
  EXPECT_EQ(cummax(x, 0)[0].to_vector<int64_t>(), (std::vector<int64_t>{3, 1, 2, 3, 5, 2}));
  EXPECT_EQ(cummin(x, -1)[0].to_vector<int64_t>(), (std::vector<int64_t>{3, 1, 1, 2, 2, 0}));
}

}  // namespace
}  // namespace tandem
