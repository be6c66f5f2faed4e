// Broadcasting and promotion of operands, against PyTorch's tables.
#include <gtest/gtest.h>

#include "tandem/tandem.h"

namespace tandem {
namespace {

constexpr std::string_view letters = "bBchiqeEfd";  // a dtype each, in their order
DType dtype_of_letter(char c) { return DType(letters.find(c)); }

/// Where two operands meet: as in x * y, for dtypes without arithmetic too.
DType met(const NumArg& x, const NumArg& y) { return where(full({}, true, boolean), x, y).dtype(); }

Tensor ones(const Dims& shape, int dtype) { return full(shape, 1, DType(dtype)); }

TEST(Promotion, A0dOperandCountsByItsCategory) {
  // Of x and y, x with a dim and y without.
  constexpr std::string_view table[] = {"bBchiqeEfd", "BBBBBBeEfd", "cccccceEfd", "hhhhhheEfd",
                                        "iiiiiieEfd", "qqqqqqeEfd", "eeeeeeeeee", "EEEEEEEEEE",
                                        "ffffffffff", "dddddddddd"};
  for (int a = 0; a < dtype_count; ++a)
    for (int b = 0; b < dtype_count; ++b) {
      const DType expected = dtype_of_letter(table[a][std::size_t(b)]);
      EXPECT_EQ(met(ones({2}, a), ones({}, b)), expected) << a << " " << b;
      EXPECT_EQ(met(ones({}, b), ones({2}, a)), expected) << a << " " << b;
      EXPECT_EQ(met(ones({2}, a), ones({1}, b)), met(ones({}, a), ones({}, b)));
    }
}

TEST(Promotion, NumbersAreWeak) {
  // Of x and true, 2, 2.5; the same of a 0-d x.
  constexpr std::string_view table[] = {"bqfbqf", "BBfBBf", "ccfccf", "hhfhhf", "iifiif",
                                        "qqfqqf", "eeeeee", "EEEEEE", "ffffff", "dddddd"};
  for (int a = 0; a < dtype_count; ++a) {
    const Tensor x = ones({2}, a), y = ones({}, a);
    const DType got[] = {met(x, true), met(x, 2), met(x, 2.5),
                         met(y, true), met(y, 2), met(2.5, y)};
    for (int i = 0; i < 6; ++i)
      EXPECT_EQ(got[i], dtype_of_letter(table[a][std::size_t(i)])) << a << " " << i;
  }
}

TEST(Promotion, ShapesBroadcast) {
  EXPECT_EQ((ones({3, 1}, 8) + ones({2}, 8)).shape(), Dims({3, 2}));
  EXPECT_EQ((ones({0, 1}, 8) + ones({4}, 8)).shape(), Dims({0, 4}));
  EXPECT_EQ((ones({1}, 8) + ones({}, 8)).shape(), Dims({1}));
  EXPECT_THROW(ones({2}, 8) + ones({3}, 8), Error);
  EXPECT_THROW(ones({2, 0}, 8) + ones({2, 2}, 8), Error);
}

}  // namespace
}  // namespace tandem
