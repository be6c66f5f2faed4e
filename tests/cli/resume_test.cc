// Training that is killed at any moment and goes on from its checkpoint ends with the same bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tandem/io/tensor_files.h"
#include "tests/cli/run_program.h"
#include "tests/io/temporary_folder.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

using testing::HasSubstr;

const std::string drawn = "TANDEM_OFFLINE=1 TANDEM_DATA= TANDEM_CACHE=/nonexistent ";

/// Starts the command, and kills it after so long. True: it was done before.
bool run_and_kill(const std::string& arguments, std::chrono::milliseconds after) {
  const std::string command = "exec env " + drawn + TANDEM_PROGRAM " " + arguments;
  const pid_t child = fork();
  if (child == 0) {
    if (!std::freopen("/dev/null", "w", stdout)) _exit(126);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  std::this_thread::sleep_for(after);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "it failed by itself";
  return WIFEXITED(status);
}

void expect_same(const std::string& a, const std::string& b) {
  const NamedTensors x = load_safetensors(a), y = load_safetensors(b);
  EXPECT_EQ(x.size(), y.size());
  for (const auto& [name, tensor] : x) EXPECT_TRUE(same_bits(tensor, y[name])) << name;
}

/// Kills the training again and again, each time a little later, until it gets through.
void train_with_kills(const std::string& arguments, const std::string& checkpoint) {
  const std::string command =
      arguments + " --checkpoint " + checkpoint + " --checkpoint-every 2 --resume";
  int kills = 0;
  for (int after = 400; !run_and_kill(command, std::chrono::milliseconds(after)); after += 150) {
    ++kills;
    ASSERT_LT(kills, 100);
  }
  EXPECT_GT(kills, 0);
}

TEST(Resume, TrainingDigitsEndsWithTheSameBits) {
  const TemporaryFolder folder;
  const std::string train = "train digits --epochs 2 --limit 1280 --output ";
  const Outcome whole = run(train + (folder / "whole.safetensors"), drawn);
  ASSERT_EQ(whole.code, 0) << whole.output;
  train_with_kills(train + (folder / "parts.safetensors"), folder / "run.tandem");
  expect_same(folder / "whole.safetensors", folder / "parts.safetensors");
  expect_same(folder / "whole.tandem", folder / "parts.tandem");

  const Outcome other = run(train + (folder / "x.safetensors") +
                                " --seed 5 --resume --checkpoint " + (folder / "run.tandem"),
                            drawn);
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("seed = 1"));

  const std::string further = "train " + (folder / "whole.tandem") + " --limit 640 --output ";
  ASSERT_EQ(run(further + (folder / "a.tandem"), drawn).code, 0);
  train_with_kills(further + (folder / "b.tandem"), folder / "further.tandem");
  expect_same(folder / "a.tandem", folder / "b.tandem");
}

TEST(Record, StopsAtANaNAndReplayNamesTheOp) {
  const TemporaryFolder folder;
  ASSERT_EQ(
      run("train digits --epochs 1 --limit 320 --output " + (folder / "net.safetensors"), drawn)
          .code,
      0);
  const std::string steps = folder / "steps.tandem";
  const Outcome fine = run("train " + (folder / "net.tandem") + " --limit 320 --record " + steps +
                               " --output " + (folder / "further.tandem"),
                           drawn);
  EXPECT_EQ(fine.code, 0) << fine.output;
  const Outcome replayed = run("replay " + steps);
  EXPECT_EQ(replayed.code, 0) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("the bits that were recorded"));
  EXPECT_THAT(replayed.output, HasSubstr("no step gives a NaN"));

  const Outcome broken =
      run("train " + (folder / "net.tandem") + " --limit 640 --lr 1e38 --record " + steps +
              " --output " + (folder / "further.tandem"),
          drawn);
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.output, HasSubstr("tandem replay"));
  const Outcome found = run("replay " + steps);
  EXPECT_EQ(found.code, 0) << found.output;
  EXPECT_THAT(found.output, HasSubstr("gives the first"));
  EXPECT_THAT(found.output, HasSubstr(".cc:"));
}

}  // namespace
}  // namespace tandem
