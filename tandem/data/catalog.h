// The public data sets that Tandem knows: where they come from and how to know them.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace tandem {

struct DataFile {
  std::string_view name;    // as users keep it: "train-images-idx3-ubyte.gz"
  std::string_view remote;  // its path below a mirror
  std::string_view sha256;  // of the content, decompressed where the name ends in .gz
  int64_t size;             // bytes of that content
};

struct DataSet {
  std::string_view name;                      // on the command line
  std::string_view title;                     // in sentences
  std::string_view about;                     // what is in it, in a line
  std::span<const std::string_view> folders;  // below $TANDEM_DATA; the first one in the cache
  std::span<const DataFile> files;
  std::span<const std::string_view> mirrors;
};

extern const DataSet mnist_data, shakespeare_data;
std::span<const DataSet* const> known_data();

/// Error: code value, listing the known names.
const DataSet& data_set(std::string_view name);

}  // namespace tandem
