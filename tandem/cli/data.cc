#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "tandem/base/error.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/fetch_progress.h"
#include "tandem/data/catalog.h"
#include "tandem/data/locate.h"

namespace tandem::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(DataOrigin origin) {
  constexpr std::string_view names[] = {"missing", "given", "cached", "downloaded"};
  return names[int(origin)];
}

void report(const DataSet& set, const DataLocation& location, bool json) {
  if (json) {
    fmt::print("{}\n", Json{{"name", set.name},
                            {"about", set.about},
                            {"state", name_of(location.origin)},
                            {"files", location.paths},
                            {"summary", location.summary}}
                           .dump());
  } else {
    const bool missing = location.origin == DataOrigin::missing;
    fmt::print("{:<12} {}\n{:<12} {}\n", set.name, set.about, "", location.summary);
    if (missing) fmt::print("{:<12} get it with: tandem data get {}\n", "", set.name);
  }
}

}  // namespace

void data_list(const DataOptions& options) {
  for (const DataSet* set : known_data())
    report(*set, find_data(*set, {.download = false, .progress = {}}), options.json);
}

void data_get(const DataOptions& options) {
  for (const std::string& name : options.names) data_set(name);  // all known before any download
  for (const std::string& name : options.names) {
    const DataSet& set = data_set(name);
    const DataLocation location = find_data(set, {.download = true, .progress = fetch_progress()});
    if (location.origin == DataOrigin::missing) fail(ErrorCode::io, "data get", location.summary);
    report(set, location, options.json);
  }
}

}  // namespace tandem::cli
