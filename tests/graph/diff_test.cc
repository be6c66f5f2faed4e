#include "tandem/graph/diff.h"

#include <gtest/gtest.h>

#include <random>

#include "tandem/graph/align.h"
#include "tandem/graph/text.h"

namespace tandem::graph {
namespace {

constexpr std::string_view before =
    R"(program p(%x: f32[4], %c: bool[]) -> (%y: f32[4], %z: f32[4]) {
  %1 = exp(%x) : f32[4]
  %2 = mul(%1, 1.0) : f32[4]
  %3 = sin(%2) : f32[4]
  %4 = relu(%3) : f32[4]
  %5 = cos(%x) : f32[4]
  %6 = add(%4, %5) : f32[4]
  %7 = tanh(%6) : f32[4]
  %8 = if(%c, %7) : f32[4] {
    then(%x: f32[4]) -> (f32[4]) {
      %1 = neg(%x) : f32[4]
      %2 = abs(%1) : f32[4]
      return %2
    }
    else(%x: f32[4]) -> (f32[4]) {
      return %x
    }
  }
  %9 = sigmoid(%8) : f32[4]
  return %9, %6
}
)";

TEST(Diff, OfEqualProgramsIsEmpty) {
  const Program p = parse_program(before);
  EXPECT_EQ(diff(p, p), "");
  Program q =
      parse_program(std::string(before).replace(before.find("\n  %2"), 1, " loc(\"a.cc\":3)\n"));
  EXPECT_EQ(diff(p, q), "");
  EXPECT_NE(diff(p, q, {.locations = true}), "");
}

TEST(Diff, SeesThroughNewNumbers) {
  constexpr std::string_view after =
      R"(program p(%x: f32[4], %c: bool[]) -> (%y: f32[4], %z: f32[4]) {
  %1 = exp(%x) : f32[4]
  %2 = sin(%1) : f32[4]
  %3 = relu(%2) : f32[4]
  %4 = cos(%x) : f32[4]
  %5 = add(%3, %4) : f32[4]
  %6 = tanh(%5) : f32[4]
  %7 = if(%c, %6) : f32[4] {
    then(%x: f32[4]) -> (f32[4]) {
      %1 = abs(%x) : f32[4]
      return %1
    }
    else(%x: f32[4]) -> (f32[4]) {
      return %x
    }
  }
  %8 = sigmoid(%7) : f32[4]
  return %8, %5
}
)";
  EXPECT_EQ(diff(parse_program(before), parse_program(after), {.context = 1}),
            R"(  program p(%x: f32[4], %c: bool[]) -> (%y: f32[4], %z: f32[4]) {
    %1 = exp(%x) : f32[4]
-   %old2 = mul(%1, 1.0) : f32[4]
-   %2 = sin(%old2) : f32[4]
+   %2 = sin(%1) : f32[4]
    %3 = relu(%2) : f32[4]
  …
      then(%x: f32[4]) -> (f32[4]) {
-       %old1 = neg(%x) : f32[4]
-       %1 = abs(%old1) : f32[4]
+       %1 = abs(%x) : f32[4]
        return %1
  …
)");
}

TEST(Diff, OfSets) {
  const ProgramSet a =
      parse("program p() -> () {\n  return\n}\nprogram q() -> () {\n  return\n}\n");
  const ProgramSet b =
      parse("program p() -> () {\n  return\n}\nprogram r() -> () {\n  return\n}\n");
  EXPECT_EQ(diff(a, b),
            "- program q() -> () {\n-   return\n- }\n\n+ program r() -> () {\n+   return\n+ }\n");
  EXPECT_TRUE(diff(a, b, {.color = true}).starts_with("\033[31m- program q() -> () {\033[0m\n"));
}

/// Against the longest common subsequence by dynamic programming.
TEST(Align, FindsALongestCommonSubsequence) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<std::size_t> a(random() % 20), b(random() % 20);
    for (auto* v : {&a, &b})
      for (std::size_t& x : *v) x = random() % 4;
    std::vector<std::vector<std::size_t>> best(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i)
      for (std::size_t j = 1; j <= b.size(); ++j)
        best[i][j] = a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1
                                          : std::max(best[i - 1][j], best[i][j - 1]);
    const auto pairs = align(a, b);
    EXPECT_EQ(pairs.size(), best[a.size()][b.size()]);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      EXPECT_EQ(a[pairs[p].first], b[pairs[p].second]);
      if (p > 0) {
        EXPECT_LT(pairs[p - 1].first, pairs[p].first);
        EXPECT_LT(pairs[p - 1].second, pairs[p].second);
      }
    }
  }
}

TEST(Align, GivesUpOnWhatHasNothingInCommon) {
  std::vector<std::size_t> a(10'000), b(10'000, 1);
  a[0] = b[0] = 7;
  EXPECT_EQ(align(a, b).size(), 1u);
}

}  // namespace
}  // namespace tandem::graph
