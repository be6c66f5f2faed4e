// Elementwise kernels through the public functions: every dtype, on every target, at every length
// about a vector, strided and broadcast.
#include "tandem/cpu/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/kernels.h"
#include "tandem/tandem.h"
#include "tests/cpu/targets.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Elementwise : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { initialize(); }
  void TearDown() override { cpu::install_all(); }
};

/// -4, -3.5, -3, … as `dtype`, n of them.
Tensor ramp(int64_t n, DType dtype, double start = -4) {
  std::vector<double> v;
  for (int64_t i = 0; i < n; ++i) v.push_back(start + 0.5 * double(i % 17));
  return cast(from_data(v, {n}), dtype);
}

TEST_F(Elementwise, EveryFloatingDtypeAndLengthOnEveryTarget) {
  testing::for_each_target([&](int64_t) {
    cpu::install_all();
    for (DType dtype : {float32, float64, float16, bfloat16})
      for (int64_t n : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 255, 256, 257, 600}) {
        SCOPED_TRACE(text(dtype, " n=", n));
        const Tensor a = ramp(n, dtype), b = ramp(n, dtype, 1);
        const Tensor product = a * b, less = a < b, soft = silu(a);
        EXPECT_EQ(product.dtype(), dtype);
        EXPECT_EQ(less.dtype(), boolean);
        const auto x = a.to_vector<double>(), y = b.to_vector<double>();
        const auto p = product.to_vector<double>(), l = less.to_vector<double>(),
                   s = soft.to_vector<double>();
        const double tolerance = dtype == float64   ? 1e-15
                                 : dtype == float32 ? 3e-7
                                 : dtype == float16 ? 1e-3
                                                    : 8e-3;
        for (size_t i = 0; i < size_t(n); ++i) {
          EXPECT_EQ(p[i], x[i] * y[i]);  // small halves: exact in every dtype
          EXPECT_EQ(l[i], x[i] < y[i]);
          const double want = x[i] / (1 + std::exp(-x[i]));
          EXPECT_NEAR(s[i], want, tolerance * std::abs(want) + 1e-300);
        }
      }
  });
}

TEST_F(Elementwise, HalvesRoundOnceToNearestEven) {
  testing::for_each_target([&](int64_t) {
    cpu::install_all();
    // 1 + 2^-11 lies between two f16 numbers, 1 + 3 * 2^-11 as well: ties go to even.
    const Tensor one = full({40}, 1, float16), u = full({40}, 0x1p-11, float16);
    for (double v : (one + u).to_vector<double>()) EXPECT_EQ(v, 1);
    for (double v : (one + u * 3).to_vector<double>()) EXPECT_EQ(v, 1 + 0x1p-9);
    const Tensor big = full({40}, 60000, float16);
    for (double v : (big + big).to_vector<double>()) EXPECT_EQ(v, INFINITY);
    const Tensor tiny = full({40}, 0x1p-24, float16);
    for (double v : (tiny * 3).to_vector<double>()) EXPECT_EQ(v, 3 * 0x1p-24);
    const Tensor b = full({40}, 1, bfloat16);
    for (double v : (b + full({40}, 0x1p-8, bfloat16)).to_vector<double>()) EXPECT_EQ(v, 1);
  });
}

TEST_F(Elementwise, IntegersAreExactAndWrap) {
  const int64_t big = (int64_t{1} << 62) + 1;
  const Tensor a = from_data<int64_t>({big, -3, 7}, {3});
  EXPECT_THAT((a + a).to_vector<int64_t>(), ElementsAre(int64_t(uint64_t(big) * 2), -6, 14));
  EXPECT_THAT((a - 1).to_vector<int64_t>(), ElementsAre(big - 1, -4, 6));
  const Tensor bytes = from_data<uint8_t>({250, 3}, {2});
  EXPECT_THAT((bytes + bytes).to_vector<int64_t>(), ElementsAre(244, 6));
  EXPECT_THAT((-bytes).to_vector<int64_t>(), ElementsAre(6, 253));
  const Tensor small = from_data<int8_t>({-128, 100}, {2});
  EXPECT_THAT((small * small).to_vector<int64_t>(), ElementsAre(0, 16));
  EXPECT_THAT((-small).to_vector<int64_t>(), ElementsAre(-128, -100));
  EXPECT_THAT(relu(small).to_vector<int64_t>(), ElementsAre(0, 100));
  EXPECT_EQ((a / 2).dtype(), float32);
  EXPECT_THAT((a > 0).to_vector<bool>(), ElementsAre(true, false, true));
}

TEST_F(Elementwise, BoolAddsAsOrAndHasNoSign) {
  const Tensor a = from_data<bool>({false, false, true, true}, {4});
  const Tensor b = from_data<bool>({false, true, false, true}, {4});
  EXPECT_EQ((a + b).dtype(), boolean);
  EXPECT_THAT((a + b).to_vector<bool>(), ElementsAre(false, true, true, true));
  EXPECT_THAT((a * b).to_vector<bool>(), ElementsAre(false, false, false, true));
  EXPECT_THAT((a == b).to_vector<bool>(), ElementsAre(true, false, false, true));
  EXPECT_THAT(error_of([&] { (void)(-a); }), HasSubstr("neg: is not defined for bool tensors"));
  EXPECT_THAT(error_of([&] { (void)(a - b); }), HasSubstr("sub: is not defined for bool tensors"));
}

TEST_F(Elementwise, FractionalAttributesKeepIntegersOut) {
  EXPECT_THAT(error_of([&] { (void)leaky_relu(from_data<int64_t>({-1, 1}, {2})); }),
              HasSubstr("leaky_relu: is not defined for int64 tensors"));
}

TEST_F(Elementwise, StridedAndBroadcastOperandsOfEveryDtype) {
  for (int t = 1; t < dtype_count; ++t) {
    const DType dtype = DType(t);
    SCOPED_TRACE(text(dtype));
    const Tensor m = cast(reshape(ramp(12, float64, 0), {3, 4}) * 2, dtype);
    const Tensor turned = permute(m, {1, 0}), row = slice(m, 0, 1, 2), every = slice(m, 1, 0, 4, 2);
    const auto v = m.to_vector<double>();
    const auto sum = (turned + permute(row, {1, 0})).to_vector<double>();
    for (size_t i = 0; i < 4; ++i)
      for (size_t k = 0; k < 3; ++k) EXPECT_EQ(sum[i * 3 + k], v[k * 4 + i] + v[4 + i]);
    const auto half = (every * 3).to_vector<double>();
    for (size_t i = 0; i < 3; ++i)
      for (size_t k = 0; k < 2; ++k) EXPECT_EQ(half[i * 2 + k], v[i * 4 + 2 * k] * 3);
  }
}

TEST_F(Elementwise, LargeTensorsGiveTheSameBitsOnAnyNumberOfThreads) {
  const Tensor a = ramp(300001, float32);
  const int before = num_threads();
  set_num_threads(1);
  const auto alone = silu(a).to_vector<float>();
  set_num_threads(4);
  const auto together = silu(a).to_vector<float>();
  set_num_threads(before);
  EXPECT_EQ(alone, together);
}

TEST_F(Elementwise, NaNIsNotEqualToItself) {
  testing::for_each_target([&](int64_t) {
    cpu::install_all();
    const Tensor nan = full({9}, NAN, float32);
    for (bool v : (nan != nan).to_vector<bool>()) EXPECT_TRUE(v);
    for (bool v : (nan == nan).to_vector<bool>()) EXPECT_FALSE(v);
    for (bool v : (nan <= nan).to_vector<bool>()) EXPECT_FALSE(v);
  });
}

TEST_F(Elementwise, ReluKeepsNaN) {
  const auto v = relu(from_data<float>({NAN, -1, 2}, {3})).to_vector<float>();
  EXPECT_TRUE(std::isnan(v[0]));
  EXPECT_EQ(v[1], 0);
  EXPECT_EQ(v[2], 2);
}

}  // namespace
}  // namespace tandem
