// A writer may be killed at any point: who reads the file finds the old one or the new one, whole.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>

#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

constexpr float old_weight = 1, new_weight = 2;

float weight_in(const std::string& path) {
  return load_program(path).state["fc.weight"].data<float>()[0];
}

/// Files that killed writers have left beside the file.
int abandoned(const TemporaryFolder& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    count += entry.path().extension() == ".tmp";
  return count;
}

/// A child that runs `prepare` and replaces the file with `file`.
template <class Prepare>
pid_t start_writer(const std::string& path, const ProgramFile& file, const Prepare& prepare) {
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    save_program(path, file);
    _exit(0);
  }
  return child;
}

int end_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

/// A limit on a file's size, left to its default action, kills the writer at an exact byte.
TEST(ProgramFileKill, AtBytesOfTheFile) {
  TemporaryFolder folder;
  const std::string path = folder / "a.tandem";
  save_program(path, sample_program(old_weight));
  const std::string before = read_text(path);
  const ProgramFile file = sample_program(new_weight);
  constexpr size_t points = 500;
  for (size_t point = 0; point < points; ++point) {
    const size_t at = before.size() * point / points;
    const int status = end_of(start_writer(path, file, [at] {
      const rlimit no_core{0, 0}, limit{at, at};
      setrlimit(RLIMIT_CORE, &no_core);
      setrlimit(RLIMIT_FSIZE, &limit);
    }));
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << at;
    ASSERT_EQ(read_text(path), before) << at;
    ASSERT_EQ(abandoned(folder), 1) << "the next writer removes what this one left";
  }
  EXPECT_EQ(end_of(start_writer(path, file, [] {})), 0);
  EXPECT_EQ(abandoned(folder), 0);
  EXPECT_EQ(weight_in(path), new_weight);
}

TEST(ProgramFileKill, AtMomentsInTime) {
  TemporaryFolder folder;
  const std::string path = folder / "a.tandem";
  const ProgramFile files[] = {sample_program(old_weight), sample_program(new_weight)};
  save_program(path, files[0]);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  EXPECT_EQ(end_of(start_writer(path, files[0], [] {})), 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);

  std::mt19937 random(1);
  std::uniform_int_distribution<int64_t> moment(0, std::min<int64_t>(whole.count(), 5000));
  bool is_new = false;  // which of the two the file is
  int killed = 0;
  for (int point = 0; point < 500; ++point) {
    const pid_t child = start_writer(path, files[!is_new], [] {});
    usleep(useconds_t(moment(random)));
    kill(child, SIGKILL);
    const int status = end_of(child);
    killed += WIFSIGNALED(status);
    const float weight = weight_in(path);  // whole: its hashes are verified
    ASSERT_TRUE(weight == old_weight || weight == new_weight);
    if (WIFEXITED(status)) ASSERT_EQ(weight, is_new ? old_weight : new_weight);
    is_new = weight == new_weight;
    ASSERT_LE(abandoned(folder), 1);
  }
  EXPECT_GT(killed, 0);
  save_program(path, files[0]);
  EXPECT_EQ(abandoned(folder), 0);
}

}  // namespace
}  // namespace tandem
