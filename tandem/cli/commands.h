// The commands of the `tandem` program. Each prints to standard output, for people or (json) as
// JSON lines, and reports mistakes as tandem::Error.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::cli {

struct InfoOptions {
  std::string path;
  bool json = false;
};
/// What is in a safetensors, npy, npz or IDX file; the content decides which, not the name.
void info(const InfoOptions& options);

struct DataOptions {
  std::vector<std::string> names;
  bool json = false;
};
/// Every data set that Tandem knows, and where it is.
void data_list(const DataOptions& options);
/// Downloads data sets into the cache, unless they are there. Error: code io when one cannot be
/// had.
void data_get(const DataOptions& options);

}  // namespace tandem::cli
