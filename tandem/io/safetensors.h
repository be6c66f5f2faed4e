// The safetensors format, byte by byte (https://github.com/huggingface/safetensors): 8 bytes of
// header length, a JSON header, then the tensors' bytes without gaps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Keys and values of `__metadata__`, in the file's order.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // in the format's words: "F32", "BF16", "I64", "F8_E4M3", …
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  // row-major, little-endian; of the file's bytes when read
};

struct SafetensorsContent {
  std::vector<SafetensorsEntry> entries;  // in the order of their bytes
  Metadata metadata;
};

/// Reads the header of untrusted bytes and checks every limit: lengths, dtypes, duplicate names,
/// shapes that overflow, offsets that overlap, leave gaps or end elsewhere than the file.
/// `source` names the file in errors, all of code format.
SafetensorsContent parse_safetensors(std::span<const std::byte> file, std::string_view source);

/// Writes the file atomically. The data starts 64-byte aligned and entries are laid out by falling
/// item size, so that each is aligned to its items and a reader can map it. Error: code value for
/// duplicate or reserved names and sizes that do not fit; code io when it cannot be written.
void write_safetensors(const std::string& path, std::span<const SafetensorsEntry> entries,
                       const Metadata& metadata = {});

/// Bits of an item of a dtype in the format's words; 0 where the word is unknown.
int safetensors_bits(std::string_view dtype);

}  // namespace tandem
