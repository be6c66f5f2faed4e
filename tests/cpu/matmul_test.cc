#include <gtest/gtest.h>

#include <random>

#include "tandem/base/thread_pool.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

Tensor random_tensor(const Dims& shape, DType dtype, int seed) {
  std::mt19937 bits(seed);
  std::vector<double> values(shape.product());
  for (double& v : values) v = is_floating(dtype) ? bits() * 0x1p-29 - 4 : double(bits() % 8) - 4;
  return cast(from_data(values, shape), dtype);
}

/// matmul element by element in double, through broadcasting: sum(a[..., :, :, None] * b[..., None,
/// :, :], dim=-2).
std::vector<double> reference(const Tensor& a, const Tensor& b) {
  const Tensor x = a.dim() == 1 ? unsqueeze(a, 0) : a, y = b.dim() == 1 ? unsqueeze(b, 1) : b;
  const Tensor wide_x = cast(unsqueeze(x, -1), DType::f64),
               wide_y = cast(unsqueeze(y, -3), DType::f64);
  return sum(mul(wide_x, wide_y), {-2}).to_vector<double>();
}

void check(const Tensor& a, const Tensor& b, const Dims& shape) {
  SCOPED_TRACE(text(a.type(), " @ ", b.type()));
  const Tensor y = matmul(a, b);
  EXPECT_EQ(y.shape(), shape);
  EXPECT_EQ(y.dtype(), a.dtype());
  const std::vector<double> got = y.to_vector<double>(), expected = reference(a, b);
  ASSERT_EQ(got.size(), expected.size());
  const double scale = a.dtype() == DType::f16 ? 1e-3 : a.dtype() == DType::bf16 ? 8e-3 : 1e-5;
  for (size_t i = 0; i < got.size(); ++i) {
    const double tolerance = is_floating(a.dtype()) ? scale * (16 + std::abs(expected[i])) : 0;
    ASSERT_NEAR(got[i], expected[i], tolerance) << "element " << i;
  }
}

class MatmulKernel : public ::testing::TestWithParam<DType> {};

TEST_P(MatmulKernel, VectorsMatricesAndBatches) {
  const DType t = GetParam();
  check(random_tensor({5}, t, 1), random_tensor({5}, t, 2), {});
  check(random_tensor({5}, t, 1), random_tensor({5, 3}, t, 2), {3});
  check(random_tensor({4, 5}, t, 1), random_tensor({5}, t, 2), {4});
  check(random_tensor({4, 5}, t, 1), random_tensor({5, 3}, t, 2), {4, 3});
  check(random_tensor({2, 3, 4, 5}, t, 1), random_tensor({5, 6}, t, 2), {2, 3, 4, 6});
  check(random_tensor({2, 3, 4, 5}, t, 1), random_tensor({5}, t, 2), {2, 3, 4});
  check(random_tensor({4, 5}, t, 1), random_tensor({2, 3, 5, 6}, t, 2), {2, 3, 4, 6});
  check(random_tensor({5}, t, 1), random_tensor({2, 5, 6}, t, 2), {2, 6});
  check(random_tensor({2, 1, 4, 5}, t, 1), random_tensor({3, 5, 6}, t, 2), {2, 3, 4, 6});
}

TEST_P(MatmulKernel, EmptySizes) {
  const DType t = GetParam();
  check(random_tensor({0, 5}, t, 1), random_tensor({5, 3}, t, 2), {0, 3});
  check(random_tensor({4, 5}, t, 1), random_tensor({5, 0}, t, 2), {4, 0});
  check(random_tensor({2, 0, 4}, t, 1), random_tensor({2, 4, 3}, t, 2), {2, 0, 3});
  const Tensor zeros = matmul(random_tensor({3, 0}, t, 1), random_tensor({0, 2}, t, 2));
  EXPECT_EQ(zeros.to_vector<double>(), std::vector<double>(6, 0.0));
}

TEST_P(MatmulKernel, AnyStrides) {
  const DType t = GetParam();
  const Tensor a = random_tensor({5, 7, 6}, t, 1), b = random_tensor({6, 7, 5}, t, 2);
  check(permute(a, {2, 0, 1}), permute(b, {0, 1, 2}), {6, 5, 5});
  check(permute(a, {0, 2, 1}), random_tensor({7, 3}, t, 3), {5, 6, 3});
  check(slice(random_tensor({9, 20}, t, 1), 1, 0, 20, 2),
        permute(random_tensor({3, 10}, t, 2), {1, 0}), {9, 3});
  check(expand(random_tensor({1, 4, 5}, t, 1), {3, 4, 5}), random_tensor({5, 2}, t, 2), {3, 4, 2});
}

INSTANTIATE_TEST_SUITE_P(DTypes, MatmulKernel,
                         ::testing::Values(DType::f32, DType::f64, DType::f16, DType::bf16,
                                           DType::i64, DType::i32, DType::i16, DType::i8),
                         [](const auto& info) { return text(info.param); });

TEST(Matmul, IntegersWrapAround) {
  const Tensor a = from_data<int64_t>({100, 100}, {2});
  const Tensor y = matmul(cast(a, DType::i8), cast(a, DType::i8));
  EXPECT_EQ(y.item<int64_t>(), int8_t(20000));
  const Tensor u = matmul(cast(a, DType::u8), cast(a, DType::u8));
  EXPECT_EQ(u.item<int64_t>(), uint8_t(20000));
  const Tensor large = from_data<int64_t>({int64_t{1} << 62, int64_t{1} << 62}, {2});
  EXPECT_EQ(matmul(large, from_data<int64_t>({1, 1}, {2})).item<int64_t>(),
            std::numeric_limits<int64_t>::min());
}

TEST(Matmul, BoolIsRefused) {
  const Tensor a = cast(from_data<float>({1, 0}, {2}), DType::boolean);
  EXPECT_ERROR(matmul(a, a), ErrorCode::dtype,
               "matmul: is not defined for bool: cast to an integer dtype");
}

TEST(Matmul, GradientOfASharedMatrix) {
  Tensor x = random_tensor({3, 4, 5}, DType::f64, 1), w = random_tensor({5, 2}, DType::f64, 2);
  x.requires_grad_(), w.requires_grad_();
  const Tensor dy = random_tensor({3, 4, 2}, DType::f64, 3);
  matmul(x, w).backward(dy);
  EXPECT_EQ(w.grad().shape(), (Dims{5, 2}));
  const Tensor rows = reshape(x.detach(), {12, 5}), row_dy = reshape(dy, {12, 2});
  const auto dw = w.grad().to_vector<double>(), dx = x.grad().to_vector<double>();
  const auto expected_dw = reference(permute(rows, {1, 0}), row_dy),
             expected_dx = reference(row_dy, permute(w.detach(), {1, 0}));
  for (size_t i = 0; i < dw.size(); ++i) EXPECT_NEAR(dw[i], expected_dw[i], 1e-12);
  for (size_t i = 0; i < dx.size(); ++i) EXPECT_NEAR(dx[i], expected_dx[i], 1e-12);
}

TEST(Matmul, ThreadsDoNotChangeTheBits) {
  const int before = num_threads();
  for (const DType t : {DType::f32, DType::bf16, DType::i32}) {
    const Tensor a = random_tensor({3, 90, 120}, t, 1), b = random_tensor({3, 120, 70}, t, 2);
    set_num_threads(1);
    const auto one = matmul(a, b).to_vector<double>();
    set_num_threads(2);
    EXPECT_EQ(matmul(a, b).to_vector<double>(), one);
  }
  set_num_threads(before);
}

// The kernel against its parts, for every way in which the operands may lie.
TEST(Linear, AddsTheBiasToTheProduct) {
  for (const DType t : {DType::f32, DType::f64, DType::bf16}) {
    const Tensor w = random_tensor({7, 5}, t, 1), b = random_tensor({7}, t, 2);
    const std::vector<Tensor> inputs{random_tensor({5}, t, 3),
                                     random_tensor({4, 5}, t, 3),
                                     random_tensor({2, 3, 5}, t, 3),
                                     permute(random_tensor({5, 3, 2}, t, 3), {2, 1, 0}),
                                     expand(random_tensor({1, 1, 5}, t, 3), {2, 3, 5}),
                                     random_tensor({0, 5}, t, 3)};
    for (const Tensor& x : inputs)
      for (const Tensor& weight : {w, permute(random_tensor({5, 7}, t, 4), {1, 0})})
        for (const Tensor& bias : {b, slice(random_tensor({21}, t, 5), 0, 0, 21, 3), Tensor()}) {
          const Tensor y = bias.defined() ? linear(x, weight, bias) : linear(x, weight);
          Tensor expected = matmul(x, permute(weight, {1, 0}));
          if (bias.defined()) expected = expected + bias;
          EXPECT_EQ(y.type(), expected.type());
          EXPECT_EQ(y.to_vector<double>(), expected.to_vector<double>()) << text(x.type());
        }
    const Tensor row = random_tensor({5}, t, 6), x = random_tensor({2, 3, 5}, t, 7);
    EXPECT_EQ(linear(x, row).to_vector<double>(), matmul(x, row).to_vector<double>());
  }
}

}  // namespace
}  // namespace tandem
