#include "tandem/runtime/untrusted_json.h"

#include <nlohmann/json.hpp>
#include <random>

#include "tests/expect_error.h"

namespace tandem::runtime {
namespace {

using Json = nlohmann::json;

JsonMembers parse(std::string_view text) {
  return parse_untrusted_json("op", "what", text, 6, 1000);
}

TEST(UntrustedJson, MembersAreTextWithoutSpacesSortedByName) {
  const JsonMembers members =
      parse(R"( { "b" : [ 1 , "x" , { "d" : -2 , "c" : [ ] } ] , "a" : { } , "n" : null } )");
  EXPECT_EQ(members,
            (JsonMembers{{"a", "{}"}, {"b", R"([1,"x",{"c":[],"d":-2}])"}, {"n", "null"}}));
  EXPECT_EQ(json_object(members), R"({"a":{},"b":[1,"x",{"c":[],"d":-2}],"n":null})");
}

TEST(UntrustedJson, WhatIsNoObjectHasNoMembers) {
  for (const char* text : {"[]", R"([{"a":1}])", "0", R"("a")", "null", "{}"})
    EXPECT_TRUE(parse(text).empty()) << text;
}

TEST(UntrustedJson, NothingStandsBehindAZero) {
  EXPECT_ERROR(parse(std::string_view("{}\0{\"hidden\":1}", 15)), ErrorCode::format,
               "a zero at its byte 3");
  EXPECT_ERROR(parse(std::string_view("{\"a\0b\":1}", 9)), ErrorCode::format, "a zero at its byte");
}

TEST(UntrustedJson, TextsAreEscapedAlike) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += char(c);
  all += "é€😀";
  EXPECT_EQ(Json::parse(json_string(all)).get<std::string>(), all);
  EXPECT_EQ(parse(Json{{"k", all}}.dump(-1, ' ', true)).at("k"), json_string(all));
}

Json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return random();
    case 3:
      return -int64_t(random());
    case 4:
      return std::string(random() % 4, char('a' + random() % 26));
    case 5: {
      Json array = Json::array();
      for (unsigned n = random() % 4; n; --n) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (unsigned n = random() % 4; n; --n)
        object[std::string(1, char('a' + random() % 26))] = random_value(random, depth - 1);
      return object;
    }
  }
}

TEST(UntrustedJson, AnyObjectComesBackAsTheLibraryWritesIt) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    Json object = Json::object();
    for (unsigned n = random() % 5; n; --n)
      object[std::string(1, char('a' + random() % 26))] = random_value(random, 4);
    const JsonMembers members = parse(object.dump(2));
    ASSERT_EQ(json_object(members), object.dump());
    for (const auto& [name, value] : members) ASSERT_EQ(value, object[name].dump());
  }
}

TEST(UntrustedJson, LimitsHold) {
  const auto expect = [](std::string_view text, int depth, std::size_t values, const char* says) {
    EXPECT_ERROR(parse_untrusted_json("op", "what", text, depth, values), ErrorCode::format, says);
  };
  EXPECT_EQ(parse_untrusted_json("op", "what", R"({"a":[1]})", 2, 3).size(), 1U);
  expect(R"({"a":[1]})", 1, 3, "what: nested more than 1 deep");
  expect(R"({"a":[1]})", 2, 2, "what: more than 2 values");
  expect(R"({"a":1,"a":2})", 2, 9, "what: 'a' occurs twice");
  expect(R"({"a":{"b":1,"b":1}})", 2, 9, "what: 'b' occurs twice");
  for (const char* text : {"", "{", "{]", "[1,]", "1e999", "{\"a\xff\":1}", "{} {}", "nul"})
    expect(text, 2, 9, "what: no JSON");
}

}  // namespace
}  // namespace tandem::runtime
