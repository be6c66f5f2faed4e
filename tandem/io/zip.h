// Zip archives, as far as npz and PyTorch files need them: entries stored or deflated, Zip64.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/io/file.h"

namespace tandem {

struct ZipEntry {
  std::string name;
  bool deflated = false;
  int64_t size = 0;  // decompressed
  uint32_t crc = 0;
  std::span<const std::byte> stored;  // as it lies in the archive
};

/// The entries of untrusted bytes, in the directory's order. Error: code format for what is no zip,
/// is truncated, or names an entry twice; code unsupported for encryption, other compressions and
/// archives of several files.
std::vector<ZipEntry> parse_zip(std::string_view op, std::span<const std::byte> file,
                                std::string_view source);

/// An entry's bytes, decompressed where needed, after the check of its size and checksum.
std::vector<std::byte> read_zip_entry(std::string_view op, const ZipEntry& entry,
                                      std::string_view source);

/// Writes stored entries one after the other; atomic.
class ZipWriter {
 public:
  ZipWriter(std::string_view op, const std::string& path) : op_(op), file_(op, path) {}
  /// An entry made of `parts`, one after the other.
  void add(const std::string& name, std::span<const std::span<const std::byte>> parts);
  void commit();

 private:
  std::string op_;
  AtomicFile file_;
  std::string directory_;
  std::vector<std::string> names_;
};

}  // namespace tandem
