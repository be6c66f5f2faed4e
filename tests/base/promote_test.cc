#include "tandem/base/promote.h"

#include <gtest/gtest.h>

#include <limits>

#include "tandem/base/scalar.h"

namespace tandem {
namespace {

// One letter a dtype, in their order: bool u8 i8 i16 i32 i64 f16 bf16 f32 f64.
constexpr std::string_view letters = "bBchiqeEfd";
DType dtype_of_letter(char c) { return DType(letters.find(c)); }

TEST(Promote, AsPyTorchs) {
  // torch.promote_types, a row for the first and a column for the second.
  constexpr std::string_view table[] = {"bBchiqeEfd", "BBhhiqeEfd", "chchiqeEfd", "hhhhiqeEfd",
                                        "iiiiiqeEfd", "qqqqqqeEfd", "eeeeeeeffd", "EEEEEEfEfd",
                                        "fffffffffd", "dddddddddd"};
  for (int a = 0; a < dtype_count; ++a)
    for (int b = 0; b < dtype_count; ++b)
      EXPECT_EQ(promote(DType(a), DType(b)), dtype_of_letter(table[a][std::size_t(b)]))
          << name(DType(a)) << " and " << name(DType(b));
}

TEST(Scalar, KeepsItsCategoryAndItsValue) {
  EXPECT_EQ(Scalar(true).category(), Category::boolean);
  EXPECT_EQ(Scalar('a').category(), Category::integral);
  EXPECT_EQ(Scalar(2.0f).category(), Category::floating);
  const int64_t largest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Scalar(largest).to_int64(), largest);
  EXPECT_EQ(Scalar(-2.9).to_int64(), -2);
  EXPECT_EQ(Scalar(0.5).to_bool(), true);
  EXPECT_EQ(Scalar(0.0).to_bool(), false);
  EXPECT_FALSE(Scalar(1) == Scalar(1.0));
  EXPECT_FALSE(Scalar(true) == Scalar(1));
  EXPECT_THROW(Scalar(0x1p63).to_int64(), Error);
  EXPECT_THROW(Scalar(std::numeric_limits<double>::quiet_NaN()).to_int64(), Error);
  EXPECT_EQ(Scalar(-0x1p63).to_int64(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(text(Scalar(true), Scalar(3), Scalar(0.1)), "true30.1");
}

TEST(DType, NamesSizesAndKinds) {
  constexpr std::string_view long_names[] = {"bool",  "uint8",   "int8",     "int16",   "int32",
                                             "int64", "float16", "bfloat16", "float32", "float64"};
  constexpr int sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
  for (int i = 0; i < dtype_count; ++i) {
    EXPECT_EQ(long_name(DType(i)), long_names[i]);
    EXPECT_EQ(size_of(DType(i)), sizes[i]);
    with_dtype(DType(i), [&](auto zero) {
      EXPECT_EQ(dtype_of<decltype(zero)>, DType(i));
      EXPECT_EQ(int(sizeof zero), sizes[i]);
    });
  }
  EXPECT_FALSE(is_integral(boolean));
  EXPECT_TRUE(is_floating(bfloat16));
}

}  // namespace
}  // namespace tandem
