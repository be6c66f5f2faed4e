// What resampling means, on numbers worked out by hand and by PyTorch's rules.
#include <gtest/gtest.h>

#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor line(std::initializer_list<double> v) { return from_data(v, {1, 1, int64_t(v.size())}); }

TEST(Interpolate, NearestReadsTheFloorOfThePlace) {
  const Tensor x = line({0, 1, 2, 3, 4});
  EXPECT_THAT(values(interpolate(x, 10)), Near({0, 0, 1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_THAT(values(interpolate(x, 3)), Near({0, 1, 3}));                       // 0, 1.67, 3.33
  EXPECT_THAT(values(interpolate(x, 3, {}, "nearest-exact")), Near({0, 2, 4}));  // 0.83, 2.5, 4.17
  EXPECT_THAT(values(interpolate(x, 7)), Near({0, 0, 1, 2, 2, 3, 4}));
  EXPECT_THAT(values(interpolate(x, {}, 1.5)), Near({0, 0, 1, 2, 2, 3, 4}));
}

TEST(Interpolate, LinearWeighsTheTwoNeighbours) {
  const Tensor x = line({0, 10, 30});
  EXPECT_THAT(values(interpolate(x, 6, {}, "linear")), Near({0, 2.5, 7.5, 15, 25, 30}));
  EXPECT_THAT(values(interpolate(x, 5, {}, "linear", true)), Near({0, 5, 10, 20, 30}));
  EXPECT_THAT(values(interpolate(x, 2, {}, "linear")), Near({2.5, 25}));
  EXPECT_THAT(values(interpolate(x, 1, {}, "linear", true)), Near({0}));
  // The given factor counts, not the quotient of the sizes: 3 * 1.5 = 4.5 gives 4.
  EXPECT_THAT(values(interpolate(x, {}, 1.5, "linear")), Near({0, 5, 40.0 / 3, 80.0 / 3}));
}

TEST(Interpolate, BilinearIsLinearAlongEachDim) {
  const Tensor x = counting({1, 1, 2, 2});
  EXPECT_THAT(values(interpolate(x, 3, {}, "bilinear", true)),
              Near({0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3}));
  EXPECT_THAT(
      values(interpolate(x, {}, 2, "bilinear")),
      Near({0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3}));
  // Equal sizes change nothing, to the bit.
  const Tensor y = waves({2, 3, 4, 5}, 0.7);
  EXPECT_EQ(values(interpolate(y, {4, 5}, {}, "bilinear")), values(y));
}

TEST(Interpolate, WorksInEveryRankAndDtype) {
  const Tensor volume = counting({1, 1, 1, 2, 2});
  EXPECT_EQ(interpolate(volume, {3, 4, 2}).shape(), (Dims{1, 1, 3, 4, 2}));
  EXPECT_EQ(interpolate(volume, {3, 4, 2}, {}, "trilinear").shape(), (Dims{1, 1, 3, 4, 2}));
  const Tensor bytes = cast(counting({1, 1, 2, 2}), uint8);
  EXPECT_EQ(interpolate(bytes, {}, 2).dtype(), uint8);
  EXPECT_THROW(interpolate(bytes, {}, 2, "bilinear"), Error);
}

}  // namespace
}  // namespace tandem
