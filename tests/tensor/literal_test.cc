#include "tandem/tensor/literal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Literal, ShapesFollowTheBraces) {
  EXPECT_EQ(tensor(2.5).shape(), Dims());
  EXPECT_EQ(tensor({}).shape(), Dims({0}));
  EXPECT_EQ(tensor({3}).shape(), Dims({1}));
  EXPECT_EQ(tensor({{3}}).shape(), Dims({1, 1}));
  EXPECT_EQ(tensor({{}, {}}).shape(), Dims({2, 0}));
  EXPECT_EQ(tensor({{1, 2, 3}, {4, 5, 6}}).shape(), Dims({2, 3}));
  EXPECT_EQ(tensor({{{1, 2}}, {{3, 4}}, {{5, 6}}}).shape(), Dims({3, 1, 2}));
  EXPECT_THAT(tensor({{1, 2}, {3, 4}}).to_vector<int>(), ElementsAre(1, 2, 3, 4));
}

TEST(Literal, DtypeIsTheLeastThatHoldsAll) {
  EXPECT_EQ(tensor(true).dtype(), boolean);
  EXPECT_EQ(tensor({true, false}).dtype(), boolean);
  EXPECT_EQ(tensor({1, 2}).dtype(), int64);
  EXPECT_EQ(tensor({true, 2}).dtype(), int64);
  EXPECT_EQ(tensor({{1, 2}, {3, 4.5}}).dtype(), float32);
  EXPECT_EQ(tensor({1.5f}).dtype(), float32);
  EXPECT_EQ(tensor({}).dtype(), float32);
  EXPECT_EQ(tensor({1, 2}, float64).dtype(), float64);
  EXPECT_EQ(tensor({Half(1.5f)}, float16).dtype(), float16);
}

TEST(Literal, ConvertsAsPyTorch) {
  EXPECT_THAT(tensor({1.9, -1.9}, int32).to_vector<int>(), ElementsAre(1, -1));
  EXPECT_THAT(tensor({0, 2, 0.5}, boolean).to_vector<int>(), ElementsAre(0, 1, 1));
  const int64_t odd = (int64_t{1} << 53) + 1;  // no double holds it
  EXPECT_EQ(tensor({odd}).item<int64_t>(), odd);
  EXPECT_EQ(tensor(1e300, float32).item(), std::numeric_limits<double>::infinity());
}

TEST(Literal, Errors) {
  EXPECT_THAT(error_of([] { tensor({{1, 2}, {3}}); }), HasSubstr("part 1 has shape [1]"));
  EXPECT_THAT(error_of([] { tensor({{1, 2}, 3}); }), HasSubstr("part 1 has shape []"));
  EXPECT_THAT(error_of([] { tensor({300}, uint8); }), HasSubstr("uint8 cannot hold 300"));
  EXPECT_THAT(error_of([] { tensor({-1}, uint8); }), HasSubstr("0..255"));
  EXPECT_THAT(error_of([] { tensor(NAN, int64); }), HasSubstr("cannot convert nan"));
}

}  // namespace
}  // namespace tandem
