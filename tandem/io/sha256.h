// SHA-256 (FIPS 180-4), of bytes that come in pieces.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tandem {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits; nothing may be added afterwards.
  std::string digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of bytes that are all there.
std::string sha256(std::span<const std::byte> bytes);

/// Two digits a byte, in lower case.
std::string hexadecimal(std::span<const std::byte> bytes);

}  // namespace tandem
