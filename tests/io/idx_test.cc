#include "tandem/io/idx.h"

#include <cstring>

#include "tests/expect_error.h"
#include "tests/io/gzip.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::string idx(int type, std::vector<uint32_t> shape, std::string_view data) {
  std::string file{'\0', '\0', char(type), char(shape.size())};
  for (uint32_t dim : shape)
    for (int shift = 24; shift >= 0; shift -= 8) file += char(dim >> shift & 0xff);
  return file.append(data);
}
IdxArray parse(const std::string& file) { return parse_idx(bytes_of(file), "x.idx"); }

TEST(Idx, ReadsPlainAndGzip) {
  const std::string plain = idx(8, {2, 3}, "abcdef");
  for (const std::string& file : {plain, compressed(plain)}) {
    const IdxArray array = parse(file);
    EXPECT_EQ(array.dtype, "u8");
    EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(std::memcmp(array.bytes.data(), "abcdef", 6), 0);
  }
}

TEST(Idx, TurnsBytesRound) {
  const IdxArray array = parse(idx(0x0c, {2}, std::string_view("\0\0\1\2\xff\xff\xff\xfe", 8)));
  int32_t values[2];
  std::memcpy(values, array.bytes.data(), 8);
  EXPECT_EQ(values[0], 258);
  EXPECT_EQ(values[1], -2);
  EXPECT_EQ(parse(idx(0x0e, {1}, "12345678")).dtype, "f64");
}

TEST(Idx, RejectsHostileFiles) {
  EXPECT_ERROR(parse(""), ErrorCode::format, "truncated");
  EXPECT_ERROR(parse("PNG..."), ErrorCode::format, "is no IDX file");
  EXPECT_ERROR(parse(idx(7, {1}, "a")), ErrorCode::format, "is no IDX file");
  EXPECT_ERROR(parse(idx(8, {3}, "ab")), ErrorCode::format,
               "announces more items than a file of 10");
  EXPECT_ERROR(parse(idx(8, {1}, "ab")), ErrorCode::format, "holds 1 bytes more");
  EXPECT_ERROR(parse(idx(8, {~0u, ~0u, ~0u, ~0u}, "a")), ErrorCode::format, "more items");
  EXPECT_ERROR(parse(std::string("\0\0\x08\xff", 4)), ErrorCode::format, "truncated");
  EXPECT_ERROR(parse(compressed(idx(8, {~0u}, "a"))), ErrorCode::format, "more items");
  EXPECT_ERROR(parse(compressed(idx(8, {2}, "a"))), ErrorCode::format, "truncated");
  EXPECT_ERROR(parse(compressed(idx(8, {1}, "ab"))), ErrorCode::format, "more data");
}

TEST(Idx, SurvivesEveryTruncation) {
  for (const std::string& good : {idx(8, {2, 2}, "abcd"), compressed(idx(8, {2, 2}, "abcd"))})
    for (size_t n = 0; n < good.size(); ++n) EXPECT_THROW(parse(good.substr(0, n)), Error) << n;
}

}  // namespace
}  // namespace tandem
