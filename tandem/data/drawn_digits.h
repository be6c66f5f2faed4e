// Handwritten-looking digits that Tandem draws itself, for machines without data or network.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tandem {

inline constexpr int drawn_digit_size = 28;

/// Draws a digit 0..9 into 28 x 28 bytes, row by row, 0 black to 255 white: pen strokes along a
/// skeleton, changed by random shear, scale, rotation, bends and thickness, antialiased, with
/// noise. The image depends on `digit`, `seed` and `index` alone, the same on every machine with
/// IEEE arithmetic up to the last bit of sin and cos.
void draw_digit(int digit, uint64_t seed, uint64_t index, std::span<uint8_t> image);

/// The digit of drawn sample `index`: all ten occur equally often.
constexpr int drawn_label(uint64_t index) { return int(index % 10); }

}  // namespace tandem
