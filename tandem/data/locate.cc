#include "tandem/data/locate.h"

#include <filesystem>

#include "tandem/base/error.h"
#include "tandem/data/cache.h"
#include "tandem/data/catalog.h"
#include "tandem/data/download.h"
#include "tandem/io/file.h"

namespace tandem {
namespace {

/// The set's files in `folder`; empty unless all are there.
std::vector<std::string> files_in(const std::string& folder, const DataSet& set) {
  std::vector<std::string> paths;
  for (const DataFile& file : set.files) {
    const std::string path = join_path(folder, file.name);
    const std::string plain = path.ends_with(".gz") ? path.substr(0, path.size() - 3) : path;
    if (file_exists(path))
      paths.push_back(path);
    else if (file_exists(plain))
      paths.push_back(plain);
    else
      return {};
  }
  return paths;
}

std::string own_folder(const DataSet& set) { return join_path(cache_folder(), set.folders[0]); }

std::vector<std::string> fetch(const DataSet& set, const LocateOptions& options) {
  const std::string folder = own_folder(set), mirror = environment("TANDEM_MIRROR");
  make_folders("data", folder);
  std::vector<std::string> paths;
  for (const DataFile& file : set.files) {
    std::vector<std::string> urls;
    if (!mirror.empty()) urls.push_back(join_path(mirror, file.remote));
    for (const std::string_view base : set.mirrors) urls.push_back(join_path(base, file.remote));
    DownloadOptions how{.sha256 = std::string(file.sha256), .max_size = file.size};
    if (options.progress)
      how.progress = [&](int64_t done, int64_t total) { options.progress(file.name, done, total); };
    paths.push_back(join_path(folder, file.name));
    if (!file_exists(paths.back())) download(urls, paths.back(), how);
  }
  return paths;
}

}  // namespace

DataLocation find_data(const DataSet& set, const LocateOptions& options) {
  std::string reasons;
  const auto because = [&](const auto&... parts) {
    reasons += text(reasons.empty() ? "" : "; ", parts...);
  };
  if (const std::string given = environment("TANDEM_DATA"); given.empty()) {
    because("TANDEM_DATA is not set");
  } else {
    if (!std::filesystem::is_directory(given))
      fail(ErrorCode::io, "data", "TANDEM_DATA is '", given, "', which is no folder");
    for (const std::string_view below : set.folders) {
      const std::string folder = below.empty() ? given : join_path(given, below);
      if (auto paths = files_in(folder, set); !paths.empty())
        return {DataOrigin::given, std::move(paths), text(set.title, " from ", folder)};
    }
    because("TANDEM_DATA (", given, ") has no ", join_path(set.folders[0], set.files[0].name));
  }

  const std::string own = own_folder(set);
  if (auto paths = files_in(own, set); !paths.empty())
    return {DataOrigin::cached, std::move(paths), text(set.title, " from ", own)};
  because("nothing in ", own);

  if (!options.download) {
    because("not downloaded");
  } else if (const auto offline = environment("TANDEM_OFFLINE");
             !offline.empty() && offline != "0") {
    because("TANDEM_OFFLINE is set");
  } else {
    try {
      return {DataOrigin::downloaded, fetch(set, options), text(set.title, ", now kept in ", own)};
    } catch (const Error& error) {
      because(error.what());
    }
  }
  return {DataOrigin::missing, {}, text("no ", set.title, ": ", reasons)};
}

}  // namespace tandem
