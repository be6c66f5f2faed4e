#include "tandem/cli/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "tandem/base/error.h"
#include "tandem/io/file.h"

namespace tandem::cli {

std::string folder_of_temporaries(std::string_view op) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error)
    fail(ErrorCode::io, op, "there is no folder for temporary files: ", error.message(),
         "; set TMPDIR to one");
  return folder.string();
}

TemporaryFolder::TemporaryFolder(std::string_view op)
    : path(join_path(folder_of_temporaries(op), "tandem-XXXXXX")) {
  if (!mkdtemp(path.data()))
    fail(ErrorCode::io, op, "cannot make a folder for temporary files, '", path,
         "': ", std::generic_category().message(errno), "; set TMPDIR to a folder that can be ",
         "written");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace tandem::cli
