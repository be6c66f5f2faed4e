// Where a command puts what only it needs.
#pragma once
#include <string>
#include <string_view>

namespace tandem::cli {

/// The system's folder for temporary files. Error: code io where TMPDIR names none.
std::string folder_of_temporaries(std::string_view op);

/// A new folder in it, which is gone when the command ends. Error: code io where it cannot be made.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string_view op);
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  std::string path;
};

}  // namespace tandem::cli
