// Custom functions, hooks, anomaly detection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor vector_of(std::initializer_list<double> values) {
  return from_data(values, {int64_t(values.size())});
}

/// x^3, whose backward says 3 x^2 (and is differentiated again through public ops).
CustomFunction cube() {
  return {"cube",
          [](FunctionContext& c, std::span<const Tensor> in) {
            c.save_for_backward({in[0]});
            return std::vector{in[0] * in[0] * in[0]};
          },
          [](FunctionContext& c, std::span<const Tensor> dy) {
            const Tensor x = c.saved_tensors()[0];
            return std::vector{dy[0] * x * x * 3};
          }};
}

TEST(CustomFunction, HasItsOwnGradientTwice) {
  Tensor x = vector_of({2, -1}).requires_grad_();
  Tensor y = apply_function(cube(), {{x}})[0];
  EXPECT_THAT(y.to_vector<double>(), ElementsAre(8, -1));
  EXPECT_TRUE(y.requires_grad());
  Tensor g = grad(sum(y), std::span(&x, 1), true)[0];
  EXPECT_THAT(g.to_vector<double>(), ElementsAre(12, 3));
  EXPECT_THAT(grad(sum(g), std::span(&x, 1))[0].to_vector<double>(), ElementsAre(12, -6));
}

TEST(CustomFunction, SeesWritesToWhatItSaved) {
  Tensor x = vector_of({2}).requires_grad_();
  Tensor h = x * 1;
  Tensor y = apply_function(cube(), {{h}})[0];
  {
    NoGrad off;
    h.add_(1);
  }
  EXPECT_THAT(error_of([&] { sum(y).backward(); }), HasSubstr("modified by an inplace operation"));
}

TEST(CustomFunction, WrongNumberOfGradientsIsAnError) {
  CustomFunction bad{
      "bad",
      [](FunctionContext&, std::span<const Tensor> in) { return std::vector{in[0] + in[1]}; },
      [](FunctionContext&, std::span<const Tensor> dy) { return std::vector{dy[0]}; }};
  Tensor x = vector_of({2}).requires_grad_();
  Tensor y = apply_function(bad, {{x, x}})[0];
  EXPECT_THAT(error_of([&] { sum(y).backward(); }), HasSubstr("expected one an input: 2"));
}

TEST(Hooks, ReplaceGradientsAndCanBeRemoved) {
  Tensor x = vector_of({1, 2}).requires_grad_();
  Tensor h = x * 3;
  HookHandle handle = register_hook(h, [](const Tensor& g) { return g * 10; });
  int calls = 0;
  register_hook(x, [&](const Tensor&) {
    ++calls;
    return Tensor();
  });
  sum(h).backward({}, true);
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(30, 30));
  handle.remove();
  handle.remove();
  sum(h).backward();
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(33, 33));
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(error_of([] { register_hook(vector_of({1}), [](const Tensor& g) { return g; }); }),
              HasSubstr("doesn't require gradient"));
}

TEST(Hooks, RetainGradFillsANonLeaf) {
  Tensor x = vector_of({1, 2}).requires_grad_();
  Tensor h = x * 3;
  EXPECT_FALSE(h.grad());
  h.retain_grad();
  sum(h * h).backward();
  EXPECT_THAT(h.grad().to_vector<double>(), ElementsAre(6, 12));
}

TEST(Anomaly, NamesTheOpAndLineOfTheFirstNan) {
  DetectAnomaly on;
  Tensor x = vector_of({0}).requires_grad_();
  const std::string said = error_of([&] { x / x * 2; });
  EXPECT_THAT(said, HasSubstr("div: made the first NaN at"));
  EXPECT_THAT(said, HasSubstr("function_test.cc"));
}

TEST(InferenceMode, ItsTensorsStayOutOfRecordedComputation) {
  Tensor x;
  {
    InferenceMode on;
    x = vector_of({1, 2}) * 2;
  }
  Tensor w = vector_of({1, 1}).requires_grad_();
  EXPECT_THAT(error_of([&] { x* w; }), HasSubstr("InferenceMode"));
  EXPECT_THAT((clone(x) * w).to_vector<double>(), ElementsAre(2, 4));
}

}  // namespace
}  // namespace tandem
