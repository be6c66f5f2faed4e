#include "tandem/io/zip.h"

#include <cstring>

#include "tests/expect_error.h"
#include "tests/io/gzip.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  TemporaryFolder folder;
  ZipWriter writer("test", folder / "a.zip");
  for (const auto& [name, data] : entries) {
    const std::span<const std::byte> parts[] = {bytes_of(data)};
    writer.add(name, parts);
  }
  writer.commit();
  return read_text(folder / "a.zip");
}
std::vector<ZipEntry> parse_npz(std::string_view file) {
  return parse_zip("test", bytes_of(file), "a.zip");
}
std::string content(const ZipEntry& entry) {
  const auto bytes = read_zip_entry("test", entry, "a.zip");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
size_t find(const std::string& file, std::string_view mark) { return file.find(mark); }

TEST(Zip, RoundTrips) {
  const std::string file =
      zip_of({{"a", "hello"}, {"folder/b", ""}, {"c", std::string(1000, 'x')}});
  const auto entries = parse_npz(file);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].name, "folder/b");
  EXPECT_EQ(content(entries[0]), "hello");
  EXPECT_EQ(content(entries[1]), "");
  EXPECT_EQ(content(entries[2]), std::string(1000, 'x'));
  EXPECT_TRUE(parse_npz(zip_of({})).empty());
}

/// Made of a stored archive: its one entry's bytes, sizes and method exchanged for deflated ones.
std::string deflated_zip(std::string_view data, uint32_t announced) {
  const std::string packed = compressed(data, -15);
  std::string file = zip_of({{"a", packed}});
  const auto crc =
      uint32_t(crc32(0, reinterpret_cast<const Bytef*>(data.data()), uInt(data.size())));
  const size_t entry = find(file, "PK\1\2");
  file[8] = file[entry + 10] = 8;
  std::memcpy(&file[14], &crc, 4);
  std::memcpy(&file[entry + 16], &crc, 4);
  std::memcpy(&file[entry + 24], &announced, 4);
  return file;
}

TEST(Zip, Inflates) {
  const std::string data(5000, 'y');
  const std::string file = deflated_zip(data, 5000);
  EXPECT_EQ(content(parse_npz(file).at(0)), data);
}

TEST(Zip, BoundsDecompression) {
  const std::string data(5000, 'y');
  EXPECT_ERROR(parse_npz(deflated_zip(data, 2'000'000'000)), ErrorCode::format, "too few for that");
  const std::string more = deflated_zip(data, 5001), less = deflated_zip(data, 4999);
  EXPECT_ERROR(content(parse_npz(more).at(0)), ErrorCode::format, "truncated");
  EXPECT_ERROR(content(parse_npz(less).at(0)), ErrorCode::format, "more data");
}

TEST(Zip, RejectsDamage) {
  const std::string good = zip_of({{"a", "hello"}});
  EXPECT_ERROR(parse_npz(""), ErrorCode::format, "too short");
  EXPECT_ERROR(parse_npz(std::string(100, 'x')), ErrorCode::format, "no end record");
  std::string bad = good;
  bad[find(good, "hello")] = 'j';
  EXPECT_ERROR(content(parse_npz(bad).at(0)), ErrorCode::format, "its checksum is");
  const size_t entry = find(good, "PK\1\2");
  bad = good;
  bad[entry + 8] = 1;
  EXPECT_ERROR(parse_npz(bad), ErrorCode::unsupported, "'a' is encrypted");
  bad = good;
  bad[entry + 10] = 12;
  EXPECT_ERROR(parse_npz(bad), ErrorCode::unsupported, "compressed by method 12");
  bad = good;
  bad[entry + 24] = 6;
  EXPECT_ERROR(parse_npz(bad), ErrorCode::format, "announces 6 bytes, but has 5");
  bad = good;
  bad[entry + 42] = 9;
  EXPECT_ERROR(parse_npz(bad), ErrorCode::format, "is not where it should be");
  bad = good;
  bad[entry + 45] = 127;
  EXPECT_ERROR(parse_npz(bad), ErrorCode::format, "beyond the end");
  for (size_t n = 0; n < good.size(); ++n) EXPECT_THROW(parse_npz(good.substr(0, n)), Error) << n;
}

TEST(Zip, SurvivesEveryFlippedByte) {
  for (const std::string& good :
       {zip_of({{"a", "hello"}, {"b", "x"}}), deflated_zip("hello hello", 11)})
    for (size_t at = 0; at < good.size(); ++at)
      for (int bit = 0; bit < 8; ++bit) {
        std::string bad = good;
        bad[at] = char(bad[at] ^ 1 << bit);
        try {
          for (const auto& e : parse_npz(bad)) content(e);
        } catch (const Error&) {
        }
      }
}

TEST(Zip, RefusesNamesTwice) {
  EXPECT_ERROR(zip_of({{"a", "1"}, {"a", "2"}}), ErrorCode::value, "'a' is given twice");
  std::string twice = zip_of({{"a", "1"}, {"b", "2"}});
  twice[twice.rfind('b')] = 'a';
  EXPECT_ERROR(parse_npz(twice), ErrorCode::format, "two entries named 'a'");
}

}  // namespace
}  // namespace tandem
