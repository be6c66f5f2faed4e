#include "tandem/runtime/sign.h"

#include <algorithm>

#include "tandem/io/file.h"
#include "tandem/io/sha256.h"
#include "tandem/runtime/ed25519.h"
#include "tandem/runtime/file_hashes.h"
#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/untrusted_json.h"

namespace tandem::runtime {
namespace {

constexpr std::size_t key_size = 32, signature_size = 64;

/// What is signed: the hashes, which cover all else in the file. The first line keeps the signature
/// from meaning anything elsewhere.
std::string message_of(const Metadata& metadata, std::string_view op, std::string_view source) {
  return text("tandem.signature 1\n", value_of(metadata, hashes_key, op, source));
}

std::string digits(std::string_view bytes) { return hexadecimal(std::as_bytes(std::span(bytes))); }

/// Bytes of `size` from digits; empty where the text is anything else.
std::string bytes_of_digits(std::string_view hex, std::size_t size) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  if (hex.size() != 2 * size || hex.find_first_not_of(alphabet) != hex.npos) return {};
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += char(alphabet.find(hex[i]) << 4 | alphabet.find(hex[i + 1]));
  return bytes;
}

struct Signature {
  std::string public_key, signature;  // bytes
};

std::optional<Signature> read_signature(const Metadata& metadata, std::string_view op,
                                        std::string_view source) {
  const std::string* value = find_value(metadata, signature_key);
  if (!value) return {};
  const JsonMembers members =
      parse_untrusted_json(op, text("'", source, "', ", signature_key), *value, 1, 4);
  const auto field = [&](std::string_view name) {
    const auto at = members.find(name);
    return at != members.end() && at->second.starts_with('"')
               ? at->second.substr(1, at->second.size() - 2)
               : std::string();
  };
  if (const std::string algorithm = field("algorithm"); algorithm != "Ed25519")
    fail(ErrorCode::format, op, "'", source, "': a signature of algorithm '",
         algorithm.substr(0, 40), "'; expected Ed25519");
  Signature s{bytes_of_digits(field("public_key"), key_size),
              bytes_of_digits(field("signature"), signature_size)};
  if (s.public_key.empty() || s.signature.empty())
    fail(ErrorCode::format, op, "'", source, "': ", signature_key, " needs a public_key of ",
         2 * key_size, " and a signature of ", 2 * signature_size, " hexadecimal digits");
  return s;
}

void verify(const MappedFile& file, std::string_view public_key, std::string_view op) {
  const Ed25519Key key = Ed25519Key::read_public(op, public_key);
  const SafetensorsContent content = parse_safetensors(file.bytes(), file.path());
  const Metadata& metadata = content.metadata;
  check_version(metadata, op, file.path());
  const std::optional<Signature> signature = read_signature(metadata, op, file.path());
  if (!signature)
    fail(ErrorCode::format, op, "'", file.path(), "' is not signed; sign it with: tandem sign");
  if (signature->public_key != key.public_bytes())
    fail(ErrorCode::format, op, "'", file.path(), "' is signed by another key, ",
         digits(signature->public_key), "; expected ", digits(key.public_bytes()));
  if (!key.verifies(message_of(metadata, op, file.path()), signature->signature))
    fail(ErrorCode::format, op, "'", file.path(),
         "': the signature is wrong: the file is not as the key's owner signed it");
  check_hashes(content, op, file.path());
}

}  // namespace

SigningKeys generate_signing_keys() {
  const Ed25519Key key = Ed25519Key::generate();
  return {key.private_pem(), key.public_pem()};
}

void sign_program(const std::string& path, std::string_view private_key) {
  constexpr std::string_view op = "sign_program";
  const Ed25519Key key = Ed25519Key::read_private(op, private_key);
  const auto file = std::make_shared<MappedFile>(op, path);
  SafetensorsContent content = parse_safetensors(file->bytes(), path);
  Metadata& metadata = content.metadata;
  check_version(metadata, op, path);
  check_hashes(content, op, path);
  load_program(file, {.verify_hashes = false});  // nobody signs what nobody can load
  std::erase_if(metadata, [](const auto& value) { return value.first == signature_key; });
  metadata.emplace_back(
      signature_key,
      json_object({{"algorithm", json_string("Ed25519")},
                   {"public_key", json_string(digits(key.public_bytes()))},
                   {"signature", json_string(digits(key.sign(message_of(metadata, op, path))))}}));
  write_safetensors(path, content.entries, metadata);
}

void verify_signature(const std::string& path, std::string_view public_key) {
  constexpr std::string_view op = "verify_signature";
  verify(MappedFile(op, path), public_key, op);
}

ProgramFile load_signed_program(const std::string& path, std::string_view public_key) {
  constexpr std::string_view op = "load_signed_program";
  const auto file = std::make_shared<MappedFile>(op, path);
  verify(*file, public_key, op);
  return load_program(file, {.verify_hashes = false});
}

std::optional<std::string> signer(const Metadata& metadata, std::string_view source) {
  const std::optional<Signature> signature = read_signature(metadata, "signer", source);
  if (!signature) return {};
  return digits(signature->public_key);
}

std::string key_digits(std::string_view public_key) {
  return digits(Ed25519Key::read_public("key_digits", public_key).public_bytes());
}

}  // namespace tandem::runtime
