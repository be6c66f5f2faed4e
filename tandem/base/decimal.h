// Floating numbers in decimal.
#pragma once
#include <string>

namespace tandem {

/// The shortest text that reads back as the same number, of those the closest to it; with an
/// exponent where that is shorter still. What std::to_chars gives, without its tables of 100 KB.
std::string shortest_decimal(double value);
std::string shortest_decimal(float value);

}  // namespace tandem
