// What a small runtime is made of: `tandem extract` and `tandem ops`.
#include <nlohmann/json.hpp>

#include "tandem/tandem.h"
#include "tests/cli/run_program.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

using testing::HasSubstr;

class Ship : public testing::Test {
 protected:
  Ship() { save_program(path, sample_program()); }

  static void expect_error(const Outcome& outcome, std::string_view part) {
    EXPECT_EQ(outcome.code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(std::string(part)));
  }
  std::string save(std::string_view programs) {
    const std::string to = folder / "made.tandem";
    save_program(to, {.programs = graph::parse(programs)});
    return to;
  }

  TemporaryFolder folder;
  const std::string path = folder / "sample.tandem", small = folder / "small.tandem";
};

TEST_F(Ship, OpsOfAllProgramsOrOfSome) {
  EXPECT_EQ(run("ops " + path).output, "add\nlinear\nmul\n");
  EXPECT_EQ(run("ops " + path + " --program predict").output, "linear\nmul\n");
  EXPECT_EQ(run("ops " + path + " --program predict count --json").output,
            "{\"ops\":[\"add\",\"linear\",\"mul\"]}\n");
  expect_error(run("ops " + path + " --program prdict"), "prdict");
}

TEST_F(Ship, OpsOfSeveralFilesAreUnited) {
  const std::string other = save(R"(program f(%x: f32[4]) -> (%y: f32[4]) {
  %1 = neg(%x) : f32[4]
  %2 = add(%1, 1.0) : f32[4]
  return %2
}
)");
  EXPECT_EQ(run("ops " + other + " " + path).output, "add\nfull\nlinear\nmul\nneg\n");
}

TEST_F(Ship, OpsStandInBodiesToo) {
  const std::string fused = save(R"(program f(%x: f32[4]) -> (%y: f32[4]) {
  %1 = fused(%x) : f32[4] {
    body(%a: f32[4]) -> (f32[4]) {
      %1 = exp(%a) : f32[4]
      %2 = tanh(%1) : f32[4]
      return %2
    }
  }
  return %1
}
)");
  EXPECT_EQ(run("ops " + fused).output, "exp\nfused\ntanh\n");
}

TEST_F(Ship, OpsWithoutAKernelAreRefused) {
  const std::string composite = save(R"(program f(%x: f32[4], %y: f32[4]) -> (%z: f32[]) {
  %1 = mse_loss(%x, %y) : f32[]
  return %1
}
)");
  expect_error(run("ops " + composite), "program f has mse_loss");
}

TEST_F(Ship, ExtractKeepsWhatAProgramNeeds) {
  const Outcome outcome = run("extract " + path + " --program predict -o " + small);
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("small.tandem: 1 of 2 programs, 2 of 4 tensors of state"));
  const ProgramFile before = load_program(path), after = load_program(small);
  ASSERT_EQ(after.programs.programs.size(), 1U);
  EXPECT_EQ(graph::print(after.programs.programs[0]), graph::print(before.programs["predict"]));
  EXPECT_EQ(after.state.size(), 2U);
  EXPECT_EQ(after.state["fc.bias"].to_vector<float>(), before.state["fc.bias"].to_vector<float>());
  EXPECT_EQ(after.asset("labels.txt"), before.asset("labels.txt"));
  EXPECT_EQ(after.metadata, before.metadata);
  expect_error(run("extract " + path + " --program prdict -o " + small), "prdict");
}

}  // namespace
}  // namespace tandem
