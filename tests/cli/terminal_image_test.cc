#include "tandem/cli/terminal_image.h"

#include "tests/expect_error.h"

namespace tandem {
namespace {

const std::vector<uint8_t> pixels{255, 0,   255,  //
                                  0,   255, 255,  //
                                  255, 255, 0};

TEST(TerminalImage, TakesTwoPixelsACharacter) {
  const TerminalImage image{pixels, 3, 3, "one"};
  EXPECT_EQ(draw_images({&image, 1}, 80, false), "▀▄█\n▀▀\none\n");
}

TEST(TerminalImage, StandsSideBySideAsFarAsColumnsReach) {
  const std::vector<TerminalImage> three(3, {pixels, 3, 3, "é"});
  EXPECT_EQ(draw_images(three, 8, false), "▀▄█  ▀▄█\n▀▀   ▀▀\né    é\n\n▀▄█\n▀▀\né\n");
  EXPECT_EQ(draw_images(three, 1, false).size(),
            3 * draw_images({&three[0], 1}, 1, false).size() + 2);
}

TEST(TerminalImage, ColourShowsGrey) {
  const std::vector<uint8_t> two{0, 128};
  const TerminalImage image{two, 1, 2, ""};
  EXPECT_EQ(draw_images({&image, 1}, 80, true), "\033[38;5;16;48;5;243m▀\033[0m\n\n");
}

TEST(TerminalImage, RejectsAWrongSize) {
  const TerminalImage image{pixels, 4, 3, ""};
  EXPECT_ERROR(draw_images({&image, 1}, 80, false), ErrorCode::value,
               "expected 4 x 3 pixels, got 9");
}

}  // namespace
}  // namespace tandem
