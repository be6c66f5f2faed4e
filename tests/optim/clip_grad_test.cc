#include "tandem/optim/clip_grad.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem::optim {
namespace {

using ::testing::HasSubstr;

std::vector<Tensor> parameters() {
  std::vector<Tensor> all{full({2}, 0.0).requires_grad_(), full({3}, 0.0).requires_grad_(),
                          full({4}, 0.0).requires_grad_()};  // the last has no gradient
  all[0].set_grad(from_data<float>({3, -4}, {2}));
  all[1].set_grad(from_data<float>({0, 12, 0}, {3}));
  return all;
}

TEST(ClipGradNorm, ScalesAllByOneFactor) {
  const auto p = parameters();
  EXPECT_FLOAT_EQ(clip_grad_norm_(p, 6.5).item(), 13);
  EXPECT_NEAR(p[0].grad().to_vector<double>()[1], -2, 1e-6);
  EXPECT_NEAR(p[1].grad().to_vector<double>()[1], 6, 1e-6);
  EXPECT_FALSE(p[2].grad());
  EXPECT_NEAR(clip_grad_norm_(p, 100).item(), 6.5, 1e-5);
  EXPECT_NEAR(p[0].grad().to_vector<double>()[1], -2, 1e-6) << "a small norm is left alone";
}

TEST(ClipGradNorm, KnowsOtherNorms) {
  EXPECT_FLOAT_EQ(clip_grad_norm_(parameters(), 1, 1).item(), 19);
  EXPECT_FLOAT_EQ(clip_grad_norm_(parameters(), 1, std::numeric_limits<double>::infinity()).item(),
                  12);
  EXPECT_FLOAT_EQ(clip_grad_norm_(parameters(), 1, 3).item(), std::cbrt(27.f + 64.f + 1728.f));
}

TEST(ClipGradNorm, RefusesNonfiniteNormsWhenAsked) {
  const auto p = parameters();
  p[0].set_grad(from_data<float>({NAN, 1}, {2}));
  EXPECT_THAT(error_of([&] { clip_grad_norm_(p, 1, 2, true); }), HasSubstr("is non-finite"));
  EXPECT_EQ(p[1].grad().to_vector<float>()[1], 12) << "nothing is changed by an error";
}

TEST(ClipGradValue, Clamps) {
  const auto p = parameters();
  clip_grad_value_(p, 3.5);
  EXPECT_THAT(p[0].grad().to_vector<float>(), ::testing::ElementsAre(3, -3.5));
  EXPECT_THAT(p[1].grad().to_vector<float>(), ::testing::ElementsAre(0, 3.5, 0));
}

}  // namespace
}  // namespace tandem::optim
