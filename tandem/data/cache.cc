#include "tandem/data/cache.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "tandem/base/error.h"
#include "tandem/io/file.h"

namespace tandem {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string cache_folder() {
  if (const auto folder = environment("TANDEM_CACHE"); !folder.empty()) return folder;
  if (const auto folder = environment("XDG_CACHE_HOME"); !folder.empty())
    return join_path(folder, "tandem");
  std::string home = environment("HOME");
  if (home.empty())
    if (const passwd* user = getpwuid(getuid())) home = user->pw_dir;
  if (home.empty())
    fail(ErrorCode::io, "cache", "no home folder is known; set TANDEM_CACHE to a folder to keep ",
         "data in");
  return join_path(home, ".cache/tandem");
}

}  // namespace tandem
