// Ed25519 signatures of program files (RFC 8032): who made this file, and is it as it was made?
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tandem/io/safetensors.h"
#include "tandem/runtime/program_file.h"

namespace tandem::runtime {

/// PEM texts, as `openssl genpkey -algorithm ed25519` writes them.
struct SigningKeys {
  std::string private_key, public_key;
};
SigningKeys generate_signing_keys();

/// Writes the file anew with a signature of everything in it, in place of one that it had. The
/// file's hashes are checked first: what was damaged is not signed. Errors: code value for a key
/// that is no Ed25519 private key in PEM; code format for a damaged file; code io.
void sign_program(const std::string& path, std::string_view private_key);

/// Returns only where the file is signed by this key and is, every byte, as it was signed.
/// Errors: code value for a key that is no Ed25519 public key in PEM; code format, saying what is
/// wrong with the file; code io.
void verify_signature(const std::string& path, std::string_view public_key);

/// The same, then load_program() of the very bytes that were verified.
ProgramFile load_signed_program(const std::string& path, std::string_view public_key);

/// The public key that a file says it is signed by, 64 hexadecimal digits; none where it is not
/// signed. Nothing is verified. Error: code format.
std::optional<std::string> signer(const Metadata& metadata, std::string_view source);
/// The same digits for a key in PEM. Error: code value.
std::string key_digits(std::string_view public_key);

}  // namespace tandem::runtime
