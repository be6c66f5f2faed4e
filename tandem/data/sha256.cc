#include "tandem/data/sha256.h"

#include <openssl/evp.h>

#include "tandem/base/error.h"

namespace tandem {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1)
    fail(ErrorCode::unsupported, "sha256", "OpenSSL offers no SHA-256");
}
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Sha256::digest() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, raw, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i)
    for (int shift : {4, 0}) hex += "0123456789abcdef"[raw[i] >> shift & 15];
  return hex;
}

}  // namespace tandem
