// Zip archives, as far as npz and PyTorch files need them: entries stored or deflated, Zip64.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Writes stored entries one after the other: to a file, atomically, or into memory.
class ZipWriter {
 public:
  ZipWriter(std::string_view op, const std::string& path)
      : op_(op), file_(std::in_place, op, path) {}
  explicit ZipWriter(std::string_view op) : op_(op) {}
  /// An entry made of `parts`, one after the other, whose first byte lies at a multiple of
  /// `alignment`.
  void add(const std::string& name, std::span<const std::span<const std::byte>> parts,
           int64_t alignment = 1);
  /// Ends the file.
  void commit();
  /// Ends the archive in memory and gives it.
  std::string bytes();

 private:
  int64_t size() const { return file_ ? file_->size() : int64_t(memory_.size()); }
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void write_directory();

  std::string op_;
  std::optional<AtomicFile> file_;
  std::string memory_;
  std::string directory_;
  std::vector<std::string> names_;
};

}  // namespace tandem
