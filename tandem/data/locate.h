// Finds data: where the user says, in the cache, or at a mirror.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct DataSet;

enum class DataOrigin { missing, given, cached, downloaded };

struct DataLocation {
  DataOrigin origin = DataOrigin::missing;
  std::vector<std::string> paths;  // in the order of the set's files; empty when missing
  std::string summary;             // a line for the user: what was found where, or why not
};

struct LocateOptions {
  bool download = true;
  std::function<void(std::string_view file, int64_t done, int64_t total)> progress;
};

/// Looks in $TANDEM_DATA, then in the user's cache, then downloads into the cache. TANDEM_OFFLINE=1
/// forbids the download; TANDEM_MIRROR is asked before the known mirrors. A file may lie there
/// without its .gz. What is not found is no error but origin `missing`, with the reasons; a
/// TANDEM_DATA that is no folder is one, of code io.
DataLocation find_data(const DataSet& set, const LocateOptions& options = {});

}  // namespace tandem
