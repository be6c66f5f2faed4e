#include "tandem/io/file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

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

TEST(AtomicFile, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  EXPECT_ERROR(AtomicFile("save", folder.path()), ErrorCode::io, "it is a folder");
  EXPECT_ERROR(AtomicFile("save", "/dev/null"), ErrorCode::io, "it is not a regular file");
  EXPECT_ERROR(AtomicFile("save", folder / "no/such/file"), ErrorCode::io,
               "does its folder exist?");
}

}  // namespace
}  // namespace tandem
