// Small grey images drawn with characters, side by side.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tandem {

struct TerminalImage {
  std::span<const uint8_t> pixels;  // row by row, 0 black to 255 white
  int width = 0, height = 0;
  std::string caption;  // a line below the image
};

/// Two pixels a character, one above the other. With `colour` in 24 shades of grey (256-colour
/// codes), else by half blocks where a pixel is brighter than half. As many images a row as fit
/// into `columns`. Error: code value when pixels and size disagree.
std::string draw_images(std::span<const TerminalImage> images, int columns, bool colour);

/// The columns of the terminal at `file` (a descriptor): its own answer, else $COLUMNS, else 80.
int terminal_columns(int file);
/// Is it a terminal that knows colour? NO_COLOR and TERM=dumb say no.
bool terminal_colour(int file);

}  // namespace tandem
