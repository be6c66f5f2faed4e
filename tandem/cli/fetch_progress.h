// Shows downloads as they come, on standard error.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace tandem::cli {

/// For LocateOptions::progress: a line a file.
std::function<void(std::string_view file, int64_t done, int64_t total)> fetch_progress();

}  // namespace tandem::cli
