#include "tandem/autograd/functional.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Tensor x = from_data({1.0, 2.0}, {2}), y = from_data({3.0, -1.0}, {2});

std::vector<Tensor> product_and_square(std::span<const Tensor> in) {
  return {in[0] * in[1], sum(in[0] * in[0])};
}

TEST(Functional, VjpIsOneReversePass) {
  const Derivative d =
      vjp(product_and_square, {{x, y}}, {{from_data({1.0, 10.0}, {2}), from_data({100.0}, {})}});
  EXPECT_THAT(d.outputs[0].to_vector<double>(), ElementsAre(3, -2));
  EXPECT_THAT(d.gradients[0].to_vector<double>(), ElementsAre(3 + 200, -10 + 400));
  EXPECT_THAT(d.gradients[1].to_vector<double>(), ElementsAre(1, 20));
}

TEST(Functional, JvpIsTheForwardDirection) {
  const Derivative d =
      jvp(product_and_square, {{x, y}}, {{from_data({1.0, 0.0}, {2}), from_data({0.0, 5.0}, {2})}});
  EXPECT_THAT(d.gradients[0].to_vector<double>(), ElementsAre(3, 10));
  EXPECT_THAT(d.gradients[1].to_vector<double>(), ElementsAre(2));
}

TEST(Functional, JvpOfALinearFunctionIsTheFunction) {
  const Tensor m = from_data({1.0, 2.0, 3.0, 4.0}, {2, 2});
  const Derivative d =
      jvp([&](std::span<const Tensor> in) { return std::vector{matmul(m, in[0])}; }, {{x}}, {{y}});
  EXPECT_THAT(d.gradients[0].to_vector<double>(), ElementsAre(1, 5));
}

TEST(Functional, JacobianAndHessian) {
  const Tensor j = jacobian([](const Tensor& t) { return t * t * t; }, x);
  EXPECT_EQ(j.shape(), (Dims{2, 2}));
  EXPECT_THAT(j.to_vector<double>(), ElementsAre(3, 0, 0, 12));
  const Tensor h = hessian([](const Tensor& t) { return sum(t * t * t) + sum(t) * sum(t); }, x);
  EXPECT_THAT(h.to_vector<double>(), ElementsAre(8, 2, 2, 14));
}

TEST(Functional, OutputsThatDependOnNothingGiveZeros) {
  const Tensor j = jacobian([](const Tensor&) { return full({3}, 1, float64); }, x);
  EXPECT_EQ(j.shape(), (Dims{3, 2}));
  EXPECT_EQ(sum(j).item(), 0);
}

TEST(Functional, WrongVectorsAreErrors) {
  EXPECT_THAT(error_of([&] { vjp(product_and_square, {{x, y}}, {{x, x}}); }),
              HasSubstr("vector 1 has shape [2], expected []"));
}

}  // namespace
}  // namespace tandem
