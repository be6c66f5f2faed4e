// The examples of docs/ir.md are programs, laid out as they are printed.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tandem/graph/text.h"

namespace tandem::graph {
namespace {

std::vector<std::string> examples() {
  std::ifstream file(TANDEM_SOURCE_FOLDER "/docs/ir.md");
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```tandem")
      found.emplace_back(), inside = true;
    else if (line == "```")
      inside = false;
    else if (inside)
      found.back() += line + "\n";
  }
  return found;
}

TEST(Specification, ExamplesAreAsPrinted) {
  const std::vector<std::string> all = examples();
  EXPECT_GE(all.size(), 6u);
  for (const std::string& example : all) EXPECT_EQ(print(parse(example, "docs/ir.md")), example);
}

}  // namespace
}  // namespace tandem::graph
