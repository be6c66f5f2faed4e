#include "tandem/runtime/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>

#include "tandem/base/error.h"

namespace tandem::runtime {
namespace {

struct FreeAny {
  void operator()(BIO* b) const { BIO_free(b); }
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeAny>;

EVP_PKEY* evp(void* key) { return static_cast<EVP_PKEY*>(key); }
unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

[[noreturn]] void fail_in_openssl(std::string_view doing) {
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  fail(ErrorCode::unsupported, "ed25519", "OpenSSL cannot ", doing, ": ", reason);
}

/// What PEM text is instead of the expected key.
std::string_view kind_of(std::string_view pem) {
  if (pem.find("ENCRYPTED PRIVATE KEY-----") != pem.npos) return "an encrypted private key";
  if (pem.find("PRIVATE KEY-----") != pem.npos) return "a private key";
  if (pem.find("PUBLIC KEY-----") != pem.npos) return "a public key";
  if (pem.find("-----BEGIN") != pem.npos) return "PEM text of another kind";
  return "no PEM text";
}

template <class Read>
void* read_pem(std::string_view op, std::string_view pem, std::string_view what, Read* read) {
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), int(std::min<std::size_t>(pem.size(), 65536))));
  // An encrypted key would be asked for at the terminal: there is no password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* key = text ? read(text.get(), nullptr, no_password, nullptr) : nullptr;
  ERR_clear_error();
  if (key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) return key;
  const bool other = key;
  EVP_PKEY_free(key);
  fail(ErrorCode::value, op, "expected an Ed25519 ", what, " key in PEM, got ",
       other ? "a key of another algorithm" : kind_of(pem),
       "; `tandem keygen` makes a pair of keys");
}

std::string pem_of(const auto& write) {
  const Owned<BIO> text(BIO_new(BIO_s_mem()));
  if (!text || write(text.get()) != 1) fail_in_openssl("write a key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, std::size_t(size)};
}

}  // namespace

void Ed25519Key::Free::operator()(void* key) const { EVP_PKEY_free(evp(key)); }

Ed25519Key Ed25519Key::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!key) fail_in_openssl("make an Ed25519 key");
  return Ed25519Key(key);
}

Ed25519Key Ed25519Key::read_private(std::string_view op, std::string_view pem) {
  return Ed25519Key(read_pem(op, pem, "private", PEM_read_bio_PrivateKey));
}
Ed25519Key Ed25519Key::read_public(std::string_view op, std::string_view pem) {
  return Ed25519Key(read_pem(op, pem, "public", PEM_read_bio_PUBKEY));
}

std::string Ed25519Key::private_pem() const {
  return pem_of([&](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, evp(key_.get()), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
}
std::string Ed25519Key::public_pem() const {
  return pem_of([&](BIO* to) { return PEM_write_bio_PUBKEY(to, evp(key_.get())); });
}

std::string Ed25519Key::public_bytes() const {
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(evp(key_.get()), bytes(raw), &size) != 1)
    fail_in_openssl("show a public key");
  return raw;
}

std::string Ed25519Key::sign(std::string_view message) const {
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, evp(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message), message.size()) != 1)
    fail_in_openssl("sign");
  return signature;
}

bool Ed25519Key::verifies(std::string_view message, std::string_view signature) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, evp(key_.get())) != 1)
    fail_in_openssl("verify");
  const bool good = EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                     bytes(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace tandem::runtime
