#include "tandem/io/npy.h"

#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

std::string npy(std::string_view dict, std::string_view data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += char(version);
  file += '\0';
  if (version == 1)
    append_little_endian(file, uint16_t(dict.size()));
  else
    append_little_endian(file, uint32_t(dict.size()));
  return file.append(dict).append(data);
}
NpyArray parse_array(const std::string& file) { return parse_npy(bytes_of(file), "x.npy"); }
void expect_rejected(const std::string& file, std::string_view part,
                     ErrorCode code = ErrorCode::format) {
  EXPECT_ERROR(parse_array(file), code, std::string(part));
}

TEST(Npy, ReadsEveryVersion) {
  for (int version : {1, 2, 3}) {
    const std::string file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }   \n",
                                 "abcdefgh", version);
    const NpyArray array = parse_array(file);
    EXPECT_EQ(array.kind, 'f');
    EXPECT_EQ(array.item_size, 4);
    EXPECT_FALSE(array.fortran_order);
    EXPECT_FALSE(array.big_endian);
    EXPECT_EQ(array.shape, (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(array.bytes.size(), 8u);
  }
}

TEST(Npy, ReadsOtherSpellings) {
  const std::string file =
      npy("{\"shape\":(2L,),\"fortran_order\":True,\"descr\":\">i2\"}", "abcd");
  const NpyArray array = parse_array(file);
  EXPECT_EQ(array.kind, 'i');
  EXPECT_TRUE(array.big_endian);
  EXPECT_TRUE(array.fortran_order);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2}));
  const std::string scalar = npy("{'descr':'|b1','fortran_order':False,'shape':()}", "a");
  EXPECT_TRUE(parse_array(scalar).shape.empty());
}

TEST(Npy, WritesNumpysOwnHeader) {
  const std::string data(24, 'x');
  const NpyArray array{'f', 4, false, false, {2, 3}, bytes_of(data)};
  const std::string header = npy_header(array);
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(header.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  EXPECT_EQ(header.back(), '\n');
  EXPECT_EQ(parse_array(header + data).shape, array.shape);
  EXPECT_THAT(npy_header({'u', 1, false, false, {3}, {}}), testing::HasSubstr("'|u1'"));
  EXPECT_THAT(npy_header({'u', 1, false, false, {3}, {}}), testing::HasSubstr("(3,)"));
  EXPECT_THAT(npy_header({'i', 8, false, true, {}, {}}), testing::HasSubstr("'shape': (), }"));
}

TEST(Npy, RoundTripsThroughAFile) {
  TemporaryFolder folder;
  const std::vector<double> values{1, 2, 3};
  write_npy(folder / "a.npy", {'f', 8, false, false, {3}, bytes_of(values)});
  const MappedFile file("test", folder / "a.npy");
  EXPECT_TRUE(std::ranges::equal(parse_npy(file.bytes(), "a").bytes, bytes_of(values)));
}

TEST(Npy, RejectsHostileHeaders) {
  expect_rejected("", "no npy file");
  expect_rejected("\x93NUMPX\1\0aa", "no npy file");
  expect_rejected(npy("", "", 4), "version 4.0");
  expect_rejected("\x93NUMPY\1", "no npy file");
  expect_rejected(std::string("\x93NUMPY\1\0\xff\xff", 10), "truncated in its header");
  expect_rejected(std::string("\x93NUMPY\2\0\1", 9), "truncated in its header");
  const std::string rest = "'fortran_order': False, 'shape': (1,)}";
  expect_rejected(npy("{'descr': '<f4', " + rest, "abc"), "need 4");
  expect_rejected(npy("{'descr': '<f4', " + rest, "abcde"), "need 4");
  expect_rejected(npy("{'descr': '<f4', " + rest + " x", "abcd"), "goes on after the dict");
  expect_rejected(npy("{'descr': '<f4', 'descr': '<f4', " + rest, "abcd"), "too many");
  expect_rejected(npy("{'more': '<f4', " + rest, "abcd"), "'more' too many");
  expect_rejected(npy("{" + rest, "abcd"), "needs descr");
  expect_rejected(npy("{'descr': '<f4", ""), "does not end");
  expect_rejected(npy("{'descr': <f4", ""), "expected a string");
  expect_rejected(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", ""), "True or False");
  expect_rejected(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", ""),
                  "sizes of 0");
  expect_rejected(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", ""),
                  "expected ')'");
  expect_rejected(npy("{'descr': '<f4', 'fortran_order': False, 'shape': 1}", ""), "expected '('");
  expect_rejected(
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", ""),
      "sizes of 0");
  expect_rejected(npy("{'descr': '<f4', 'fortran_order': False, "
                      "'shape': (9223372036854775807, 9223372036854775807)}",
                      ""),
                  "more than there can be");
  for (const char* type : {"|O", "<U5", "|S3", "<M8[ns]", "<f16", "<f3", "<i4x", "f4", "<b2", ""})
    expect_rejected(npy(text("{'descr': '", type, "', ", rest), "abcd"), "holds items of type",
                    ErrorCode::unsupported);
  expect_rejected(npy("{'descr': [('a', '<f4')], " + rest, "abcd"), "holds structures",
                  ErrorCode::unsupported);
}

TEST(Npy, AZeroDimOutweighsAnOverflow) {
  const std::string file =
      npy("{'descr': '<f4', 'fortran_order': False, "
          "'shape': (9223372036854775807, 9223372036854775807, 0)}",
          "");
  EXPECT_TRUE(parse_array(file).bytes.empty());
}

TEST(Npy, SurvivesEveryTruncation) {
  const std::string good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "abcd");
  for (size_t n = 0; n < good.size(); ++n) EXPECT_THROW(parse_array(good.substr(0, n)), Error) << n;
}

}  // namespace
}  // namespace tandem
