// Files that are not what they claim to be.
#include <map>

#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tandem/runtime/file_hashes.h"
#include "tandem/runtime/file_keys.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

using runtime::load_program_from_bytes;

std::string sample_bytes() {
  TemporaryFolder folder;
  save_program(folder / "a.tandem", sample_program());
  return read_text(folder / "a.tandem");
}

/// The sample file with its content changed, and hashes made anew, as one who means harm would.
template <class Change>
std::string changed(const Change& change, bool hash = true) {
  TemporaryFolder folder;
  const std::string good = sample_bytes();
  SafetensorsContent content = parse_safetensors(bytes_of(good), "good");
  change(content);
  if (hash) {
    std::erase_if(content.metadata, [](auto& v) { return v.first == runtime::hashes_key; });
    content.metadata.emplace_back(runtime::hashes_key,
                                  runtime::hashes_json(content.entries, content.metadata));
  }
  write_safetensors(folder / "bad", content.entries, content.metadata);
  return read_text(folder / "bad");
}

std::string with_value(std::string_view key, std::string_view value, bool hash = true) {
  return changed(
      [&](SafetensorsContent& c) {
        for (auto& v : c.metadata)
          if (v.first == key) v.second = value;
      },
      hash);
}
std::string without_key(std::string_view key, bool hash = true) {
  return changed(
      [&](SafetensorsContent& c) {
        std::erase_if(c.metadata, [&](auto& v) { return v.first == key; });
      },
      hash);
}

void expect_rejected(const std::string& bytes, std::string_view part,
                     ErrorCode code = ErrorCode::format) {
  EXPECT_ERROR(load_program_from_bytes(bytes_of(bytes), {}, "bad.tandem"), code, std::string(part));
}

TEST(ProgramFileDamage, CutAtEveryByte) {
  const std::string good = sample_bytes();
  for (size_t n = 0; n < good.size(); ++n)
    for (const bool verify : {true, false})
      EXPECT_THROW(load_program_from_bytes(bytes_of(good.substr(0, n)), {.verify_hashes = verify}),
                   Error)
          << n;
}

/// With hashes, no flipped bit goes unnoticed but in the spaces between header and data; without,
/// it is an error or a program file.
TEST(ProgramFileDamage, EveryFlippedBitIsNoticed) {
  const std::string good = sample_bytes();
  const std::string whole = graph::print(load_program_from_bytes(bytes_of(good)).programs);
  const size_t header = 8 + size_t(read_little_endian<uint64_t>(bytes_of(good)));
  const size_t end = good.rfind('}', header - 1);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = char(bad[at] ^ 1 << at % 7);
    try {
      load_program_from_bytes(bytes_of(bad));
      EXPECT_TRUE(at > end && at < header) << "byte " << at << " of " << good.size();
    } catch (const Error&) {
    }
    if (at % 5) continue;
    try {
      load_program_from_bytes(bytes_of(bad), {.verify_hashes = false});
    } catch (const Error&) {
    }
  }
}

TEST(ProgramFileDamage, Version) {
  expect_rejected(with_value("tandem.version", "2"),
                  "'bad.tandem' has version '2' of the format; expected 1. Was it written by a "
                  "newer Tandem?",
                  ErrorCode::unsupported);
  expect_rejected(with_value("tandem.version", ""), "has version ''", ErrorCode::unsupported);
  expect_rejected(without_key("tandem.version"), "a safetensors file without programs");
}

TEST(ProgramFileDamage, Programs) {
  expect_rejected(without_key("tandem.programs"), "has no 'tandem.programs'");
  expect_rejected(with_value("tandem.programs", "program f("), "bad.tandem:1:");
  expect_rejected(with_value("tandem.programs", ""), "speaks of a program that is not there");
  std::string text(sample_text);
  text.replace(text.find("linear"), 6, "linoar");
  expect_rejected(with_value("tandem.programs", text), "linoar");
  text = sample_text;
  text.replace(text.find("update @steps = %1"), 18, "update @stops = %1");
  expect_rejected(with_value("tandem.programs", text), "@stops");
  expect_rejected(with_value("tandem.programs", std::string(1'000'000, '{')), "bad.tandem:1:1");
}

TEST(ProgramFileDamage, Signatures) {
  expect_rejected(without_key("tandem.signatures"), "has no 'tandem.signatures'");
  expect_rejected(with_value("tandem.signatures", ""), "no JSON");
  expect_rejected(with_value("tandem.signatures", "null"), "does not say what program 'count'");
  expect_rejected(with_value("tandem.signatures", "{}"), "does not say what program 'count'");
  const std::string good = sample_bytes();
  std::string json = parse_safetensors(bytes_of(good), "good").metadata[2].second;
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string other = json;
    other.replace(other.find(from), from.size(), to);
    return with_value("tandem.signatures", other);
  };
  expect_rejected(with("\"f32\"", "\"f16\""), "does not say what program 'predict'");
  expect_rejected(with("[\"b\",4]", "[\"b\",5]"), "does not say what program 'predict'");
  expect_rejected(with("\"predict\"", "\"predikt\""), "does not say what program 'predict'");
  expect_rejected(with("{\"count\"", "{\"more\":0,\"count\""), "a program that is not there");
  expect_rejected(with("{\"count\"", "{\"count\":0,\"count\""), "'count' occurs twice");
  // Hostile JSON ends at its limits, long before memory or the stack do.
  const std::string deep = std::string(1'000'000, '[');
  expect_rejected(with_value("tandem.signatures", deep), "nested more than 5 deep");
  std::string wide = "[";
  for (int i = 0; i < 1'000'000; ++i) wide += "0,";
  expect_rejected(with_value("tandem.signatures", wide), "more than ");
  expect_rejected(with_value("tandem.signatures", "1e999"), "no JSON");
}

TEST(ProgramFileDamage, Hashes) {
  expect_rejected(without_key("tandem.sha256", false), "has no 'tandem.sha256'");
  for (const char* json : {"{}", "[]", "0", "\"\""})
    expect_rejected(with_value("tandem.sha256", json, false), "has no '__metadata__'");
  expect_rejected(with_value("tandem.sha256", "{", false), "no JSON");
  expect_rejected(with_value("tandem.sha256", R"({"a":{"b":"c"}})", false), "nested more than 1");

  const std::string good = sample_bytes();
  const SafetensorsContent content = parse_safetensors(bytes_of(good), "good");
  const std::string json = *runtime::find_value(content.metadata, "tandem.sha256");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string other = json;
    other.replace(other.find(from), from.size(), to);
    return with_value("tandem.sha256", other, false);
  };
  expect_rejected(with("\"fc.bias\"", "\"fc.bios\""), "has no 'fc.bias'");
  expect_rejected(with("\"fc.bias\":\"", "\"fc.bias\":\"0"), "tensor 'fc.bias' has SHA-256 ");
  expect_rejected(with("{", "{\"more\":\"\","), "speaks of a tensor that is not there");

  // A value changed, and the text of a program, with the hashes as they were.
  std::string bad = good;
  bad[good.size() - 1] ^= 1;
  expect_rejected(bad, "tensor 'asset:labels.txt' has SHA-256 ");
  EXPECT_NO_THROW(load_program_from_bytes(bytes_of(bad), {.verify_hashes = false}));
  std::string text(sample_text);
  text.replace(text.find("2.0"), 3, "2.5");
  expect_rejected(with_value("tandem.programs", text, false),
                  "the header without hashes, '__metadata__' has SHA-256 ");
  expect_rejected(with_value("author", "somebody else", false), "the header without hashes");
  const auto reshape = [](SafetensorsContent& c) {
    for (auto& e : c.entries)
      if (e.name == "unused") e.shape = {1, 1};
  };
  expect_rejected(changed(reshape, false), "the header without hashes");
}

TEST(ProgramFileDamage, CheckHashesReadsWhatLoadingLeftOut) {
  TemporaryFolder folder;
  std::string bytes = sample_bytes();
  write_text(folder / "a.tandem", bytes);
  EXPECT_NO_THROW(runtime::check_hashes(folder / "a.tandem"));
  bytes.back() ^= 1;
  write_text(folder / "a.tandem", bytes);
  EXPECT_NO_THROW(load_program(folder / "a.tandem", {.verify_hashes = false}));
  EXPECT_ERROR(runtime::check_hashes(folder / "a.tandem"), ErrorCode::format, "asset:labels.txt");
}

TEST(ProgramFileDamage, Tensors) {
  const auto entry = [](SafetensorsContent& c, std::string_view name) -> SafetensorsEntry& {
    return *std::ranges::find(c.entries, name, &SafetensorsEntry::name);
  };
  const auto without = [](std::string_view name) {
    return changed([&](SafetensorsContent& c) {
      std::erase_if(c.entries, [&](auto& e) { return e.name == name; });
    });
  };
  expect_rejected(without("fc.bias"), "there is no state 'fc.bias', which program predict needs");
  expect_rejected(without("steps"), "there is no state 'steps', which program count needs");
  expect_rejected(without("constant:predict:table"),
                  "there is no tensor 'constant:predict:table', of which program predict speaks");
  expect_rejected(changed([&](SafetensorsContent& c) { entry(c, "fc.weight").shape = {4, 3}; }),
                  "state 'fc.weight' is float32[4, 3], but program predict says f32[3, 4]");
  expect_rejected(changed([&](SafetensorsContent& c) { entry(c, "fc.bias").dtype = "I32"; }),
                  "state 'fc.bias' is int32[3], but program predict says f32[3]");
  expect_rejected(
      changed([&](SafetensorsContent& c) { entry(c, "constant:predict:table").shape = {18}; }),
      "'constant:predict:table' is float32[18], but program predict says f32[6, 3]");
  expect_rejected(
      changed([&](SafetensorsContent& c) { entry(c, "unused").name = "constant:predict:other"; }),
      "no program needs the tensor 'constant:predict:other'");
  expect_rejected(changed([&](SafetensorsContent& c) { entry(c, "unused").name = "asset:unused"; }),
                  "'asset:unused' is float16[1]; expected uint8[n]");
  expect_rejected(changed([&](SafetensorsContent& c) { entry(c, "unused").dtype = "U16"; }),
                  "'unused' is U16, for which there is no dtype", ErrorCode::unsupported);
  expect_rejected(changed([&](SafetensorsContent& c) {
                    entry(c, "unused").dtype = "BOOL";
                    entry(c, "unused").shape = {2};
                  }),
                  "boolean 'unused' holds the byte");
}

TEST(ProgramFileDamage, OverlappingOffsets) {
  std::string bad = sample_bytes();
  const size_t at = bad.find("\"data_offsets\":[8,");
  ASSERT_NE(at, bad.npos);
  bad[bad.find("[8,", at) + 1] = '4';
  expect_rejected(bad, "overlaps the tensor before it");
  bad = sample_bytes();
  bad.replace(bad.find("\"data_offsets\":[8,") + 16, 1, "9");
  expect_rejected(bad, "leaves a gap before it");
}

TEST(ProgramFileDamage, Keys) {
  expect_rejected(
      changed([](SafetensorsContent& c) { c.metadata.emplace_back("tandem.more", ""); }),
      "version 1 of the format has no 'tandem.more'");
}

TEST(ProgramFileDamage, OtherFiles) {
  TemporaryFolder folder;
  EXPECT_ERROR(load_program(folder / "none"), ErrorCode::io, "load_program: cannot open");
  expect_rejected("", "got 0");
  expect_rejected(std::string(1000, '\0'), "start with '{'");
}

}  // namespace
}  // namespace tandem
