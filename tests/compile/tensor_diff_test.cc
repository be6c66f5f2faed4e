#include "tandem/compile/tensor_diff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tandem/tandem.h"

namespace tandem {
namespace {

TensorDiff diff(std::vector<float> a, std::vector<float> b) {
  return diff_tensors(from_data(a, {int64_t(a.size())}), from_data(b, {int64_t(b.size())}));
}

TEST(TensorDiff, CountsAndMeasures) {
  const TensorDiff d = diff({1, 2, 3}, {1, 2.5F, std::nextafter(3.0F, 4.0F)});
  EXPECT_EQ(d.elements, 2);
  EXPECT_EQ(d.largest, 0.5);
  EXPECT_EQ(d.at, 1);
  EXPECT_EQ(diff({1}, {std::nextafter(1.0F, 2.0F)}).ulps, 1u);
  EXPECT_EQ(diff({0}, {-std::numeric_limits<float>::denorm_min()}).ulps, 2u);  // 0, -0 lie between
  EXPECT_EQ(diff({0}, {-0.0F}).ulps, 1u);
  EXPECT_EQ(diff({0}, {-0.0F}).largest, 0);
}

TEST(TensorDiff, NotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(diff({nan}, {-nan}).elements, 0);
  EXPECT_EQ(diff({inf}, {inf}).elements, 0);
  EXPECT_EQ(diff({nan, 0}, {0, 1}).largest, inf);
  EXPECT_EQ(diff({inf}, {-inf}).largest, inf);
}

TEST(TensorDiff, OfEveryDtypeAndAnyStrides) {
  for (const DType dtype : {DType::boolean, DType::u8, DType::i8, DType::i16, DType::i32,
                            DType::i64, DType::f16, DType::bf16, DType::f64}) {
    const TensorDiff d = diff_tensors(zeros({2, 2}, dtype), ones({2, 2}, dtype));
    EXPECT_EQ(d.elements, 4) << name(dtype);
    EXPECT_EQ(d.largest, 1) << name(dtype);
    EXPECT_EQ(d.ulps > 0, is_floating(dtype)) << name(dtype);
  }
  const Tensor m = tensor({{1.0, 2.0}, {3.0, 4.0}});
  EXPECT_EQ(diff_tensors(m, m.T().T()).elements, 0);
  EXPECT_EQ(diff_tensors(m, m.T()).elements, 2);
  const Tensor big = tensor({int64_t(1) << 62}), bigger = tensor({(int64_t(1) << 62) + 1});
  EXPECT_EQ(diff_tensors(big, bigger).elements, 1);
}

}  // namespace
}  // namespace tandem
