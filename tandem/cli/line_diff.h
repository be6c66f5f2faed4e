// Two texts line by line.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::cli {

/// Pairs of indices of lines that stay (graph::align).
std::vector<std::pair<std::size_t, std::size_t>> common_lines(const std::vector<std::string>& a,
                                                              const std::vector<std::string>& b);

struct LineDiff {
  std::string text;  // hunks with three lines around each: "@@ -3,7 +3,8 @@", " ", "-", "+"
  int removed = 0, added = 0;
};
/// "1 line removed, 2 added"
std::string summary(const LineDiff& diff);

/// Of the text of programs. Values are numbered in order, so an instruction more gives all that
/// follow other numbers: lines that say the same of the same values count as equal.
LineDiff diff_programs(std::string_view a, std::string_view b);

}  // namespace tandem::cli
