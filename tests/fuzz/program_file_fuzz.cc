// Any bytes give a program file or an error; what is read can be written, and reads back the same.
// Hashes are left out: no input but the seeds would get past them.
#include <cstdlib>
#include <filesystem>

#include "tandem/base/error.h"
#include "tandem/graph/text.h"
#include "tandem/runtime/program_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem;
  ProgramFile file;
  try {
    file = runtime::load_program_from_bytes(std::as_bytes(std::span(data, size)),
                                            {.verify_hashes = false}, "input");
  } catch (const Error&) {
    return 0;
  }
  static const std::string path = std::filesystem::temp_directory_path() / "program_file_fuzz";
  save_program(path, file);
  const ProgramFile again = load_program(path);
  if (graph::print(again.programs) != graph::print(file.programs) ||
      again.state.size() != file.state.size() || again.metadata != file.metadata)
    std::abort();
  return 0;
}
