// The example models: as many parameters as in PyTorch, every one of which learns.
#include <gtest/gtest.h>

#include "examples/models/char_lstm.h"
#include "examples/models/cnn.h"
#include "examples/models/gpt.h"
#include "examples/models/mlp.h"
#include "examples/models/resnet20.h"
#include "tandem/tandem.h"

namespace tandem::models {
namespace {

void expect_model(nn::Module& model, const Tensor& input, const Dims& output, int64_t parameters) {
  int64_t count = 0;
  for (const Tensor& p : model.parameters()) count += p.numel();
  EXPECT_EQ(count, parameters);
  const Tensor y = model(input);
  ASSERT_EQ(y.shape(), output);
  sum(y * y).backward();
  for (const auto& [name, p] : model.named_parameters()) {
    ASSERT_TRUE(p.grad()) << name;
    EXPECT_GT(sum(p.grad() * p.grad()).item(), 0) << name;
  }
}

Tensor ids(const Dims& shape) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < shape.product(); ++i) values.push_back(i * 7 % 65);
  return from_data(values, shape);
}
Tensor wave(const Dims& shape) {
  std::vector<float> values;
  for (int64_t i = 0; i < shape.product(); ++i) values.push_back(float(std::sin(double(i))));
  return from_data(values, shape);
}

TEST(Models, Mlp) {
  nn::Sequential net = mlp({784, 512, 512, 10});
  expect_model(net, wave({2, 784}), {2, 10}, 669706);
}
TEST(Models, Cnn) {
  Cnn net;
  expect_model(net, wave({2, 1, 28, 28}), {2, 10}, 1199882);
}
TEST(Models, Resnet20) {
  nn::Sequential net = resnet20();
  expect_model(net, wave({2, 3, 32, 32}), {2, 10}, 272474);
}
TEST(Models, Gpt) {
  Gpt net;
  // Every token and position takes part, so that every row learns.
  expect_model(net, ids({2, 64}), {2, 64, 65}, 818176);
}
TEST(Models, CharLstm) {
  CharLstm net;
  expect_model(net, ids({2, 8}), {2, 8, 65}, 420289);
}

}  // namespace
}  // namespace tandem::models
