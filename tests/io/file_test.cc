#include "tandem/io/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST(MappedFile, ReadsAWholeFile) {
  TemporaryFolder folder;
  write_text(folder / "a", "hello");
  MappedFile file("test", folder / "a");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()),
            "hello");
  MappedFile moved(std::move(file));
  EXPECT_EQ(moved.bytes().size(), 5u);
  EXPECT_TRUE(file.bytes().empty());  // NOLINT: what a move leaves is part of the contract
}

TEST(MappedFile, WritesStayInMemory) {
  TemporaryFolder folder;
  write_text(folder / "a", "hello");
  MappedFile file("test", folder / "a");
  file.private_bytes()[0] = std::byte{'J'};
  EXPECT_EQ(file.bytes()[0], std::byte{'J'});
  EXPECT_EQ(read_text(folder / "a"), "hello");
}

TEST(MappedFile, EmptyFilesHaveNoBytes) {
  TemporaryFolder folder;
  write_text(folder / "a", "");
  EXPECT_TRUE(MappedFile("test", folder / "a").bytes().empty());
}

TEST(MappedFile, ErrorsNameThePath) {
  TemporaryFolder folder;
  EXPECT_ERROR(MappedFile("load", folder / "none"), ErrorCode::io,
               text("load: cannot open '", folder / "none", "': No such file"));
  EXPECT_ERROR(MappedFile("load", folder.path()), ErrorCode::io, "is a folder; expected a file");
  EXPECT_ERROR(MappedFile("load", "/dev/null"), ErrorCode::io, "is not a regular file");
}

TEST(AtomicFile, ReplacesOnCommitOnly) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  {
    AtomicFile file("save", folder / "a");
    file.write("new");
    EXPECT_EQ(read_text(folder / "a"), "old");
    file.commit();
    EXPECT_EQ(read_text(folder / "a"), "new");
  }
  {
    AtomicFile file("save", folder / "a");
    file.write("never");
  }
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_EQ(folder.count(), 1);
}

TEST(AtomicFile, FollowsLinksAndKeepsPermissions) {
  TemporaryFolder folder;
  write_text(folder / "real", "old");
  std::filesystem::permissions(folder / "real", std::filesystem::perms(0640));
  std::filesystem::create_symlink(folder / "real", folder / "link");
  AtomicFile file("save", folder / "link");
  file.write("new");
  file.commit();
  EXPECT_EQ(read_text(folder / "real"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(std::filesystem::status(folder / "real").permissions(), std::filesystem::perms(0640));
}

TEST(AtomicFile, NewFilesTakeTheUsersMask) {
  TemporaryFolder folder;
  const mode_t before = umask(027);
  {
    AtomicFile file("save", folder / "a");
    file.commit();
  }
  umask(before);
  EXPECT_EQ(std::filesystem::status(folder / "a").permissions(), std::filesystem::perms(0640));
}

/// A limit on the size of files fails a write halfway, as a full disk does.
TEST(AtomicFile, AFullDiskLeavesTheOldFile) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 100'000, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_ERROR(
      [&] {
        AtomicFile file("save", folder / "a");
        file.write(std::string(1'000'000, 'x'));
        file.commit();
      }(),
      ErrorCode::io, "save: cannot write '");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(folder.count(), 1);
}

TEST(AtomicFile, RemovesWhatKilledWritersLeft) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  for (int killed = 0; killed < 3; ++killed) {
    const pid_t writer = fork();
    if (writer == 0) {
      AtomicFile file("save", path);
      file.write("half a fi");
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(writer, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const std::vector<std::string> left = names_in(folder);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_TRUE(left[0].starts_with(text("a.", writer, "."))) << left[0];
  }
  AtomicFile file("save", path);
  EXPECT_EQ(names_in(folder).size(), 1u) << "its own";
  file.commit();
  EXPECT_EQ(names_in(folder), (std::vector<std::string>{"a"}));
}

TEST(AtomicFile, LeavesOtherFilesAlone) {
  TemporaryFolder folder;
  std::vector<std::string> names{"a.1.2.tmp.tmp", "a.1.tmp",     "a.1.x.tmp",
                                 "a.tmp",         "a..2.tmp",    "b.1.2.tmp",
                                 "aa.1.2.tmp",    "a.1.2.3.tmp", "a.-1.2.tmp"};
  for (const std::string& name : names) write_text(folder / name, "kept");
  ASSERT_EQ(mkdir((folder / "a.1.2.tmp").c_str(), 0777), 0);
  ASSERT_EQ(symlink("b.1.2.tmp", (folder / "a.3.4.tmp").c_str()), 0);
  write_text(folder / "a.5.6.tmp", "gone");
  AtomicFile("save", folder / "a").commit();
  names.insert(names.end(), {"a", "a.1.2.tmp", "a.3.4.tmp"});
  std::ranges::sort(names);
  EXPECT_EQ(names_in(folder), names);
}

TEST(AtomicFile, WritersAtTheSameTimeLeaveEachOthersFiles) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  {
    AtomicFile first("save", path), second("save", path);
    first.write("first");
    second.write("second");
    AtomicFile third("save", path);
    third.write("third");
    second.commit();
    first.commit();
    EXPECT_EQ(read_text(path), "first");
  }
  EXPECT_EQ(names_in(folder), (std::vector<std::string>{"a"}));

  std::vector<pid_t> writers;
  for (int w = 0; w < 4; ++w) {
    writers.push_back(fork());
    if (writers.back() != 0) continue;
    for (int i = 0; i < 100; ++i) {
      AtomicFile file("save", path);
      file.write("whole");
      file.commit();
    }
    _exit(0);
  }
  for (const pid_t writer : writers) {
    int status = 0;
    waitpid(writer, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(read_text(path), "whole");
  EXPECT_EQ(names_in(folder), (std::vector<std::string>{"a"}));
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  EXPECT_ERROR(AtomicFile("save", folder.path()), ErrorCode::io, "it is a folder");
  EXPECT_ERROR(AtomicFile("save", "/dev/null"), ErrorCode::io, "it is not a regular file");
  EXPECT_ERROR(AtomicFile("save", folder / "no/such/file"), ErrorCode::io,
               "does its folder exist?");
}

}  // namespace
}  // namespace tandem
