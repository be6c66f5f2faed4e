// A file above 2 GB, most of it a hole that takes no room on the disk.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tandem/io/byte_order.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

TEST(ProgramFileLarge, ReadsAbove2GB) {
  TemporaryFolder folder;
  const std::string path = folder / "large.tandem";
  constexpr int64_t rows = 600'000'000;  // 2.4 GB
  const std::string text =
      "program last(%x: f32[]) -> (%y: f32[]) {\n"
      "  state @table: f32[600000000]\n"
      "  return %x\n"
      "}\n";
  std::string header =
      R"({"__metadata__":{"tandem.version":"1","tandem.programs":")" + text +
      R"(","tandem.signatures":"{\"last\":{\"inputs\":[{\"dtype\":\"f32\",\"name\":\"x\",\"shape\":[]}],)"
      R"(\"outputs\":[{\"dtype\":\"f32\",\"name\":\"y\",\"shape\":[]}]}}"},)"
      R"("table":{"dtype":"F32","shape":[600000000],"data_offsets":[0,2400000000]}})";
  for (size_t at; (at = header.find('\n')) != header.npos;) header.replace(at, 1, "\\n");
  while ((8 + header.size()) % 64) header += ' ';
  std::string start;
  append_little_endian(start, uint64_t(header.size()));
  write_text(path, start + header);

  const auto size = off_t(start.size() + header.size()) + 4 * off_t(rows);
  const float last = 42;
  const int file = open(path.c_str(), O_WRONLY);
  const bool made = ftruncate(file, size) == 0 && pwrite(file, &last, 4, size - 4) == 4;
  close(file);
  if (!made) GTEST_SKIP() << "the disk takes no file of 2.4 GB";

  const ProgramFile loaded = load_program(path, {.verify_hashes = false});
  const Tensor table = loaded.state["table"];
  EXPECT_EQ(table.numel(), rows);
  EXPECT_EQ(table.data<float>()[rows - 1], 42);
  table.data<float>()[rows / 2] = 1;  // in memory alone
  EXPECT_EQ(load_program(path, {.verify_hashes = false}).state["table"].data<float>()[rows / 2], 0);
  EXPECT_ERROR(load_program(path), ErrorCode::format, "has no 'tandem.sha256'");
}

}  // namespace
}  // namespace tandem
