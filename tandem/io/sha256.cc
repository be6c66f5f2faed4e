// OpenSSL's own hash function, not the one of its EVP interface: that one finds algorithms by name
// in providers, all of which a static program would carry, for the same instructions at the end.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tandem/io/sha256.h"

#include <openssl/sha.h>

namespace tandem {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

std::string Sha256::digest() {
  std::byte raw[SHA256_DIGEST_LENGTH];
  SHA256_Final(reinterpret_cast<unsigned char*>(raw), &state_->context);
  return hexadecimal(raw);
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.digest();
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string hex;
  for (const std::byte b : bytes)
    for (const int shift : {4, 0}) hex += "0123456789abcdef"[int(b) >> shift & 15];
  return hex;
}

}  // namespace tandem
