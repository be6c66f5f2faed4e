#include "tandem/runtime/sign.h"

#include <cstdlib>

#include "tandem/io/tensor_files.h"
#include "tandem/runtime/file_hashes.h"
#include "tandem/runtime/file_keys.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

using namespace runtime;
using ::testing::HasSubstr;

// The first key of RFC 8032, 7.1.
constexpr std::string_view private_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view public_key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

class Signed : public ::testing::Test {
 protected:
  Signed() {
    save_program(path, sample_program());
    sign_program(path, private_key);
  }
  Metadata metadata() const {
    Metadata m;
    load_safetensors(path, &m);
    return m;
  }
  /// Writes the file again with one value of its metadata changed.
  template <class Change>
  void change(const Change& change) {
    const std::string bytes = read_text(path);
    SafetensorsContent content = parse_safetensors(bytes_of(bytes), path);
    change(content);
    write_safetensors(path, content.entries, content.metadata);
  }
  void set(std::string_view key, const std::string& value) {
    change([&](SafetensorsContent& c) {
      for (auto& v : c.metadata)
        if (v.first == key) v.second = value;
    });
  }

  TemporaryFolder folder;
  const std::string path = folder / "a.tandem";
};

TEST_F(Signed, IsVerified) {
  EXPECT_NO_THROW(verify_signature(path, public_key));
  EXPECT_EQ(load_signed_program(path, public_key).state.size(), 4u);
  EXPECT_EQ(load_program(path).state.size(), 4u);
  EXPECT_EQ(signer(metadata(), path),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(key_digits(public_key), signer(metadata(), path));
  // Ed25519 is deterministic, and a new signature takes the place of the old one.
  const std::string bytes = read_text(path);
  sign_program(path, private_key);
  EXPECT_EQ(read_text(path), bytes);
  EXPECT_EQ(folder.count(), 1);
}

TEST_F(Signed, ByFreshKeysToo) {
  const SigningKeys keys = generate_signing_keys();
  EXPECT_NE(keys.private_key, generate_signing_keys().private_key);
  sign_program(path, keys.private_key);
  EXPECT_NO_THROW(verify_signature(path, keys.public_key));
  EXPECT_ERROR(
      verify_signature(path, public_key), ErrorCode::format,
      text("is signed by another key, ", key_digits(keys.public_key), "; expected d75a98"));
  EXPECT_ERROR(load_signed_program(path, public_key), ErrorCode::format, "another key");
}

TEST_F(Signed, NothingMayChange) {
  const std::string good = read_text(path);
  const auto expect_wrong = [&](std::string_view part) {
    EXPECT_ERROR(verify_signature(path, public_key), ErrorCode::format, std::string(part));
    EXPECT_ERROR(load_signed_program(path, public_key), ErrorCode::format, std::string(part));
    write_text(path, good);
  };
  std::string bad = good;
  bad.back() ^= 1;
  write_text(path, bad);
  expect_wrong("tensor 'asset:labels.txt' has SHA-256");
  set("author", "somebody else");
  expect_wrong("the header without hashes");

  // With hashes that fit, the signature no longer does.
  change([](SafetensorsContent& c) {
    for (auto& v : c.metadata)
      if (v.first == "author") v.second = "somebody else";
    for (auto& v : c.metadata)
      if (v.first == "tandem.sha256") v.second = hashes_json(c.entries, c.metadata);
  });
  EXPECT_NO_THROW(load_program(path));
  expect_wrong("the signature is wrong");

  std::string signature;
  for (const auto& [key, value] : metadata())
    if (key == "tandem.signature") signature = value;
  const size_t digit = signature.find("\"signature\":\"") + 20;
  signature[digit] = signature[digit] == '0' ? '1' : '0';
  set("tandem.signature", signature);
  expect_wrong("the signature is wrong");
  set("tandem.signature", "[");
  expect_wrong("tandem.signature: no JSON");
  set("tandem.signature", std::string(100'000, '['));
  expect_wrong("tandem.signature: nested more than 1 deep");
  set("tandem.signature", "{}");
  expect_wrong("a signature of algorithm ''; expected Ed25519");
  set("tandem.signature", R"({"algorithm":"RSA"})");
  expect_wrong("a signature of algorithm 'RSA'");
  set("tandem.signature", R"({"algorithm":"Ed25519","public_key":"00","signature":7})");
  expect_wrong("needs a public_key of 64 and a signature of 128 hexadecimal digits");
}

TEST_F(Signed, SavingAnewDropsTheSignature) {
  save_program(path, load_program(path));
  EXPECT_EQ(signer(metadata(), path), std::nullopt);
  EXPECT_ERROR(verify_signature(path, public_key), ErrorCode::format, "is not signed");
}

TEST_F(Signed, DamagedFilesAreNotSigned) {
  std::string bad = read_text(path);
  bad.back() ^= 1;
  write_text(path, bad);
  EXPECT_ERROR(sign_program(path, private_key), ErrorCode::format, "asset:labels.txt");
  EXPECT_EQ(read_text(path), bad);
  save_safetensors(folder / "other", {{"a", empty({1})}});
  EXPECT_ERROR(sign_program(folder / "other", private_key), ErrorCode::format, "without programs");
}

TEST_F(Signed, WhatCannotBeLoadedIsNotSigned) {
  set(programs_key, "program none(");
  change([](SafetensorsContent& c) {
    std::erase_if(c.metadata,
                  [](const auto& v) { return v.first == hashes_key || v.first == signature_key; });
    const std::string hashes = hashes_json(c.entries, c.metadata);
    c.metadata.emplace_back(hashes_key, hashes);
  });
  const std::string before = read_text(path);
  EXPECT_ERROR(sign_program(path, private_key), ErrorCode::format, "a.tandem:1:");
  EXPECT_EQ(read_text(path), before);
}

TEST_F(Signed, KeysOfAnotherKind) {
  EXPECT_ERROR(sign_program(path, public_key), ErrorCode::value,
               "expected an Ed25519 private key in PEM, got a public key");
  EXPECT_ERROR(verify_signature(path, private_key), ErrorCode::value,
               "expected an Ed25519 public key in PEM, got a private key");
  EXPECT_ERROR(verify_signature(path, "hello"), ErrorCode::value, "got no PEM text");
  EXPECT_ERROR(verify_signature(path, ""), ErrorCode::value, "got no PEM text");
  EXPECT_ERROR(sign_program(path, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), ErrorCode::value,
               "got an encrypted private key");
  // An X25519 key.
  EXPECT_ERROR(verify_signature(path,
                                "-----BEGIN PUBLIC KEY-----\n"
                                "MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                "-----END PUBLIC KEY-----\n"),
               ErrorCode::value, "got a key of another algorithm");
}

/// What is signed can be signed and verified by other programs.
TEST_F(Signed, AsOpensslDoes) {
  if (std::system("openssl version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no openssl program";
  std::string message = "tandem.signature 1\n";
  std::string json;
  for (const auto& [key, value] : metadata()) {
    if (key == "tandem.sha256") message += value;
    if (key == "tandem.signature") json = value;
  }
  write_text(folder / "message", message);
  write_text(folder / "key", private_key);
  const std::string command =
      text("openssl pkeyutl -sign -rawin -inkey ", folder / "key", " -in ", folder / "message",
           " | od -An -v -tx1 | tr -d ' \\n' > ", folder / "signature");
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string signature = read_text(folder / "signature");
  EXPECT_EQ(signature.size(), 128u);
  EXPECT_THAT(json, HasSubstr(signature));
}

}  // namespace
}  // namespace tandem
