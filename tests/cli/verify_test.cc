// tandem verify, as a user meets it. A stand-in for qemu lets the way to another processor be tried
// on any machine: it runs the case on this one, on the target that the test chooses.
#include <filesystem>

#include "tandem/cpu/target.h"
#include "tandem/graph/text.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"
#include "tests/cli/run_program.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Verify : public testing::Test {
 protected:
  Verify() {
    ProgramFile net;
    net.programs = graph::parse(R"(program predict(%x: f32[b, 96]) -> (%y: f32[b, 7]) {
  state @weight: f32[7, 96], @bias: f32[7]
  constant #scale: f32[96]
  %1 = mul(%x, #scale) : f32[b, 96]                    loc("net.cc":3)
  %2 = linear(%1, @weight, @bias) : f32[b, 7]          loc("net.cc":4)
  %3 = softmax(%2) : f32[b, 7]                         loc("net.cc":5)
  return %3
}
)");
    net.state.add("weight", randn({7, 96}));
    net.state.add("bias", randn({7}));
    net.programs.programs[0].parameters.back().constant = randn({96});
    save_program(file, net);
  }

  /// Puts it in the one folder of PATH.
  void stand_in_for_qemu(const std::string& target) {
    const std::string qemu = folder / "qemu-aarch64-static";
    write_text(qemu, "#!/bin/sh\nshift\n" + std::string(cpu::target_variable) + "=" + target +
                         " exec " TANDEM_PROGRAM " verify --values \"$@\"\n");
    fs::permissions(qemu, fs::perms::owner_all);
  }
  std::string with_stand_in() const { return "PATH=" + folder.path() + " "; }

  TemporaryFolder folder;
  const std::string file = folder / "net.tandem";
  /// Any program will do: the stand-in does not look at it.
  const std::string runner = " --runner aarch64=" TANDEM_PROGRAM;
};

TEST_F(Verify, EveryTargetGivesTheSameBits) {
  const Outcome verified = run("verify " + file);
  EXPECT_EQ(verified.code, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("predict: compiled, 1 thread"));
  EXPECT_THAT(verified.output, HasSubstr("predict: compiled with packed weights, "));
  for (const std::string& target : cpu::targets())
    if (target != cpu::target())
      EXPECT_THAT(verified.output, HasSubstr("predict: eager, " + target));
  EXPECT_THAT(verified.output, HasSubstr("Verified: the same bits"));
}

TEST_F(Verify, AProcessorThatCannotBeEmulatedIsSkipped) {
  const std::string nothing = "PATH=" + (folder / "none") + " ";
  const Outcome verified = run("verify " + file + runner, nothing);
  EXPECT_EQ(verified.code, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("eager, aarch64"));
  EXPECT_THAT(verified.output, HasSubstr("skipped: qemu-aarch64-static is not in PATH; Debian's"));
  const Outcome json = run("verify --json " + file + runner, nothing);
  EXPECT_THAT(json.output, HasSubstr(R"({"how":"eager, aarch64","skipped":"qemu-)"));
}

TEST_F(Verify, AnotherProcessorWithTheSameBits) {
  stand_in_for_qemu(cpu::target());
  const Outcome verified = run("verify --json " + file + runner, with_stand_in());
  EXPECT_EQ(verified.code, 0) << verified.output;
  EXPECT_THAT(verified.output,
              HasSubstr(R"({"program":"predict","how":"eager, aarch64","passed":true,)"
                        R"("bits_promised":true,"ulps":0,)"));
}

TEST_F(Verify, AnotherProcessorWithOtherBits) {
  std::string other;  // without fused multiply-add, so with other sums
  for (const std::string& target : cpu::targets())
    if (!cpu::has_fma(target)) other = target;
  if (other.empty() || !cpu::has_fma(cpu::target())) GTEST_SKIP() << "all targets have one sum";
  stand_in_for_qemu(other);
  const Outcome verified = run("verify " + file + runner, with_stand_in());
  EXPECT_EQ(verified.code, 1) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("predict: eager, aarch64"));
  EXPECT_THAT(verified.output,
              HasSubstr("%2 = linear of %1: f32[b, 96], @weight: f32[7, 96], @bias: f32[7] at "
                        "net.cc:4: float32[3, 7], element "));
  EXPECT_THAT(verified.output, HasSubstr("Not verified"));
}

TEST_F(Verify, ARunnerThatFailsOrIsNotThereIsAnError) {
  write_text(folder / "qemu-aarch64-static", "#!/bin/sh\nexit 3\n");
  fs::permissions(folder / "qemu-aarch64-static", fs::perms::owner_all);
  const Outcome fails = run("verify " + file + runner, with_stand_in());
  EXPECT_EQ(fails.code, 1);
  EXPECT_THAT(fails.output, HasSubstr("the programs do not run on aarch64: exit status 3 of "));

  const Outcome none = run("verify " + file + " --runner aarch64=" + (folder / "none"));
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.output, HasSubstr("scripts/build_verify_runner.sh builds one"));
  const Outcome unknown = run("verify " + file + " --runner vax=/bin/true");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("expected PROCESSOR=PATH, with one of aarch64"));
}

TEST_F(Verify, Aarch64UnderQemuGivesTheSameBits) {
  const Outcome verified = run("verify " + file);
  if (verified.output.find("skipped") != std::string::npos)
    GTEST_SKIP() << verified.output.substr(verified.output.find("eager, aarch64"));
  EXPECT_EQ(verified.code, 0) << verified.output;
  EXPECT_THAT(verified.output, testing::ContainsRegex("predict: eager, aarch64 +the same bits"));
}

TEST_F(Verify, AFileThatIsNotThereIsNotRun) {
  const Outcome none = run("verify " + (folder / "none.tandem"));
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.output, HasSubstr("none.tandem"));
}

}  // namespace
}  // namespace tandem
