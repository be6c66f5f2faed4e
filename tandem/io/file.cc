#include "tandem/io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

bool take_digits(std::string_view& s) {
  const std::size_t count = std::min(s.find_first_not_of("0123456789"), s.size());
  s.remove_prefix(count);
  return count > 0;
}
bool take(std::string_view& s, std::string_view prefix) {
  if (!s.starts_with(prefix)) return false;
  s.remove_prefix(prefix.size());
  return true;
}
/// "FILE.PROCESS.COUNT.tmp"
bool is_temporary_of(std::string_view file, std::string_view name) {
  return take(name, file) && take(name, ".") && take_digits(name) && take(name, ".") &&
         take_digits(name) && name == ".tmp";
}

/// Locks a file that stands in its folder; the lock goes with the last descriptor of it. False:
/// another writer has it, or has removed it. Where a file system has no locks, nobody removes.
bool hold(int file) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  struct stat info;
  return ::fstat(file, &info) == 0 && info.st_nlink > 0;
}

void remove_if_abandoned(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (file.number < 0 || ::flock(file.number, LOCK_EX | LOCK_NB) != 0) return;
  struct stat held, there;
  if (::fstat(file.number, &held) == 0 && S_ISREG(held.st_mode) &&
      ::lstat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
      held.st_dev == there.st_dev)
    ::unlink(path.c_str());
}

void remove_abandoned(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const std::string name = file.filename().string();
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_temporary_of(name, entry->path().filename().string()))
      remove_if_abandoned(entry->path().string());
}

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
  replaces_ = ::stat(path_.c_str(), &old) == 0;
  if (replaces_ && !S_ISREG(old.st_mode))
    fail(ErrorCode::io, op_, "cannot write '", path_, "': it is ",
         S_ISDIR(old.st_mode) ? "a folder" : "not a regular file");
  const mode_t mode = replaces_ ? old.st_mode & 07777 : 0666;

  remove_abandoned(path_);
  static std::atomic<unsigned> count = 0;
  for (;;) {
    temporary_ = text(path_, ".", ::getpid(), ".", count++, ".tmp");
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file_ >= 0 && hold(file_)) break;
    if (file_ >= 0) {  // it was taken for abandoned before it could be locked
      ::close(std::exchange(file_, -1));
    } else if (errno != EEXIST) {
      temporary_.clear();
      fail_with_errno("create a file beside");
    }
  }
  if (replaces_) ::fchmod(file_, mode);
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail_with_errno(std::string_view doing) {
  const int error = errno;
  fail(ErrorCode::io, op_, "cannot ", doing, " '", path_, "': ", reason(error),
       error == ENOENT ? "; does its folder exist?" : "",
       error == ENOSPC && replaces_ ? "; the file there before is unchanged" : "");
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
  const Descriptor held{::dup(file_)};  // the lock, until the file is where it belongs
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
