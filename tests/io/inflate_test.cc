#include "tandem/io/inflate.h"

#include "tests/expect_error.h"
#include "tests/io/gzip.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::string inflated(std::string_view from, size_t size) {
  Inflater inflater("test", "x.gz", bytes_of(from), Inflater::Format::gzip);
  std::string to(size, '\0');
  inflater.read_all(std::as_writable_bytes(std::span(to)));
  inflater.expect_end();
  return to;
}

TEST(Inflater, ReadsInPieces) {
  const std::string packed = compressed("hello world");
  Inflater inflater("test", "x.gz", bytes_of(packed), Inflater::Format::gzip);
  std::string piece(5, '\0');
  EXPECT_EQ(inflater.read(std::as_writable_bytes(std::span(piece))), 5u);
  EXPECT_EQ(piece, "hello");
  std::string rest(20, '\0');
  EXPECT_EQ(inflater.read(std::as_writable_bytes(std::span(rest))), 6u);
  EXPECT_EQ(inflater.read(std::as_writable_bytes(std::span(rest))), 0u);
}

TEST(Inflater, ReadsSeveralMembers) {
  EXPECT_EQ(inflated(compressed("ab") + compressed("cd"), 4), "abcd");
}

TEST(Inflater, RejectsDamage) {
  std::string packed = compressed("hello world");
  EXPECT_ERROR(inflated(packed, 12), ErrorCode::format,
               "truncated: expected 12 more bytes, got 11");
  EXPECT_ERROR(inflated(packed, 10), ErrorCode::format, "more data than its header announces");
  EXPECT_ERROR(inflated(packed.substr(0, packed.size() - 9), 11), ErrorCode::format, "ends early");
  EXPECT_ERROR(inflated("not gzip at all", 1), ErrorCode::format, "'x.gz' is damaged");
  packed[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_ERROR(inflated(packed, 11), ErrorCode::format, "is damaged");
}

TEST(Inflater, TakesMemoryAsDataComes) {
  const std::string packed = compressed("short");
  Inflater inflater("test", "x.gz", bytes_of(packed), Inflater::Format::gzip);
  EXPECT_ERROR(inflater.read_bytes(int64_t{1} << 60), ErrorCode::format, "truncated");
}

}  // namespace
}  // namespace tandem
