#include "tandem/io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tandem/base/error.h"

namespace tandem {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

/// Closes a descriptor at the end of a scope.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

MappedFile::MappedFile(std::string_view op, const std::string& path) : path_(path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) fail(ErrorCode::io, op, "cannot open '", path, "': ", reason(errno));
  struct stat info;
  if (::fstat(file.number, &info) != 0)
    fail(ErrorCode::io, op, "cannot read '", path, "': ", reason(errno));
  if (!S_ISREG(info.st_mode))
    fail(ErrorCode::io, op, "'", path, "' is ",
         S_ISDIR(info.st_mode) ? "a folder" : "not a regular file", "; expected a file");
  const auto size = size_t(info.st_size);
  if (size == 0) return;  // an empty mapping is not allowed
  // Private and writable: a tensor over the mapping may be changed in place, and the pages that it
  // touches become the process's own.
  void* memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.number, 0);
  if (memory == MAP_FAILED)
    fail(ErrorCode::io, op, "cannot map '", path, "' (", size, " bytes): ", reason(errno));
  bytes_ = {static_cast<std::byte*>(memory), size};
}

MappedFile::MappedFile(MappedFile&& o) noexcept
    : path_(std::move(o.path_)), bytes_(std::exchange(o.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

AtomicFile::AtomicFile(std::string_view op, const std::string& path) : op_(op), path_(path) {
  std::error_code ignored;
  const auto resolved = std::filesystem::canonical(path, ignored);
  if (!ignored) path_ = resolved.string();

  struct stat old;
  const bool replaces = ::stat(path_.c_str(), &old) == 0;
  if (replaces && !S_ISREG(old.st_mode))
    fail(ErrorCode::io, op_, "cannot write '", path_, "': it is ",
         S_ISDIR(old.st_mode) ? "a folder" : "not a regular file");
  const mode_t mode = replaces ? old.st_mode & 07777 : 0666;

  static std::atomic<unsigned> count = 0;
  do {
    temporary_ = text(path_, ".", ::getpid(), ".", count++, ".tmp");
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ < 0) {
    temporary_.clear();
    fail_with_errno("create a file beside");
  }
  if (replaces) ::fchmod(file_, mode);
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail_with_errno(std::string_view doing) {
  const int error = errno;
  fail(ErrorCode::io, op_, "cannot ", doing, " '", path_, "': ", reason(error),
       error == ENOENT ? "; does its folder exist?" : "",
       error == ENOSPC ? "; the file there before is unchanged" : "");
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_with_errno("write");
    }
    bytes = bytes.subspan(size_t(written));
    size_ += written;
  }
}

void AtomicFile::commit() {
  if (::fsync(file_) != 0) fail_with_errno("write");
  const int closed = ::close(std::exchange(file_, -1));
  if (closed != 0) fail_with_errno("write");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_with_errno("replace");
  temporary_.clear();
  // The rename itself must reach the disk too; not every file system can, so no error is raised.
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const Descriptor directory{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC)};
  if (directory.number >= 0) ::fsync(directory.number);
}

void make_folders(std::string_view op, const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail(ErrorCode::io, op, "cannot make folder '", path, "': ", error.message());
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return text(folder, folder.back() == '/' ? "" : "/", name);
}

bool file_exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

}  // namespace tandem
