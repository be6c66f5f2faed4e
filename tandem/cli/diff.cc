#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tandem/base/error.h"
#include "tandem/cli/line_diff.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/printable.h"
#include "tandem/cli/program_commands.h"
#include "tandem/cli/progress.h"
#include "tandem/compile/tensor_diff.h"
#include "tandem/graph/text.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/program_file.h"

namespace tandem::cli {
namespace {

/// Every tensor of a program file under the name it has in the file, or of another safetensors
/// file; the program file's text and metadata.
struct Side {
  NamedTensors tensors;
  Metadata metadata;
  std::string programs;
};

Side read(const std::string& path, bool locations) {
  Side side;
  side.tensors = load_safetensors(path, &side.metadata);
  if (!runtime::is_program_file(side.metadata)) return side;
  const ProgramFile file = load_program(path);
  side.programs = graph::print(file.programs, {.locations = locations});
  side.metadata = file.metadata;
  return side;
}

/// What is said of one tensor that is not the same in both files.
struct DiffRow {
  std::string name, what;  // "changed", "removed", "added", "retyped"
  Type before, after;
  TensorDiff diff;
};

std::vector<DiffRow> diff_tensors(const NamedTensors& a, const NamedTensors& b) {
  std::vector<DiffRow> rows;
  for (const auto& [name, before] : a) {
    const Tensor* after = b.find(name);
    if (!after) {
      rows.push_back({name, "removed", before.type(), {}, {}});
    } else if (before.type() != after->type()) {
      rows.push_back({name, "retyped", before.type(), after->type(), {}});
    } else {
      const TensorDiff diff = diff_tensors(before, *after);
      if (diff.elements) rows.push_back({name, "changed", before.type(), after->type(), diff});
    }
  }
  for (const auto& [name, after] : b)
    if (!a.contains(name)) rows.push_back({name, "added", {}, after.type(), {}});
  return rows;
}

/// Keys of the users' metadata whose values differ.
std::vector<std::string> diff_metadata(const Metadata& a, const Metadata& b) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : a) {
    const std::string* other = runtime::find_value(b, key);
    if (!other || *other != value) keys.push_back(key);
  }
  for (const auto& [key, value] : b)
    if (!runtime::find_value(a, key)) keys.push_back(key);
  return keys;
}

Json json_of(const DiffRow& row) {
  Json json = {{"name", row.name}, {"what", row.what}};
  if (row.what != "added") json["before"] = text(row.before);
  if (row.what != "removed") json["after"] = text(row.after);
  if (row.what == "changed") {
    json["elements"] = row.diff.elements;
    json["max_abs_difference"] =
        std::isfinite(row.diff.largest) ? Json(row.diff.largest) : Json("inf");
    json["at"] = row.diff.at;
    if (is_floating(row.before.dtype)) json["max_ulps"] = row.diff.ulps;
  }
  return json;
}

void print(const DiffRow& row, std::size_t width) {
  if (row.what == "removed")
    fmt::print("- {:<{}}  {}\n", row.name, width, text(row.before));
  else if (row.what == "added")
    fmt::print("+ {:<{}}  {}\n", row.name, width, text(row.after));
  else if (row.what == "retyped")
    fmt::print("! {:<{}}  {} before, {} now\n", row.name, width, text(row.before), text(row.after));
  else
    fmt::print(
        "! {:<{}}  {}: {} of {} elements differ, by {:.3g} at most{}\n", row.name, width,
        text(row.before), grouped(row.diff.elements), grouped(row.before.shape.product()),
        row.diff.largest,
        is_floating(row.before.dtype)
            ? fmt::format(", {} ULPs",
                          grouped(int64_t(std::min<uint64_t>(row.diff.ulps, uint64_t(INT64_MAX)))))
            : "");
}

}  // namespace

bool diff(const DiffOptions& options) {
  const Side a = read(options.a, options.locations), b = read(options.b, options.locations);
  const LineDiff programs = diff_programs(a.programs, b.programs);
  std::vector<DiffRow> rows = diff_tensors(a.tensors, b.tensors);
  const std::vector<std::string> metadata = diff_metadata(a.metadata, b.metadata);
  const bool same_programs = programs.removed + programs.added == 0;
  const bool same = same_programs && rows.empty() && metadata.empty();

  if (options.json) {
    Json tensors = Json::array();
    for (const DiffRow& row : rows) tensors.push_back(json_of(row));
    print_json(
        {{"a", options.a},
         {"b", options.b},
         {"same", same},
         {"programs",
          {{"removed", programs.removed}, {"added", programs.added}, {"diff", programs.text}}},
         {"tensors", tensors},
         {"metadata", metadata}});
    return same;
  }
  if (same) {
    fmt::print("{} and {} hold the same\n", options.a, options.b);
    return true;
  }
  fmt::print("--- {}\n+++ {}\n{}", options.a, options.b, programs.text);
  if (!a.programs.empty() || !b.programs.empty())
    fmt::print("programs: {}\n", same_programs ? "the same" : summary(programs));
  std::size_t width = 0;
  for (DiffRow& row : rows) {
    row.name = printable(row.name);
    width = std::max(width, row.name.size());
  }
  fmt::print("tensors: {}\n", rows.empty()       ? "the same"
                              : rows.size() == 1 ? "1 differs"
                                                 : fmt::format("{} differ", rows.size()));
  for (const DiffRow& row : rows) print(row, width);
  for (const std::string& key : metadata) fmt::print("metadata: {} differs\n", printable(key));
  return false;
}

}  // namespace tandem::cli
