#include "tandem/base/location.h"

#include <bit>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

namespace tandem {
namespace {

/// What a std::source_location points to, in libstdc++ and in libc++.
struct Record {
  const char* file;
  const char* function;
  unsigned line;
  unsigned column;
};
static_assert(sizeof(Location) == sizeof(Record*));

struct Line {
  std::string file, function;
  Record record;
};

}  // namespace

Location make_location(std::string_view file, unsigned line, std::string_view function) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, std::string, unsigned>, std::unique_ptr<Line>> lines;
  std::lock_guard lock(mutex);
  auto& entry = lines[{std::string(file), std::string(function), line}];
  if (!entry) {
    entry.reset(new Line{std::string(file), std::string(function), {}});
    entry->record = {entry->file.c_str(), entry->function.c_str(), line, 0};
  }
  return std::bit_cast<Location>(static_cast<const Record*>(&entry->record));
}

}  // namespace tandem
