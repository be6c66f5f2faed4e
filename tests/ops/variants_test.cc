#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/ops/samples.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> sizes(const std::vector<Tensor>& parts, int dim = 0) {
  std::vector<int64_t> list;
  for (const Tensor& t : parts) list.push_back(t.size(dim));
  return list;
}

TEST(Variants, SplitsAreViews) {
  const Tensor x = arange(10);
  EXPECT_THAT(sizes(split(x, 4)), ElementsAre(4, 4, 2));
  EXPECT_THAT(sizes(chunk(x, 4)), ElementsAre(3, 3, 3, 1));
  EXPECT_THAT(sizes(tensor_split(x, 3)), ElementsAre(4, 3, 3));
  EXPECT_THAT(sizes(split(x, std::vector<int64_t>{1, 9})), ElementsAre(1, 9));
  EXPECT_EQ(split(x, 4)[1].impl()->storage, x.impl()->storage);
  EXPECT_EQ(unbind(reshape(x, {2, 5}), 1).size(), 5u);
  EXPECT_THROW(split(x, std::vector<int64_t>{1, 2}), Error);
}

/// As cast() converts: towards zero, and wrapped to the width where it does not fit.
TEST(Variants, LinesOfIntegersConvertAsCastsDo) {
  for (const DType dtype : {DType::u8, DType::i8, DType::i32})
    EXPECT_TRUE(same_bits(linspace(-1.5, 300.5, 5, dtype),
                          cast(linspace(-1.5, 300.5, 5, DType::f64), dtype)))
        << name(dtype);
}

TEST(Variants, ArangeInfersItsDtype) {
  EXPECT_EQ(arange(3).dtype(), int64);
  EXPECT_EQ(arange(3.0).dtype(), float32);
  EXPECT_EQ(full({2}, 1).dtype(), int64);
  EXPECT_EQ(full({2}, 1.5).dtype(), float32);
  EXPECT_EQ(full({2}, true).dtype(), boolean);
}

TEST(Variants, IntegerArithmeticFollowsPyTorch) {
  const Tensor a = integers({-7, 7, -7}), b = integers({2, -2, -2});
  EXPECT_THAT(floor_divide(a, b).to_vector<int>(), ElementsAre(-4, -4, 3));
  EXPECT_THAT(remainder(a, b).to_vector<int>(), ElementsAre(1, -1, -1));
  EXPECT_THAT(fmod(a, b).to_vector<int>(), ElementsAre(-1, 1, -1));
  EXPECT_THAT(div(a, b, "trunc").to_vector<int>(), ElementsAre(-3, -3, 3));
  EXPECT_EQ(div(a, b).dtype(), float32);
  EXPECT_THROW(floor_divide(a, 0), Error);
  EXPECT_THROW(pow(a, -1), Error);
  EXPECT_EQ(pow(a, 2).dtype(), int64);
  EXPECT_EQ(sqrt(a).dtype(), float32);
}

TEST(Variants, TiesShareTheGradient) {
  Tensor a = values({3}).requires_grad_(), b = a.detach();
  b = clone(b).requires_grad_();
  sum(maximum(a, b)).backward();
  EXPECT_THAT(a.grad().to_vector<double>(), ElementsAre(0.5, 0.5, 0.5));
  EXPECT_THAT(b.grad().to_vector<double>(), ElementsAre(0.5, 0.5, 0.5));
  Tensor x = from_data<double>({-1, 0, 1, 2}, {4}).requires_grad_();
  sum(clamp(x, 0, 1)).backward();
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(0, 1, 1, 0));
}

TEST(Variants, PowersOfZeroHaveFiniteGradients) {
  Tensor x = from_data<double>({0, 2}, {2}).requires_grad_();
  Tensor n = from_data<double>({0, 3}, {2}).requires_grad_();
  sum(pow(x, n)).backward();
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(0, 12));
  EXPECT_EQ(n.grad().to_vector<double>()[0], 0);
}

TEST(Variants, ComparesWholeTensors) {
  const Tensor x = values({2, 3});
  EXPECT_TRUE(equal(x, clone(x)));
  EXPECT_FALSE(equal(x, x + 1e-9));
  EXPECT_TRUE(allclose(x, x + 1e-9));
  EXPECT_FALSE(equal(x, reshape(x, {3, 2})));
}

TEST(Variants, UniqueAndGrids) {
  const auto [values, inverse, counts] = unique(integers({3, 1, 3, 2, 1, 3}));
  EXPECT_THAT(values.to_vector<int>(), ElementsAre(1, 2, 3));
  EXPECT_THAT(inverse.to_vector<int>(), ElementsAre(2, 0, 2, 1, 0, 2));
  EXPECT_THAT(counts.to_vector<int>(), ElementsAre(2, 1, 3));
  const auto grids = meshgrid({integers({1, 2}), integers({3, 4, 5})}, "xy");
  EXPECT_EQ(grids[0].shape(), (Dims{3, 2}));
  EXPECT_THAT(grids[0].to_vector<int>(), ElementsAre(1, 2, 1, 2, 1, 2));
  EXPECT_THAT(grids[1].to_vector<int>(), ElementsAre(3, 3, 4, 4, 5, 5));
}

}  // namespace
}  // namespace tandem
