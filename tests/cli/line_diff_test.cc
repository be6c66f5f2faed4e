#include "tandem/cli/line_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tandem::cli {
namespace {

using Lines = std::vector<std::string>;

/// The longest common subsequence, by the textbook's table.
std::size_t most_common(const Lines& a, const Lines& b) {
  std::vector<std::size_t> row(b.size() + 1, 0);
  for (const std::string& line : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = line == b[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return row[b.size()];
}

TEST(CommonLines, AsManyAsThereCanBe) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    Lines sides[2];
    for (Lines& side : sides)
      for (std::size_t n = random() % 12; n > 0; --n)
        side.push_back(std::string(1, "abc"[random() % 3]));
    const auto& [a, b] = sides;
    const auto pairs = common_lines(a, b);
    EXPECT_EQ(pairs.size(), most_common(a, b));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(a[pairs[i].first], b[pairs[i].second]);
      if (i) {
        EXPECT_LT(pairs[i - 1].first, pairs[i].first);
        EXPECT_LT(pairs[i - 1].second, pairs[i].second);
      }
    }
  }
}

TEST(DiffPrograms, TheSame) {
  const LineDiff diff = diff_programs("a\nb\n", "a\nb\n");
  EXPECT_EQ(diff.text, "");
  EXPECT_EQ(diff.added + diff.removed, 0);
  EXPECT_EQ(diff_programs("", "").text, "");
}

TEST(DiffPrograms, FarApartChangesAreHunksOfTheirOwn) {
  std::string a, b;
  for (int i = 0; i < 30; ++i) {
    a += "line " + std::to_string(i) + "\n";
    b += i == 3 ? "changed\n" : i == 25 ? "" : "line " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(
      diff_programs(a, b).text,
      "@@ -1,7 +1,7 @@\n line 0\n line 1\n line 2\n-line 3\n+changed\n line 4\n line 5\n line 6\n"
      "@@ -23,7 +23,6 @@\n line 22\n line 23\n line 24\n-line 25\n line 26\n line 27\n line 28\n");
  EXPECT_EQ(diff_programs("", "x\n").text, "@@ -1,0 +1,1 @@\n+x\n");
}

TEST(DiffPrograms, NumbersOfValuesAreNoDifference) {
  const LineDiff inserted = diff_programs(
      "  %1 = exp(%x)\n  %2 = log(%1)\n  %3 = add(%1, %2)\n  return %3\n",
      "  %1 = exp(%x)\n  %2 = relu(%1)\n  %3 = log(%1)\n  %4 = add(%1, %3)\n  return %4\n");
  EXPECT_EQ(inserted.removed, 0);
  EXPECT_EQ(inserted.added, 1);
  // What is used in place of a changed value.
  const LineDiff replaced = diff_programs("  %1 = exp(%x)\n  %2 = log(%1)\n  return %2\n",
                                          "  %1 = sin(%x)\n  %2 = log(%1)\n  return %2\n");
  EXPECT_EQ(replaced.removed, 1);
  EXPECT_EQ(replaced.added, 1);
  // Another value is one.
  const LineDiff swapped = diff_programs("  %1 = exp(%x)\n  %2 = log(%x)\n  %3 = sub(%1, %2)\n",
                                         "  %1 = exp(%x)\n  %2 = log(%x)\n  %3 = sub(%2, %1)\n");
  EXPECT_EQ(swapped.removed, 1);
  EXPECT_THAT(swapped.text, testing::HasSubstr("-  %3 = sub(%1, %2)\n+  %3 = sub(%2, %1)\n"));
}

}  // namespace
}  // namespace tandem::cli
