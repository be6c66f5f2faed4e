#include "tandem/io/safetensors.h"

#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::string file_of(std::string_view header, std::string_view data = "") {
  std::string file;
  append_little_endian(file, uint64_t(header.size()));
  return file.append(header).append(data);
}
void expect_rejected(std::string_view header, std::string_view data, std::string_view part) {
  const std::string file = file_of(header, data);
  EXPECT_ERROR(parse_safetensors(bytes_of(file), "x.safetensors"), ErrorCode::format,
               std::string(part));
}

TEST(Safetensors, ReadsEntriesInTheOrderOfTheirBytes) {
  const std::string file =
      file_of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},)"
              R"("__metadata__":{"format":"pt"},)"
              R"("a":{"data_offsets":[0,4],"dtype":"F32","shape":[]},)"
              R"("empty":{"dtype":"I64","shape":[0,3],"data_offsets":[4,4]}}   )",
              "abcdef");
  const auto content = parse_safetensors(bytes_of(file), "x");
  ASSERT_EQ(content.entries.size(), 3u);
  EXPECT_EQ(content.entries[0].name, "a");
  EXPECT_EQ(content.entries[0].dtype, "F32");
  EXPECT_TRUE(content.entries[0].shape.empty());
  EXPECT_EQ(content.entries[0].bytes.size(), 4u);
  EXPECT_EQ(content.entries[1].name, "empty");
  EXPECT_EQ(content.entries[1].shape, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(content.entries[2].name, "b");
  EXPECT_EQ(content.entries[2].bytes[0], std::byte{'e'});
  EXPECT_EQ(content.metadata, (Metadata{{"format", "pt"}}));
}

TEST(Safetensors, RoundTripsAlignedAndSortedByItemSize) {
  TemporaryFolder folder;
  const std::vector<float> f{1, 2, 3, 4, 5, 6};
  const std::vector<int64_t> i{-1, 7};
  const std::string u = "xyz";
  const std::vector<SafetensorsEntry> entries{{"u \"8\" é", "U8", {3}, bytes_of(u)},
                                              {"f", "F32", {2, 3}, bytes_of(f)},
                                              {"i", "I64", {2}, bytes_of(i)},
                                              {"none", "F32", {0}, {}}};
  const Metadata metadata{{"tandem.version", "1"}, {"quote", "a\"b\n"}};
  write_safetensors(folder / "a", entries, metadata);
  const MappedFile file("test", folder / "a");
  const auto content = parse_safetensors(file.bytes(), "a");
  EXPECT_EQ(content.metadata, metadata);
  ASSERT_EQ(content.entries.size(), 4u);
  EXPECT_EQ((content.entries[0].bytes.data() - file.bytes().data()) % 64, 0);
  for (const auto& want : entries) {
    const auto got = std::ranges::find(content.entries, want.name, &SafetensorsEntry::name);
    ASSERT_NE(got, content.entries.end()) << want.name;
    EXPECT_EQ(got->dtype, want.dtype);
    EXPECT_EQ(got->shape, want.shape);
    EXPECT_TRUE(std::ranges::equal(got->bytes, want.bytes));
    EXPECT_EQ((got->bytes.data() - file.bytes().data()) % (safetensors_bits(want.dtype) / 8), 0);
  }
}

TEST(Safetensors, WritesTheSameBytesForTheSameTensors) {
  TemporaryFolder folder;
  const std::vector<float> f{1, 2};
  const std::vector<SafetensorsEntry> entries{{"a", "F32", {2}, bytes_of(f)}};
  write_safetensors(folder / "a", entries);
  write_safetensors(folder / "b", entries);
  EXPECT_EQ(read_text(folder / "a"), read_text(folder / "b"));
}

TEST(Safetensors, RejectsDamagedLengths) {
  EXPECT_ERROR(parse_safetensors(bytes_of(std::string_view("abc")), "x"), ErrorCode::format,
               "expected at least 8 bytes, got 3");
  EXPECT_ERROR(parse_safetensors({}, "x"), ErrorCode::format, "got 0");
  std::string huge;
  append_little_endian(huge, UINT64_MAX);
  EXPECT_ERROR(parse_safetensors(bytes_of(huge), "x"), ErrorCode::format, "is it a safetensors");
  std::string cut;
  append_little_endian(cut, uint64_t{100});
  EXPECT_ERROR(parse_safetensors(bytes_of(cut + "{}"), "x"), ErrorCode::format, "is truncated");
  expect_rejected("", "", "start with '{'");
  expect_rejected(" {}", "", "start with '{'");
}

TEST(Safetensors, RejectsHeadersOfAnotherForm) {
  expect_rejected("{", "", "no JSON");
  expect_rejected("{} x", "", "no JSON");
  expect_rejected(std::string_view("{}\0", 3), "", "a zero at its byte 3");
  expect_rejected(std::string_view("{}\0{\"hidden\":1}", 15), "", "a zero at its byte 3");
  expect_rejected("{\"a\xff\":1}", "", "no JSON");
  expect_rejected(R"({"a":1})", "", "holds a number");
  expect_rejected(R"({"a":null})", "", "holds null");
  expect_rejected(R"({"a":[]})", "", "holds a list");
  expect_rejected(R"({"a":{}})", "", "needs dtype, shape");
  expect_rejected(R"({"__metadata__":{"a":1}})", "", "holds a number");
  expect_rejected(R"({"__metadata__":{"a":{}}})", "", "holds an object");
  expect_rejected(R"({"__metadata__":{"a":"1","a":"2"}})", "", "occurs twice");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":[]}})", "x",
                  "unknown field 'more'");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1]}})", "x", "needs dtype, shape");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1]}})", "x",
                  "two data_offsets");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", "x", "a number");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}})", "x", "a list");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x", "negative");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "x", "fraction");
  expect_rejected(R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", "x", "a number");
  expect_rejected(std::string(100'000, '[').insert(0, R"({"a":)"), "", "holds a list");
}

TEST(Safetensors, RejectsEntriesThatLie) {
  const auto entry = [](std::string_view dtype, std::string_view shape, std::string_view offsets) {
    return text(R"({"a":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", offsets,
                "}}");
  };
  expect_rejected(entry("F31", "[1]", "[0,4]"), "abcd", "unknown dtype 'F31'");
  expect_rejected(entry("F32", "[2]", "[0,4]"), "abcd", "do not make F32 of shape [2]");
  expect_rejected(entry("F32", "[1]", "[0,8]"), "abcd", "is it truncated?");
  expect_rejected(entry("F32", "[1]", "[4,0]"), "abcd", "leaves a gap");
  expect_rejected(entry("F32", "[1]", "[0,4]"), "abcdef", "2 bytes that belong to no tensor");
  expect_rejected(entry("F32", "[1]", "[1,5]"), "abcde", "leaves a gap before it");
  expect_rejected(entry("F32", "[4611686018427387905]", "[0,4]"), "abcd", "do not make");
  expect_rejected(entry("F32", "[9223372036854775807,9223372036854775807]", "[0,4]"), "abcd",
                  "do not make");
  expect_rejected(entry("U8", "[18446744073709551615]", "[0,4]"), "abcd", "too large");
  expect_rejected(entry("U8", "[4]", "[0,18446744073709551615]"), "abcd", "lies in 0..");
  expect_rejected(entry("F4", "[1]", "[0,1]"), "a", "do not make F4");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                  R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                  "abc", "overlaps the tensor before it");
  expect_rejected(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                  R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                  "ab", "'a' occurs twice");
}

/// Whatever is cut off or changed, the answer is a result or an error of code format.
TEST(Safetensors, SurvivesEveryTruncationAndFlippedByte) {
  const std::string good = file_of(
      R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd");
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_THROW(parse_safetensors(bytes_of(good.substr(0, n)), "x"), Error) << n;
  for (size_t at = 0; at < good.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = char(bad[at] ^ 1 << bit);
      try {
        for (const auto& e : parse_safetensors(bytes_of(bad), "x").entries)
          EXPECT_EQ(e.bytes.size(), 4u);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::format);
      }
    }
}

TEST(Safetensors, RefusesToWriteWhatCannotBeRead) {
  TemporaryFolder folder;
  const std::string data = "abcd";
  const auto write = [&](std::vector<SafetensorsEntry> entries, const Metadata& metadata = {}) {
    write_safetensors(folder / "a", entries, metadata);
  };
  const SafetensorsEntry good{"a", "F32", {1}, bytes_of(data)};
  EXPECT_ERROR(write({good, good}), ErrorCode::value, "'a' is given twice");
  EXPECT_ERROR(write({{"__metadata__", "F32", {1}, bytes_of(data)}}), ErrorCode::value, "reserved");
  EXPECT_ERROR(write({{"a", "F32", {2}, bytes_of(data)}}), ErrorCode::value, "do not make");
  EXPECT_ERROR(write({{"a\xff", "F32", {1}, bytes_of(data)}}), ErrorCode::value, "UTF-8");
  EXPECT_ERROR(write({good}, {{"k", "1"}, {"k", "2"}}), ErrorCode::value, "'k' twice");
  EXPECT_EQ(folder.count(), 0);
}

}  // namespace
}  // namespace tandem
