// Downloads that can be interrupted, resumed and trusted.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace tandem {

struct DownloadOptions {
  /// Of the whole content; of the decompressed one where the path ends in .gz. Empty: not checked.
  std::string sha256;
  /// More bytes of content than this are refused.
  int64_t max_size = INT64_MAX;
  /// Called now and then: bytes so far, and of the whole (0 while unknown).
  std::function<void(int64_t done, int64_t total)> progress;
  int connect_timeout_s = 10;
  /// Given up after so long with less than 1 KB/s.
  int stall_timeout_s = 20;
};

/// Fetches a file from the first of `urls` (http, https) that has it. What arrives is kept in
/// `path`.part, from where a later call goes on, on any mirror; it becomes `path` once it is whole
/// and its sum is right. Processes that want the same file wait for the first one.
/// Error: code io, saying why each mirror failed.
void download(std::span<const std::string> urls, const std::string& path,
              const DownloadOptions& options = {});

/// An error of code format unless the content has the sum, and at most `max_size` bytes.
void check_sha256(const std::string& path, const std::string& sha256, int64_t max_size, bool gzip);

}  // namespace tandem
