#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/cli/run_program.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view programs = R"(program predict(%x: f32[b, 3]) -> (%y: f32[b, 3]) {
  %1 = mul(%x, 1.0) : f32[b, 3]
  %2 = exp(%1) : f32[b, 3]
  %3 = exp(%x) : f32[b, 3]
  %4 = mse_loss(%2, %3) : f32[]
  %5 = add(%2, %4) : f32[b, 3]
  return %5
}

program other(%x: f32[4]) -> (%y: f32[4]) {
  %1 = neg(%x) : f32[4]
  return %1
}
)";

struct Passes : testing::Test {
  void SetUp() override { std::ofstream(path) << programs; }
  TemporaryFolder folder;
  std::string path = folder / "p.txt";
};

TEST_F(Passes, PrintsWhatIsLeft) {
  const Outcome outcome = run("passes " + path);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("predict after all passes: 3 instructions, before 6"));
  EXPECT_THAT(outcome.output, HasSubstr("mse_loss"));
  EXPECT_THAT(outcome.output, HasSubstr("other after all passes"));
}

TEST_F(Passes, ShowsEachStep) {
  const Outcome outcome = run("passes " + path + " --program predict --print-after-all");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("predict after simplify: 5 instructions"));
  EXPECT_THAT(outcome.output, HasSubstr("predict after share_common_subexpressions: 4"));
  EXPECT_THAT(outcome.output, HasSubstr("\n-"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("other")));
}

TEST_F(Passes, SizesExpandComposites) {
  const Outcome outcome = run("passes " + path + " --program predict --shape b=2");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, Not(HasSubstr("mse_loss")));
  EXPECT_THAT(outcome.output, HasSubstr("f32[2, 3]"));
  EXPECT_THAT(run("passes " + path + " --program predict --shape b=2 --json").output,
              HasSubstr("\"instructions_before\":6"));
  EXPECT_EQ(run("passes " + path + " --program predict --shape q=2").code, 1);
  EXPECT_EQ(run("passes " + path + " --program predict --budget 1MB").code, 1);
}

}  // namespace
}  // namespace tandem
