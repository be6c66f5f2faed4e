// Numbers in files: read and written byte by byte, so that neither the machine's byte order nor
// alignment matters.
#pragma once
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace tandem {

static_assert(std::endian::native == std::endian::little, "files are read as little-endian memory");

/// The first sizeof(T) bytes of `bytes`, which must be there.
template <std::unsigned_integral T>
constexpr T read_little_endian(std::span<const std::byte> bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= T(T(bytes[i]) << (8 * i));
  return value;
}
template <std::unsigned_integral T>
constexpr T read_big_endian(std::span<const std::byte> bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = T(value << 8 | T(bytes[i]));
  return value;
}
template <std::unsigned_integral T>
void append_little_endian(std::string& to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to += char(value >> (8 * i) & 0xff);
}

/// Reverses each item of `item_size` bytes in place.
inline void swap_byte_order(std::span<std::byte> bytes, size_t item_size) {
  for (size_t at = 0; at + item_size <= bytes.size(); at += item_size)
    for (size_t i = 0; i < item_size / 2; ++i)
      std::swap(bytes[at + i], bytes[at + item_size - 1 - i]);
}

}  // namespace tandem
