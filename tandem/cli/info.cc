#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tandem/base/error.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/printable.h"
#include "tandem/cli/program_commands.h"
#include "tandem/cli/progress.h"
#include "tandem/io/file.h"
#include "tandem/io/idx.h"
#include "tandem/io/inflate.h"
#include "tandem/io/npy.h"
#include "tandem/io/safetensors.h"
#include "tandem/io/zip.h"
#include "tandem/runtime/file_keys.h"

namespace tandem::cli {
namespace {

struct Row {
  std::string name, dtype;
  std::vector<int64_t> shape;
  int64_t bytes;
};
struct Contents {
  std::string format;
  std::vector<Row> rows;
  Metadata metadata;
};

std::string npy_dtype(const NpyArray& a) {
  if (a.kind == 'b') return "bool";
  return fmt::format("{}{}{}", a.kind, a.item_size * 8, a.big_endian ? " big-endian" : "");
}
Row npy_row(std::string name, const NpyArray& a) {
  return {std::move(name), npy_dtype(a), a.shape, int64_t(a.bytes.size())};
}

Contents read(const std::string& path) {
  constexpr std::string_view op = "info";
  const MappedFile file(op, path);
  const auto bytes = file.bytes();
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<size_t>(bytes.size(), 9));
  if (start.starts_with("\x93NUMPY")) return {"npy", {npy_row("", parse_npy(bytes, path))}, {}};
  if (start.starts_with("PK")) {
    Contents contents{"npz", {}, {}};
    for (const ZipEntry& entry : parse_zip(op, bytes, path)) {
      const auto data = read_zip_entry(op, entry, path);
      const std::string source = text(path, ":", entry.name);
      const bool array = entry.name.ends_with(".npy");
      contents.rows.push_back(
          array ? npy_row(entry.name.substr(0, entry.name.size() - 4), parse_npy(data, source))
                : Row{entry.name, "bytes", {entry.size}, entry.size});
    }
    return contents;
  }
  if (start.size() == 9 && start[8] == '{') {
    auto parsed = parse_safetensors(bytes, path);
    Contents contents{"safetensors", {}, std::move(parsed.metadata)};
    for (auto& e : parsed.entries)
      contents.rows.push_back(
          {std::move(e.name), std::move(e.dtype), std::move(e.shape), int64_t(e.bytes.size())});
    return contents;
  }
  if (is_gzip(bytes) || start.starts_with(std::string_view("\0\0", 2))) {
    const IdxArray array = parse_idx(bytes, path);
    return {is_gzip(bytes) ? "idx, gzip" : "idx",
            {{"", std::string(array.dtype), array.shape, int64_t(array.bytes.size())}},
            {}};
  }
  fail(ErrorCode::format, op, "'", path,
       "' is no file that Tandem reads; expected a program file, safetensors, "
       "npy, npz or IDX");
}

int64_t items(const Row& row) {
  int64_t n = 1;
  for (const int64_t dim : row.shape) n *= dim;
  return n;
}

}  // namespace

void info(const InfoOptions& options) {
  Contents contents = read(options.path);
  if (runtime::is_program_file(contents.metadata)) return info_program(options);
  if (options.json) {
    using Json = nlohmann::ordered_json;
    Json tensors = Json::array();
    for (const Row& row : contents.rows)
      tensors.push_back(
          {{"name", row.name}, {"dtype", row.dtype}, {"shape", row.shape}, {"bytes", row.bytes}});
    Json metadata = Json::object();
    for (const auto& [key, value] : contents.metadata) metadata[key] = value;
    const Json all = {{"path", options.path},
                      {"format", contents.format},
                      {"metadata", metadata},
                      {"tensors", tensors}};
    fmt::print("{}\n", all.dump(-1, ' ', false, Json::error_handler_t::replace));
    return;
  }

  std::vector<std::string> shapes;
  size_t name_width = 0, dtype_width = 0, shape_width = 0;
  int64_t bytes = 0, count = 0;
  for (Row& row : contents.rows) {
    row.name = printable(row.name);
    shapes.push_back(fmt::format("[{}]", fmt::join(row.shape, ", ")));
    name_width = std::max(name_width, row.name.size());
    dtype_width = std::max(dtype_width, row.dtype.size());
    shape_width = std::max(shape_width, shapes.back().size());
    bytes += row.bytes;
    count += items(row);
  }
  fmt::print("{}: {}, {} tensor{}, {} items, {} bytes\n", options.path, contents.format,
             contents.rows.size(), contents.rows.size() == 1 ? "" : "s", grouped(count),
             grouped(bytes));
  for (size_t i = 0; i < contents.rows.size(); ++i) {
    const Row& row = contents.rows[i];
    const std::string name = row.name.empty() ? "" : fmt::format("{:<{}}  ", row.name, name_width);
    fmt::print("  {}{:<{}}  {:<{}}  {:>14} bytes\n", name, row.dtype, dtype_width, shapes[i],
               shape_width, grouped(row.bytes));
  }
  if (!contents.metadata.empty()) fmt::print("metadata:\n");
  for (const auto& [key, value] : contents.metadata)
    fmt::print("  {} = {}\n", printable(key), excerpt(value));
}

}  // namespace tandem::cli
