#include "tandem/cli/fetch_progress.h"

#include <cstdio>
#include <memory>
#include <string>

#include "tandem/cli/progress.h"

namespace tandem::cli {
namespace {

struct Line {
  std::string file;
  std::unique_ptr<Progress> progress;
};

}  // namespace

std::function<void(std::string_view file, int64_t done, int64_t total)> fetch_progress() {
  return [line = std::make_shared<Line>()](std::string_view file, int64_t done, int64_t total) {
    if (line->file != file) {
      line->progress = nullptr;  // clears its line before the next one appears
      line->file = file;
      line->progress = std::make_unique<Progress>(stderr, line->file, "bytes", total);
    }
    if (!line->progress) return;  // this file is done, and is reported once more
    line->progress->set_total(total);
    line->progress->update(done);
    if (total > 0 && done == total) {
      line->progress->finish();
      line->progress = nullptr;
    }
  };
}

}  // namespace tandem::cli
