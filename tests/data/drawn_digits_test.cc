#include "tandem/data/drawn_digits.h"

#include <array>
#include <cstdlib>

#include "tests/expect_error.h"

namespace tandem {
namespace {

using Image = std::array<uint8_t, 784>;
Image draw(int digit, uint64_t seed, uint64_t index) {
  Image image;
  draw_digit(digit, seed, index, image);
  return image;
}
int differing(const Image& a, const Image& b) {
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += std::abs(a[i] - b[i]) > 64;
  return count;
}

TEST(DrawnDigits, DependOnSeedAndIndexAlone) {
  EXPECT_EQ(draw(3, 1, 7), draw(3, 1, 7));
  EXPECT_NE(draw(3, 1, 7), draw(3, 2, 7));
  EXPECT_NE(draw(3, 1, 7), draw(3, 1, 17));
}

TEST(DrawnDigits, AreInkOnABlackPage) {
  for (uint64_t i = 0; i < 500; ++i) {
    const Image image = draw(drawn_label(i), 1, i);
    int ink = 0, edge = 0;
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 28; ++x) {
        const bool dark = image[size_t(y * 28 + x)] > 100;
        ink += dark;
        edge += dark && (x == 0 || y == 0 || x == 27 || y == 27);
      }
    EXPECT_GT(ink, 15) << i;
    EXPECT_LT(ink, 300) << i;
    EXPECT_LT(edge, 12) << i;
  }
}

TEST(DrawnDigits, NoTwoAreAlike) {
  for (uint64_t i = 0; i < 100; ++i) {
    const int digit = drawn_label(i);
    EXPECT_GT(differing(draw(digit, 1, i), draw(digit, 1, i + 10)), 10) << i;
  }
}

TEST(DrawnDigits, RejectWhatIsNoDigit) {
  Image image;
  EXPECT_ERROR(draw_digit(10, 1, 0, image), ErrorCode::value, "no digit 10; expected 0..9");
  EXPECT_ERROR(draw_digit(1, 1, 0, std::span(image).first(5)), ErrorCode::value,
               "expected room for 784 pixels, got 5");
}

}  // namespace
}  // namespace tandem
