// Writes a few well-formed files for a fuzz target to start from: write_seeds zip_fuzz FOLDER
#include <fstream>
#include <string>
#include <vector>

#include "tandem/io/file.h"
#include "tandem/io/npy.h"
#include "tandem/io/safetensors.h"
#include "tandem/io/zip.h"
#include "tests/io/gzip.h"

using namespace tandem;

int main(int, char** argv) {
  const std::string target = argv[1];
  const auto path = [&](std::string_view name) { return join_path(argv[2], name); };
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const auto bytes = std::as_bytes(std::span(values));
  const NpyArray array{.shape = {2, 3}, .bytes = bytes};

  if (target == "safetensors_fuzz") {
    const SafetensorsEntry entries[] = {
        {"weight", "F32", {2, 3}, bytes}, {"half", "F16", {2, 6}, bytes}, {"empty", "U8", {0}, {}}};
    write_safetensors(path("three"), entries, {{"format", "pt"}});
    write_safetensors(path("none"), {});
  } else if (target == "npy_fuzz") {
    write_npy(path("f32"), array);
    write_npy(path("flat"), {'u', 1, false, true, {24}, bytes});
  } else if (target == "zip_fuzz") {
    ZipWriter writer("write_seeds", path("stored"));
    const std::string header = npy_header(array);
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(header)), bytes};
    writer.add("a.npy", parts);
    writer.add("b.npy", parts);
    writer.commit();
  } else if (target == "idx_fuzz") {
    const std::string plain("\0\0\x08\2\0\0\0\2\0\0\0\3abcdef", 18);
    std::ofstream(path("plain")) << plain;
    std::ofstream(path("gzip")) << compressed(plain);
  }
}
