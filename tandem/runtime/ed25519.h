// OpenSSL's Ed25519.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace tandem::runtime {

/// A private or a public key.
class Ed25519Key {
 public:
  static Ed25519Key generate();
  /// Error: code value, saying what the text is instead.
  static Ed25519Key read_private(std::string_view op, std::string_view pem);
  static Ed25519Key read_public(std::string_view op, std::string_view pem);

  std::string private_pem() const;
  std::string public_pem() const;
  /// 32 bytes.
  std::string public_bytes() const;
  /// 64 bytes. Of a private key.
  std::string sign(std::string_view message) const;
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  struct Free {
    void operator()(void* key) const;
  };
  explicit Ed25519Key(void* key) : key_(key) {}

  std::unique_ptr<void, Free> key_;  // an EVP_PKEY
};

}  // namespace tandem::runtime
