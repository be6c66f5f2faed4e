#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor counting(const Dims& shape) {
  return reshape(cast(arange(0, shape.product()), float64), shape);
}
Tensor places(std::initializer_list<int64_t> values) {
  return from_data(values, {int64_t(values.size())});
}
TEST(Index, NeighboursStayInPlaceAndOthersGoFirst) {
  const Tensor x = counting({2, 3, 4});
  const Tensor a = index(x, {Tensor(), places({2, 0}), places({1, -1})});
  EXPECT_EQ(a.shape(), (Dims{2, 2}));
  EXPECT_THAT(a.to_vector<int>(), ElementsAre(9, 3, 21, 15));
  const Tensor b = index(x, {places({0, 1}), Tensor(), places({1, 2})});
  EXPECT_EQ(b.shape(), (Dims{2, 3}));
  EXPECT_THAT(b.to_vector<int>(), ElementsAre(1, 5, 9, 14, 18, 22));
}

TEST(Index, StridedOperandsAndBroadcastIndices) {
  const Tensor x = transpose(counting({3, 4}), 0, 1);
  const Tensor rows = unsqueeze(places({3, 0}), 1);
  const Tensor y = index(x, {rows, places({2, 1})});
  EXPECT_EQ(y.shape(), (Dims{2, 2}));
  EXPECT_THAT(y.to_vector<int>(), ElementsAre(11, 7, 8, 4));
  EXPECT_THAT(index(x, {places({1})}).to_vector<int>(), ElementsAre(1, 5, 9));
}

TEST(Index, MasksAreTheirPlaces) {
  const Tensor x = counting({2, 3});
  EXPECT_THAT(index(x, {gt(x, 2)}).to_vector<int>(), ElementsAre(3, 4, 5));
  EXPECT_THAT(masked_select(x, lt(x, 2)).to_vector<int>(), ElementsAre(0, 1));
}

TEST(Index, RepeatedPlacesAccumulateInOrder) {
  const Tensor x = zeros({3}, float64);
  const Tensor values = from_data<double>({1, 2, 4}, {3});
  const Tensor at = places({1, 1, -1});
  EXPECT_THAT(index_put(x, {at}, values, true).to_vector<int>(), ElementsAre(0, 3, 4));
  EXPECT_THAT(index_put(x, {at}, values).to_vector<int>(), ElementsAre(0, 2, 4));
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(0, 0, 0));
}

TEST(Index, GradientReturnsToThePlaces) {
  Tensor x = counting({3, 2}).requires_grad_();
  sum(index(x, {places({0, 2, 0})}) * 3).backward();
  EXPECT_THAT(x.grad().to_vector<int>(), ElementsAre(6, 6, 0, 0, 3, 3));
}

TEST(Index, OutOfBoundsSaysWhichAndWhere) {
  const Tensor x = counting({2, 3});
  EXPECT_THAT(error_of([&] { index(x, {Tensor(), places({0, 3})}); }),
              HasSubstr("index 3 is out of bounds for dim 1 of size 3"));
  EXPECT_THAT(error_of([&] { index_put(x, {places({-3})}, zeros({}, float64)); }),
              HasSubstr("index -3"));
  EXPECT_THAT(error_of([&] { index(x, {places({0}), places({0}), places({0})}); }),
              HasSubstr("too many indices"));
  EXPECT_THAT(error_of([&] { index(x, {places({0, 1}), places({0, 1, 2})}); }),
              HasSubstr("do not broadcast"));
}

TEST(Index, ScattersAndFillsAlongADim) {
  const Tensor x = counting({2, 2});
  EXPECT_THAT(index_select(x, 1, places({1, 1, 0})).to_vector<int>(),
              ElementsAre(1, 1, 0, 3, 3, 2));
  EXPECT_THAT(index_add(x, 0, places({1}), full({1, 2}, 1, float64), 10).to_vector<int>(),
              ElementsAre(0, 1, 12, 13));
  EXPECT_THAT(index_fill(x, 1, places({0}), 7).to_vector<int>(), ElementsAre(7, 1, 7, 3));
  EXPECT_THAT(masked_fill(x, gt(x, 1), -1).to_vector<int>(), ElementsAre(0, 1, -1, -1));
}

}  // namespace
}  // namespace tandem
