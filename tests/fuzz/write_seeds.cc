// Writes a few well-formed files for a fuzz target to start from: write_seeds zip_fuzz FOLDER
#include <fstream>
#include <string>
#include <vector>

#include "tandem/io/file.h"
#include "tandem/io/npy.h"
#include "tandem/io/safetensors.h"
#include "tandem/io/zip.h"
#include "tests/io/gzip.h"
#include "tests/io/torch_pickle.h"
#include "tests/io/torch_state_pickle.h"
#include "tests/runtime/sample_program.h"

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
  } else if (target == "program_file_fuzz") {
    save_program(path("sample"), sample_program());
    save_program(path("empty"), {});
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
  } else if (target == "torch_file_fuzz") {
    std::ofstream(path("state"), std::ios::binary) << torch_state_file();
  } else if (target == "pickle_fuzz") {
    std::ofstream(path("tensor")) << TorchPickle{}.text();
    std::ofstream(path("state")) << TorchPickle{}.state_dict();
  } else if (target == "idx_fuzz") {
    const std::string plain("\0\0\x08\2\0\0\0\2\0\0\0\3abcdef", 18);
    std::ofstream(path("plain")) << plain;
    std::ofstream(path("gzip")) << compressed(plain);
  } else if (target == "program_text_fuzz") {
    std::ofstream(path("ops")) << R"(program predict(%image: u8[b, 28, 28]) -> (%y: f32[b, 10]) {
  state @w: f32[10, 784], @"odd name": f32[10]
  constant #mean: f32[2] = [0.5, nan]
  %1 = cast(%image) {dtype = f32} : f32[b, 28, 28] loc("digits.cc":31)
  %2 = mul(%1, 2.0) : f32[b, 28, 28]
  %3 = reshape(%2) {shape = [b, 784]} : f32[b, 784]
  %4 = linear(%3, @w) : f32[b, 10]
  %5 = full() {size = [b, 2], fill_value = 1/(2*b + 1), dtype = f32} : f32[b, 2]
  %6, %7 = topk(%4) {k = 3} : f32[b, 3], i64[b, 3]
  update @"odd name" = @"odd name"
  return %4
}
)";
    std::ofstream(path("bodies")) << R"(program steps(%x: f32[t, n], %c: bool[]) -> (%y: f32[n]) {
  %1 = full() {size = [n], fill_value = 0.0, dtype = f32} : f32[n]
  %2, %3 = scan(%1, %x) {carries = 1, sequences = 1} : f32[n], f32[t, n] {
    body(%h: f32[n], %x: f32[n]) -> (f32[n], f32[n]) {
      %1 = add(%h, %x) : f32[n]
      return %1, %1
    }
  }
  %4 = if(%c, %2) : f32[n] {
    then(%x: f32[n]) -> (f32[n]) {
      return %x
    }
    else(%x: f32[n]) -> (f32[n]) {
      %1 = neg(%x) : f32[n]
      return %1
    }
  }
  return %4
}
)";
  }
}
