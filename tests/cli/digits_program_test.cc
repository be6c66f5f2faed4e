// From training to a verified file that trains further, as a user goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/run_program.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(DigitsProgram, IsWrittenVerifiedRunAndTrainedFurther) {
  TemporaryFolder folder;
  const std::string offline =
      "TANDEM_OFFLINE=1 TANDEM_DATA= TANDEM_CACHE=" + (folder / "none") + " ";
  const Outcome trained =
      run("train digits --epochs 1 --limit 640 --output " + (folder / "net.safetensors"), offline);
  ASSERT_EQ(trained.code, 0) << trained.output;
  EXPECT_THAT(trained.output, HasSubstr("train_step, a batch"));
  const std::string file = folder / "net.tandem";

  EXPECT_THAT(run("info " + file).output,
              HasSubstr("predict(image: u8[b, 28, 28]) -> (probs: f32[b, 10])"));
  const Outcome verified = run("verify " + file + " --json");
  EXPECT_EQ(verified.code, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr(R"("how":"compiled, 1 thread","passed":true)"));

  const Outcome net = run("predict --json " + (folder / "net.safetensors"), offline),
                program = run("predict --json " + file, offline);
  EXPECT_EQ(program.code, 0);
  EXPECT_EQ(program.output, net.output);

  const Outcome further =
      run("train " + file + " --limit 640 --output " + (folder / "further.tandem"), offline);
  EXPECT_EQ(further.code, 0) << further.output;
  EXPECT_THAT(further.output, HasSubstr("Training goes on from"));
  EXPECT_EQ(run("diff --exit-code " + file + " " + (folder / "further.tandem")).code, 1);
  EXPECT_EQ(run("train " + (folder / "net.safetensors")).code, 1);
  EXPECT_EQ(run("train").code, 2);
}

}  // namespace
}  // namespace tandem
