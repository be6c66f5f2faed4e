#include "tandem/data/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "tandem/base/error.h"
#include "tandem/io/file.h"
#include "tandem/io/inflate.h"
#include "tandem/io/sha256.h"

namespace tandem {
namespace {

constexpr std::string_view download_op = "download";

/// The file NAME.part, locked: at most one process writes it.
class PartFile {
 public:
  explicit PartFile(const std::string& path) : path_(path) {
    // Whoever held the lock may have renamed the file meanwhile: then it is not the one by that
    // name any more.
    while (true) {
      file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (file_ < 0) fail_with_errno("create");
      while (::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
      }
      struct stat mine, named;
      if (::fstat(file_, &mine) == 0 && ::stat(path.c_str(), &named) == 0 &&
          mine.st_ino == named.st_ino && mine.st_dev == named.st_dev)
        break;
      ::close(file_);
    }
    size_ = ::lseek(file_, 0, SEEK_END);
  }
  PartFile(const PartFile&) = delete;
  ~PartFile() { ::close(file_); }

  int64_t size() const { return size_; }
  const std::string& path() const { return path_; }
  void clear() {
    if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) fail_with_errno("write");
    size_ = 0;
  }
  /// False when the disk is full, say; errno tells.
  bool append(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t n = ::write(file_, bytes, count);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      bytes += n, count -= size_t(n), size_ += n;
    }
    return true;
  }
  void become(const std::string& path) {
    if (::fsync(file_) != 0 || ::rename(path_.c_str(), path.c_str()) != 0) fail_with_errno("write");
  }
  void remove() { ::unlink(path_.c_str()); }

 private:
  [[noreturn]] void fail_with_errno(std::string_view doing) {
    fail(ErrorCode::io, download_op, "cannot ", doing, " '", path_, "': ", std::strerror(errno));
  }
  std::string path_;
  int file_ = -1;
  int64_t size_ = 0;
};

/// One request as libcurl's callbacks see it.
struct Transfer {
  CURL* curl;
  PartFile& part;
  const DownloadOptions& options;
  int64_t most = INT64_MAX;
  int64_t asked_from = 0;   // the offset of the Range header; 0: none
  int64_t given_from = -1;  // what Content-Range says
  bool started = false;
  std::string problem;  // found by a callback
};

size_t on_header(char* data, size_t, size_t count, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  std::string line(data, count);
  for (char& c : line) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  if (line.starts_with("http/")) t.given_from = -1;  // a redirect's headers do not count
  constexpr std::string_view field = "content-range: bytes ";
  if (line.starts_with(field))
    std::from_chars(line.data() + field.size(), line.data() + line.size(), t.given_from);
  return count;
}

size_t on_body(char* data, size_t, size_t count, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  if (!t.started) {
    t.started = true;
    long status = 0;
    curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 206 && t.given_from != t.asked_from) {
      t.problem = "it sent another part of the file than was asked for";
      return 0;
    }
    if (status == 200) t.part.clear();  // no ranges there: the file comes from its start
  }
  if (t.part.size() > t.most - int64_t(count)) {
    t.problem = text("the file is larger than expected (more than ", t.most, " bytes)");
    return 0;
  }
  if (!t.part.append(data, count)) {
    t.problem = text("cannot write '", t.part.path(), "': ", std::strerror(errno));
    return 0;
  }
  return count;
}

int on_progress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  auto& t = *static_cast<Transfer*>(user);
  if (!t.started) return 0;
  const int64_t before = t.given_from > 0 ? t.given_from : 0;
  t.options.progress(t.part.size(), total > 0 ? total + before : 0);
  return 0;
}

struct Outcome {
  bool whole = false;
  bool resumed = false;
  bool range_refused = false;  // 416: the part is not the beginning of this file
  std::string problem;
};

Outcome request(const std::string& url, PartFile& part, const DownloadOptions& options,
                int64_t most) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  std::unique_ptr<CURL, void (*)(CURL*)> curl(ready ? curl_easy_init() : nullptr,
                                              curl_easy_cleanup);
  if (!curl) fail(ErrorCode::io, download_op, "libcurl cannot be started");
  Transfer t{.curl = curl.get(), .part = part, .options = options, .most = most};
  t.asked_from = part.size();
  char message[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_ERRORBUFFER, message);
  set(CURLOPT_USERAGENT, "tandem/0.1");
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, long(options.connect_timeout_s));
  set(CURLOPT_LOW_SPEED_LIMIT, 1024L);
  set(CURLOPT_LOW_SPEED_TIME, long(options.stall_timeout_s));
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, &t);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &t);
  if (options.progress) {
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, &t);
  }
  // Not CURLOPT_RESUME_FROM: that fails where a server knows no ranges, which is no problem here.
  const std::string range = text(t.asked_from, "-");
  if (t.asked_from > 0) set(CURLOPT_RANGE, range.c_str());

  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  Outcome outcome;
  outcome.whole = code == CURLE_OK;
  outcome.resumed = t.asked_from > 0 && status == 206;
  outcome.range_refused = t.asked_from > 0 && status == 416;
  if (!outcome.whole)
    outcome.problem = !t.problem.empty() ? t.problem
                      : message[0]       ? message
                                         : curl_easy_strerror(code);
  // An empty file has no body, so nothing has cleared what was there.
  if (outcome.whole && !t.started && status == 200) part.clear();
  return outcome;
}

/// Tries one mirror until the file is whole and right, or nothing more comes. Empty when it is.
std::string fetch(const std::string& url, PartFile& part, const std::string& path,
                  const DownloadOptions& options, int64_t most, bool gzip) {
  constexpr int attempts = 5;
  std::string problem;
  for (int i = 0; i < attempts; ++i) {
    const int64_t before = part.size();
    const Outcome outcome = request(url, part, options, most);
    problem = outcome.problem;
    if (outcome.whole) {
      try {
        check_sha256(part.path(), options.sha256, options.max_size, gzip);
        part.become(path);
        return "";
      } catch (const Error& error) {
        if (error.code() != ErrorCode::format) throw;
        problem = error.what();
        part.clear();
        if (outcome.resumed) continue;  // its beginning may have come from another file
        return problem;
      }
    }
    if (outcome.range_refused) {
      part.clear();
      continue;
    }
    if (part.size() <= before) return problem;
  }
  return problem;
}

}  // namespace

void check_sha256(const std::string& path, const std::string& sha256, int64_t max_size, bool gzip) {
  const MappedFile file(download_op, path);
  Sha256 sum;
  int64_t size = 0;
  const auto count = [&](size_t n) {
    size += int64_t(n);
    if (size > max_size)
      fail(ErrorCode::format, download_op, "'", path, "' has more than the expected ", max_size,
           " bytes");
  };
  if (gzip) {
    Inflater inflater(download_op, path, file.bytes(), Inflater::Format::gzip);
    std::vector<std::byte> piece(1 << 16);
    while (const size_t n = inflater.read(piece)) {
      count(n);
      sum.update(std::span(piece).first(n));
    }
  } else {
    count(file.bytes().size());
    sum.update(file.bytes());
  }
  const std::string got = sum.digest();
  if (!sha256.empty() && got != sha256)
    fail(ErrorCode::format, download_op, "'", path, "' is not the file expected: its SHA-256 is ",
         got, ", expected ", sha256);
}

void download(std::span<const std::string> urls, const std::string& path,
              const DownloadOptions& options) {
  if (urls.empty()) fail(ErrorCode::value, download_op, "no address is given for '", path, "'");
  const std::string part_path = path + ".part";
  const bool gzip = path.ends_with(".gz");
  // Data that cannot be compressed grows by less than a thousandth in gzip.
  constexpr int64_t slack = 1 << 16;
  const int64_t most = options.max_size > INT64_MAX / 2
                           ? INT64_MAX
                           : options.max_size + (gzip ? options.max_size / 1000 + slack : 0);
  PartFile part(part_path);
  if (file_exists(path)) return part.remove();  // another process has fetched it meanwhile
  std::string problems;
  for (const std::string& url : urls) {
    const std::string problem = fetch(url, part, path, options, most, gzip);
    if (problem.empty()) return;
    problems += text("\n  ", url, ": ", problem);
  }
  if (part.size() == 0) part.remove();
  fail(ErrorCode::io, download_op, "cannot fetch '", path, "' from any mirror:", problems);
}

}  // namespace tandem
