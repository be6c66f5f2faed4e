#include "tandem/io/pickle.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string_view>

#include "tandem/io/torch_file.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/io/torch_pickle.h"

namespace tandem {
namespace {

const std::array<float, 4> values{1, 2, 3, 4};

std::vector<std::byte> file_of(std::string_view pickle) {
  const TorchStorage storage{"0", std::as_bytes(std::span(values))};
  const std::string bytes = torch_bytes(pickle, {&storage, 1});
  return {bytes_of(bytes).begin(), bytes_of(bytes).end()};
}
Tensor tensor_of(const TorchPickle& pickle) {
  TorchFile file(file_of(pickle.text()), "test");
  return file.tensor(*file.pickle().root);
}

TEST(Pickle, BuildsValues) {
  using namespace std::string_view_literals;
  const Pickle p =
      parse_pickle("test",
                   bytes_of("\x80\x02(K\x01J\xfe\xff\xff\xff\x8a\x02\0\x80\x88NX\x02\0\0\0hi"
                            "]q\0h\0a)t."sv),
                   "test");
  using Kind = PickleValue::Kind;
  ASSERT_TRUE(p.root->is(Kind::tuple));
  const auto& items = p.root->items;
  EXPECT_EQ(items[0]->integer, 1);
  EXPECT_EQ(items[1]->integer, -2);
  EXPECT_EQ(items[2]->integer, -32768);
  EXPECT_TRUE(items[3]->is(Kind::boolean) && items[3]->integer);
  EXPECT_TRUE(items[4]->is(Kind::none));
  EXPECT_EQ(items[5]->text, "hi");
  EXPECT_EQ(items[6]->items[0], items[6]);  // a list that holds itself
  EXPECT_TRUE(items[7]->is(Kind::tuple));
}

TEST(Pickle, RefusesTheRest) {
  for (std::string_view bad :
       {"", ".", "\x80\x02", "\x80\x02]K\x01K\x02.", "\x80\x02(K\x01.", "\x80\x02h\x07.",
        "\x80\x02}K\x01s.", "\x80\x02N.N", "\x80\x02K\x01K\x02R."})
    EXPECT_THROW(parse_pickle("test", bytes_of(bad), "test"), Error) << bad;
  EXPECT_ERROR(parse_pickle("test", bytes_of("\x80\x04N."), "test"), ErrorCode::unsupported,
               "pickle of protocol 4");
  EXPECT_ERROR(parse_pickle("test", bytes_of("\x80\x02ios\nsystem\n."), "test"),
               ErrorCode::unsupported, "opcode 105");
}

TEST(TorchPickle, ReadsViewsOfAStorage) {
  EXPECT_EQ(tensor_of({}).to_vector<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(tensor_of({.stride = {1, 2}}).to_vector<float>(), (std::vector<float>{1, 3, 2, 4}));
  EXPECT_EQ(tensor_of({.offset = 2, .size = {2}, .stride = {1}}).to_vector<float>(),
            (std::vector<float>{3, 4}));
  EXPECT_EQ(tensor_of({.size = {0, 3}, .stride = {3, 1}}).shape(), (Dims{0, 3}));
}

TEST(TorchPickle, RefusesPlacesOutsideOfItsStorage) {
  for (const TorchPickle& bad : std::vector<TorchPickle>{
           {.size = {3, 2}},
           {.offset = 1},
           {.offset = -1},
           {.stride = {1 << 30, 1 << 30}},
           {.numel = 5},
           {.numel = -4},
           {.size = {2}},
           {.size = {-1, 2}},
           {.storage = "BoolStorage"},  // bytes that are no bools
       })
    EXPECT_ERROR(tensor_of(bad), ErrorCode::format, "is damaged");
  EXPECT_ERROR(tensor_of({.storage = "QInt8Storage"}), ErrorCode::unsupported, "no dtype");
}

}  // namespace
}  // namespace tandem
