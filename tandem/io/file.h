// Files: mapped for reading, replaced as a whole when written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// A whole file, mapped. Its pages are read when touched and shared by processes until one writes
/// there: a write stays in this process, the file is never changed. The file must not be shortened
/// while it is mapped (replace it, as AtomicFile does).
class MappedFile {
 public:
  /// `op` names the public function in errors. Error: code io when the file cannot be read.
  MappedFile(std::string_view op, const std::string& path);
  MappedFile(MappedFile&& o) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  /// The same bytes, to change in memory alone.
  std::span<std::byte> private_bytes() { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::span<std::byte> bytes_;
};

/// Writes a file beside `path` and moves it there on commit(): readers see the old file or the new
/// one, whole. Without a commit (an error, a full disk) the old file stays and nothing is left
/// behind. What a killed writer left is removed by the next one to the same path: writers hold a
/// lock on the file that they write, and one without a holder is abandoned.
class AtomicFile {
 public:
  /// A link is followed; the old file's permissions are kept. Error: code io.
  AtomicFile(std::string_view op, const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  int64_t size() const { return size_; }
  /// Reaches the disk, then takes the place of the old file.
  void commit();

 private:
  [[noreturn]] void fail_with_errno(std::string_view doing);

  std::string op_, path_, temporary_;
  int file_ = -1;
  int64_t size_ = 0;
  bool replaces_ = false;  // a file that is there
};

/// Makes a folder and those above it. Error: code io.
void make_folders(std::string_view op, const std::string& path);

/// `folder`/`name`, or `name` where folder is empty.
std::string join_path(std::string_view folder, std::string_view name);
bool file_exists(const std::string& path);

}  // namespace tandem
