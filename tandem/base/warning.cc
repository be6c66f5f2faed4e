#include "tandem/base/warning.h"

#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

struct Warnings {
  std::mutex mutex;
  WarningHandler handler;
  std::set<std::tuple<std::string, unsigned, std::string>> said;
};
Warnings& warnings() {
  static Warnings all;
  return all;
}

}  // namespace

void warn(std::string_view message, Location where) {
  Warnings& all = warnings();
  WarningHandler handler;
  {
    std::lock_guard lock(all.mutex);
    // Without a line, the handler knows better which have been told.
    if (where.line() && !all.said.emplace(where.file_name(), where.line(), message).second) return;
    handler = all.handler;  // called without the lock: it may warn
  }
  if (handler) return handler(message, where);
  std::fprintf(stderr, "%s:%u: warning: %.*s\n", where.file_name(), unsigned(where.line()),
               int(message.size()), message.data());
}

WarningHandler set_warning_handler(WarningHandler handler) {
  Warnings& all = warnings();
  std::lock_guard lock(all.mutex);
  all.said.clear();
  return std::exchange(all.handler, std::move(handler));
}

}  // namespace tandem
