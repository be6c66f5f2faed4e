#include "tandem/cli/terminal_image.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "tandem/base/error.h"

namespace tandem {
namespace {

constexpr int gap = 2;

/// Columns of text in UTF-8, all of whose characters are one column wide.
int columns_of(std::string_view text) {
  return int(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Shades 232 to 255 of the 256-colour palette run from nearly black to nearly white.
int shade(uint8_t value) { return value < 8 ? 16 : 232 + value * 23 / 255; }

void append_cell(std::string& to, uint8_t upper, uint8_t lower, bool colour) {
  if (colour) {
    to += text("\033[38;5;", shade(upper), ";48;5;", shade(lower), "m▀");
    return;
  }
  const bool up = upper > 127, down = lower > 127;
  to += up && down ? "█" : up ? "▀" : down ? "▄" : " ";
}

void append_line(std::string& to, const TerminalImage& image, int line, bool colour) {
  const auto pixel = [&](int y, int x) {
    return y < image.height ? image.pixels[size_t(y * image.width + x)] : uint8_t{0};
  };
  for (int x = 0; x < image.width; ++x)
    append_cell(to, pixel(2 * line, x), pixel(2 * line + 1, x), colour);
  if (colour) to += "\033[0m";
}

}  // namespace

std::string draw_images(std::span<const TerminalImage> images, int columns, bool colour) {
  int width = 1, lines = 0;
  for (const TerminalImage& image : images) {
    if (int64_t(image.pixels.size()) != int64_t(image.width) * image.height)
      fail(ErrorCode::value, "draw_images", "expected ", image.width, " x ", image.height,
           " pixels, got ", image.pixels.size());
    width = std::max({width, image.width, columns_of(image.caption)});
    lines = std::max(lines, (image.height + 1) / 2);
  }
  const size_t per_row = size_t(std::max(1, (columns + gap) / (width + gap)));

  std::string drawn;
  for (size_t first = 0; first < images.size(); first += per_row) {
    const auto row = images.subspan(first, std::min(per_row, images.size() - first));
    for (int line = 0; line <= lines; ++line) {
      std::string text;
      for (const TerminalImage& image : row) {
        int used = 0;
        if (line == lines) {
          text += image.caption, used = columns_of(image.caption);
        } else if (line < (image.height + 1) / 2) {
          append_line(text, image, line, colour), used = image.width;
        }
        if (&image != &row.back()) text.append(size_t(width + gap - used), ' ');
      }
      text.erase(text.find_last_not_of(' ') + 1);
      drawn += text + "\n";
    }
    if (first + per_row < images.size()) drawn += '\n';
  }
  return drawn;
}

int terminal_columns(int file) {
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  int columns = 0;
  if (const char* set = std::getenv("COLUMNS"))
    std::from_chars(set, set + std::strlen(set), columns);
  return columns > 0 ? columns : 80;
}

bool terminal_colour(int file) {
  const char* term = std::getenv("TERM");
  const char* none = std::getenv("NO_COLOR");
  return ::isatty(file) && !(none && *none) && term && std::string_view(term) != "dumb";
}

}  // namespace tandem
